// An entry that a document shows unchanged may be the very object of the document before. It is then not read again.

import { expect, test } from '@jest/globals';
import type { Entry, Rung } from '../../src/model/entry.ts';
import { post, readerOf, told } from './reading.ts';

/** Counts how often anything asks for the content. */
function watched(name: string, count: () => void): Entry {
  return {
    ...post(name),
    get contentHtml() {
      count();
      return `<p>Text of ${name}</p>`;
    },
  };
}

test.each<Rung>(['guid', 'link', 'hash'])(
  'a known document of 500 entries in a feed of rung %s, and the same entries again: no content is read',
  (identity) => {
    let reads = 0;
    const entries = Array.from({ length: 500 }, (_, n) => watched(`p${n}`, () => reads++));
    const reader = readerOf(entries, { identity });
    expect(reads).toBeGreaterThan(0);
    reads = 0;
    expect(told(reader.read([post('new'), ...entries]))).toEqual(['new Post new']);
    expect(reads).toBe(0);
  },
);

test('an equal entry that is another object is read', () => {
  let reads = 0;
  const reader = readerOf([watched('a', () => reads++)]);
  reads = 0;
  reader.read([watched('a', () => reads++)]);
  expect(reads).toBeGreaterThan(0);
});
