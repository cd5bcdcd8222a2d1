import { describe, expect, test } from '@jest/globals';
import { canonicalText, canonicalUrl, spellings } from '../../src/diff/canonical-url.ts';

describe('spellings of one page', () => {
  test.each([
    ['the scheme', 'http://example.org/a', 'https://example.org/a'],
    ['the case of the scheme', 'HTTPS://example.org/a', 'https://example.org/a'],
    ['the case of the host', 'https://Example.ORG/a', 'https://example.org/a'],
    ['a trailing slash', 'https://example.org/a/', 'https://example.org/a'],
    ['the slash of the root', 'https://example.org/', 'https://example.org'],
    ['utm parameters', 'https://example.org/a?utm_source=x&utm_medium=rss', 'https://example.org/a'],
    [
      'utm parameters among others',
      'https://example.org/?p=1&utm_source=x&q=2',
      'https://example.org/?p=1&q=2',
    ],
    ['click ids', 'https://example.org/a?fbclid=1&gclid=2&msclkid=3#c', 'https://example.org/a#c'],
  ])('%s does not count', (_, one, other) => {
    expect(canonicalText(one)).toBe(canonicalText(other));
  });

  test.each([
    ['the case of the path', 'https://example.org/A', 'https://example.org/a'],
    ['a sub-domain', 'https://www.example.org/a', 'https://example.org/a'],
    ['a port', 'https://example.org:8443/a', 'https://example.org/a'],
    ['the query', 'https://example.org/?p=1', 'https://example.org/?p=2'],
    ['the order of the query', 'https://example.org/?a=1&b=2', 'https://example.org/?b=2&a=1'],
    ['the fragment', 'https://example.org/log#1', 'https://example.org/log#2'],
    ['two slashes at the end', 'https://example.org/a//', 'https://example.org/a'],
    ['a parameter that only resembles', 'https://example.org/?autm_x=1', 'https://example.org/'],
  ])('%s counts', (_, one, other) => {
    expect(canonicalText(one)).not.toBe(canonicalText(other));
  });

  test.each([
    ['a tag URI', 'tag:example.org,2026:1'],
    ['another scheme', 'ftp://example.org/a'],
    ['a number', '0012'],
    ['nothing', ''],
  ])('%s is no web URL and stands for itself', (_, text) => {
    expect(canonicalUrl(text)).toBeUndefined();
    expect(canonicalText(text)).toBe(text);
  });

  test('the four spellings all lead back to the same canonical text', () => {
    const url = canonicalUrl('https://example.org/a?p=1#x') ?? { place: '', rest: '' };
    expect(spellings(url)).toEqual([
      'https://example.org/a?p=1#x',
      'https://example.org/a/?p=1#x',
      'http://example.org/a?p=1#x',
      'http://example.org/a/?p=1#x',
    ]);
    expect(new Set(spellings(url).map(canonicalText))).toEqual(new Set(['example.org/a?p=1#x']));
  });
});
