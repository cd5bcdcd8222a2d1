import { describe, expect, test } from '@jest/globals';
import { feedIdFromUrl } from '../../src/config/feed-id.ts';
import { interpolate } from '../../src/config/interpolate.ts';
import { nearMiss } from '../../src/config/near-miss.ts';

describe('a near miss', () => {
  const keys = ['interval', 'schedule', 'timezone', 'id', 'url', 'minInterval'];

  test.each([
    ['a doubled letter', 'intervall', 'interval'],
    ['a missing letter', 'schedle', 'schedule'],
    ['two letters swapped', 'timezoen', 'timezone'],
    ['another way to join words', 'min_interval', 'minInterval'],
    ['another case', 'URL', 'url'],
    ['a slip in a short word', 'ulr', 'url'],
  ])('%s finds the word', (_, word, meant) => {
    expect(nearMiss(word, keys)).toBe(meant);
  });

  test.each([['webhook'], ['x'], ['constructor']])('%s is near to nothing', (word) => {
    expect(nearMiss(word, keys)).toBeUndefined();
  });
});

describe('the id of a feed without one', () => {
  test('is its host and 8 hex digits of the SHA-256 of its URL', () => {
    expect(feedIdFromUrl('https://example.org/a')).toBe('example.org-b5b10dd0');
  });

  test('is the same every time, and another for another URL of the host', () => {
    expect(feedIdFromUrl('https://example.org/a')).toBe(feedIdFromUrl('https://example.org/a'));
    expect(feedIdFromUrl('https://example.org/a')).not.toBe(feedIdFromUrl('https://example.org/b'));
  });

  test.each([
    ['upper case', 'https://EXAMPLE.org/', /^example\.org-/],
    ['a port', 'http://localhost:8080/', /^localhost-/],
    ['an IPv6 address', 'http://[2001:db8::1]/', /^2001-db8-1-/],
    ['a name in Cyrillic', 'https://пример.рф/', /^xn--e1afmkfd\.xn--p1ai-/],
    ['a very long name', `https://${'a'.repeat(60)}.${'b'.repeat(60)}.org/`, /^a{55}-/],
  ])('is a valid id for a host with %s', (_, url, form) => {
    expect(feedIdFromUrl(url)).toMatch(form);
    expect(feedIdFromUrl(url)).toMatch(/^[a-z0-9][a-z0-9._-]{0,63}$/);
  });
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the syntax of feeds.yaml
describe('variables in a text', () => {
  const env = { HOST: 'example.org', EMPTY: '', NESTED: '${HOST}' };

  test.each([
    ['a text without any', 'plain $HOST {x}', 'plain $HOST {x}'],
    ['a variable', 'https://${HOST}/${HOST}', 'https://example.org/example.org'],
    ['a variable with a default', '${HOST:-other}', 'example.org'],
    ['a missing variable with a default', '${NONE:-other one}', 'other one'],
    ['an empty variable with a default', '${EMPTY:-other}', 'other'],
    ['an empty default', 'a${NONE:-}b', 'ab'],
    ['an empty variable', 'a${EMPTY}b', 'ab'],
    ['an escaped brace', '$${HOST}', '${HOST}'],
    ['a variable in a variable, which is not filled in', '${NESTED}', '${HOST}'],
  ])('%s', (_, text, expected) => {
    expect(interpolate(text, env)).toEqual({ text: expected, problems: [] });
  });

  test('a missing variable is named, with what to write', () => {
    expect(interpolate('${ONE} ${TWO}', env).problems).toEqual([
      'the environment variable ONE is not set; set it, or write ${ONE:-default}',
      'the environment variable TWO is not set; set it, or write ${TWO:-default}',
    ]);
  });

  test.each([['${'], ['${}'], ['${1A}'], ['${A B}'], ['${A-b}'], ['${A']])('%s is not a variable', (text) => {
    expect(interpolate(text, env).problems).toHaveLength(1);
  });

  test.each([['__proto__'], ['constructor'], ['toString']])('%s is not taken from a prototype', (name) => {
    expect(interpolate(`\${${name}}`, env).problems).toHaveLength(1);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the syntax of feeds.yaml
