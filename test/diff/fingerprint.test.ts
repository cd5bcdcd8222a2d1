import { describe, expect, test } from '@jest/globals';
import { changedFields, contentHash, fingerprint } from '../../src/diff/fingerprint.ts';
import type { Entry } from '../../src/model/entry.ts';
import { entry } from './reading.ts';

const original = entry({
  id: '1',
  url: 'https://example.org/1',
  title: 'Water level',
  contentHtml: '<p>It is <b>high</b>.</p>',
  published: '2026-11-20T08:00:00Z',
  enclosures: [{ url: 'https://example.org/1.mp3', sizeBytes: 10 }],
});

function changedBy(fields: Partial<Entry>): string[] {
  return changedFields(fingerprint(original), fingerprint({ ...original, ...fields }));
}

describe('what counts as an update', () => {
  test.each<[string, Partial<Entry>, string[]]>([
    ['another title', { title: 'Water levels' }, ['title']],
    ['other words in the content', { contentHtml: '<p>It is <b>low</b>.</p>' }, ['content']],
    ['another link', { url: 'https://example.org/2' }, ['link']],
    ['no link any more', { url: '' }, ['link']],
    ['another enclosure', { enclosures: [{ url: 'https://example.org/2.mp3' }] }, ['enclosures']],
    ['an enclosure less', { enclosures: [] }, ['enclosures']],
    ['title and content', { title: 'x', contentHtml: 'y' }, ['title', 'content']],
  ])('%s does', (_, fields, names) => {
    expect(changedBy(fields)).toEqual(names);
  });

  test.each<[string, Partial<Entry>]>([
    ['a moved date', { published: '2026-11-21T08:00:00Z', updated: '2026-11-21T08:00:00Z' }],
    ['white space', { title: ' Water \n\t level ', contentHtml: '<p>It  is\n<b>high</b>.</p> ' }],
    ['other markup round the same words', { contentHtml: '<p class="x">It is <b id="r4nd0m">high</b>.</p>' }],
    ['an advert in a script', { contentHtml: '<p>It is <b>high</b>.</p><script>ad(8231)</script>' }],
    ['tracking parameters', { url: 'https://example.org/1?utm_source=feed' }],
    ['the move to https', { url: 'http://example.org/1' }],
    ['the size of an enclosure', { enclosures: [{ url: 'https://example.org/1.mp3', sizeBytes: 11 }] }],
    ['authors, tags and the id', { id: '2', authors: [{ name: 'J' }], categories: [{ term: 'x' }] }],
  ])('%s does not', (_, fields) => {
    expect(changedBy(fields)).toEqual([]);
    expect(contentHash({ ...original, ...fields })).toBe(contentHash(original));
  });

  test('the picture of an entry without words counts', () => {
    const [one, other] = ['1', '2'].map((n) => fingerprint(entry({ contentHtml: `<img src="${n}.png">` })));
    expect(changedFields(one ?? '', other ?? '')).toEqual(['content']);
  });

  test('content wins over summary, and a blank one does not', () => {
    const summary = fingerprint(entry({ summary: 'words' }));
    expect(fingerprint(entry({ summary: 'words', contentHtml: ' ' }))).toBe(summary);
    expect(fingerprint(entry({ summary: 'words', contentText: 'other' }))).not.toBe(summary);
  });
});

test('a fingerprint is four digests of 16 hex digits, and stays the same from release to release', () => {
  expect(fingerprint(original)).toBe('4951b492ddd30819.72e749237bbf1613.a42646a3f91a2e35.1a5adefc8172ad43');
});

test('a content hash is a whole SHA-256 over the same fields', () => {
  expect(contentHash(original)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(contentHash({ ...original, title: 'x' })).not.toBe(contentHash(original));
});

test.each([
  ['angle brackets', '<'],
  ['opened scripts', '<script>'],
  ['closed scripts', '<script></script>'],
  ['opened scripts and closed styles', '<script></style>'],
  ['spaces', ' '],
  ['slashes in a link', '/'],
])('a megabyte of %s is read to its end (a square of it would outlast the test)', (_, unit) => {
  const text = unit.repeat(Math.ceil(1e6 / unit.length));
  expect(
    fingerprint(entry({ title: text, contentHtml: text, url: `https://example.org/${text}x` })),
  ).toHaveLength(67);
});
