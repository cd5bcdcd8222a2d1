// What fuzzing and the suspects found, each as the smallest document that shows it. Sizes are a tenth of what did the
// harm, so that a fault that comes back fails its test and not the machine.

import { expect, test } from '@jest/globals';
import { sanitisedHtml } from '../../src/outbox/html.ts';
import { read, type Served } from './read.ts';
import { textIn } from './size.ts';

const many = 300;
const long = `https://a.example/${'b'.repeat(100_000)}/`;
const entries = (inside: string) =>
  Array.from({ length: many }, (_, at) => `<entry><id>${at}</id>${inside}</entry>`).join('');
const atom = (inside: string, attributes = ''): Served => ({
  bytes: Buffer.from(`<feed xmlns="http://www.w3.org/2005/Atom"${attributes}><id>f</id>${inside}</feed>`),
  url: 'https://fuzz.example/feed',
});

test.each<[string, Served]>([
  // 1 MB of these filled a heap of 4 GB: the process died, and did so again after each restart.
  [
    'a long xml:base is not copied into each link',
    atom(entries('<link href="x"/><link rel="enclosure" href="y"/>'), ` xml:base="${long}"`),
  ],
  // Every event repeats the page of its feed.
  [
    'a long home page is not copied into each event',
    atom(`<link href="${long}"/>${entries('<title>a</title>')}`),
  ],
])('%s', (_name, served) => {
  const learned = read(served);
  expect(learned.events.length).toBeGreaterThan(0);
  expect(textIn(learned)).toBeLessThan(10 * served.bytes.length);
  for (const { body } of learned.events) expect(body.length).toBeLessThan(100_000);
});

// 1 MB of these: RangeError "Invalid string length" out of the poll, after a minute.
test('a long base is not copied into each link of a content', () => {
  const html = '<p>a <a href="x">b</a></p>'.repeat(many);
  const shown = sanitisedHtml(html, long);
  expect(shown.length).toBeLessThan(10 * (html.length + long.length));
  expect(shown).toContain('<p>a <a>b</a></p>');
});

// Half a million attributes without quotes: 120 MB, because only quoted ones were counted before the parser saw them.
test.each(['d ', 'n=', '/ ', 'a=b '])(
  '%j half a million times in a tag counts as that many attributes',
  (piece) => {
    const bytes = Buffer.from(`<rss><channel ${piece.repeat(500_000)}></channel></rss>`);
    expect(read({ bytes, url: 'https://fuzz.example/feed' }).code).toBe('too-many-tags');
  },
);
