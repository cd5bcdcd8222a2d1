// What is no feed is refused before it is parsed, with the reason in its code.

import { describe, expect, test } from '@jest/globals';
import { parse } from '../../src/parse/parse.ts';
import { item, limits, outcomeOf, parseText, rss } from './documents.ts';

const xhtml =
  '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body/></html>';

describe('a document that is no feed', () => {
  test.each([
    ['no characters', '', 'empty'],
    ['white space', ' \n\t\ufeff', 'empty'],
    ['plain text', 'Service unavailable', 'not-a-feed'],
    ['an HTML page', '<!doctype html><html><body><p>Down for maintenance</body></html>', 'not-a-feed'],
    ['an HTML page without doctype', '\n<HTML><head><title>rss</title></head></HTML>', 'not-a-feed'],
    ['valid XHTML', xhtml, 'not-a-feed'],
    ['XHTML with a feed inside', xhtml.replace('<body/>', `<body>${rss('')}</body>`), 'not-a-feed'],
    ['OPML', '<opml version="2.0"><head/><body/></opml>', 'not-a-feed'],
    ['a sitemap', '<urlset><url><loc>https://example.org/</loc></url></urlset>', 'not-a-feed'],
    [
      'RDF about something else',
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description/></rdf:RDF>',
      'not-a-feed',
    ],
    ['an empty JSON object', '{}', 'not-a-feed'],
    ['a JSON error', '{"error":{"code":503,"message":"busy"},"items":[]}', 'not-a-feed'],
    ['a JSON list', '[{"title":"a"}]', 'not-a-feed'],
    ['JSON of another version scheme', '{"version":"2","items":[],"title":"x"}', 'not-a-feed'],
    ['broken JSON', '{"version":"https://jsonfeed.org/version/1","items":[', 'invalid-json'],
    ['a comment', '<!-- nothing else -->', 'not-a-feed'],
  ])('%s: refused', (_, text, code) => {
    expect(outcomeOf(text)).toBe(code);
  });

  test('the message names what it was and what it was sent as', () => {
    const run = () => parse({ text: xhtml, url: 'https://example.org/', contentType: 'text/html', limits });
    expect(run).toThrow('the root element is <html> (sent as text/html)');
  });
});

describe('a feed is recognised', () => {
  test.each([
    ['behind white space', '\n\n  '],
    ['behind a BOM', '\ufeff'],
    ['behind a text', 'Notice: undefined index '],
    ['behind an HTML warning', '<br />\n<b>Warning</b>: something in <b>x.php</b> on line <b>3</b><br />\n'],
    ['behind control characters', '\0\0\x01'],
  ])('%s', (_, junk) => {
    expect(parseText(junk + rss(item('<title>a</title>'))).entries).toHaveLength(1);
  });

  test('whatever its Content-Type says', () => {
    const input = {
      text: rss(''),
      url: 'https://example.org/',
      contentType: 'text/html; charset=utf-8',
      limits,
    };
    expect(parse(input).format).toBe('rss20');
  });

  test('without the control characters that it holds', () => {
    expect(parseText(rss(item('<title>a\0b\x08c\x0bd</title>'))).entries[0]?.title).toBe('abcd');
  });
});
