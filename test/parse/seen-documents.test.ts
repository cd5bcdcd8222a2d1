// What is remembered of documents is bounded, and losing it changes nothing but the time that reading takes.

import { describe, expect, test } from '@jest/globals';
import type { ParseInput } from '../../src/parse/parse.ts';
import { SeenDocuments } from '../../src/parse/seen-documents.ts';
import { limits, plainItems, rss } from './documents.ts';

const inputOf = (text: string): ParseInput => ({ text, url: 'https://example.org/feed', limits });
const text = rss(plainItems(20));

describe('the memory of documents', () => {
  test('gives the entries of a feed that stand as they stood, and none of another feed', () => {
    const documents = new SeenDocuments();
    const [first] = documents.read('a', inputOf(text)).entries;
    expect(documents.read('a', inputOf(text)).entries[0]).toBe(first);
    expect(documents.read('b', inputOf(text)).entries[0]).toEqual(first);
    expect(documents.read('b', inputOf(text)).entries[0]).not.toBe(first);
  });

  test('stays within its bound however many feeds are read, and forgets those first that were not read longest', () => {
    const probe = new SeenDocuments();
    probe.read('a', inputOf(text));
    const documents = new SeenDocuments({ maxBytes: 3 * probe.bytes });
    const first = documents.read('feed 0', inputOf(text)).entries[0];
    for (let feed = 1; feed < 3; feed++) documents.read(`feed ${feed}`, inputOf(text));
    expect(documents.read('feed 0', inputOf(text)).entries[0]).toBe(first);
    const second = documents.read('feed 1', inputOf(text)).entries[0];
    for (let feed = 3; feed < 50; feed++) {
      documents.read(`feed ${feed}`, inputOf(text));
      expect(documents.read('feed 0', inputOf(text)).entries[0]).toBe(first);
      expect(documents.bytes).toBeLessThanOrEqual(3 * probe.bytes);
    }
    expect(documents.read('feed 1', inputOf(text)).entries[0]).not.toBe(second);
  });

  test('does not hold a document that is too large, nor what it knew of that feed before', () => {
    const documents = new SeenDocuments({ maxDocumentBytes: 16 * text.length });
    documents.read('a', inputOf(text));
    expect(documents.bytes).toBeGreaterThan(0);
    documents.read('a', inputOf(rss(plainItems(100))));
    expect(documents.bytes).toBe(0);
  });

  test('counts a feed once that is read again and again', () => {
    const documents = new SeenDocuments();
    documents.read('a', inputOf(text));
    const { bytes } = documents;
    for (let poll = 0; poll < 5; poll++) documents.read('a', inputOf(text));
    expect(documents.bytes).toBe(bytes);
  });

  test('keeps what it knows when a document is refused', () => {
    const documents = new SeenDocuments();
    const [first] = documents.read('a', inputOf(text)).entries;
    expect(() => documents.read('a', inputOf(text.slice(0, -9)))).toThrow(/ends/);
    expect(documents.read('a', inputOf(text)).entries[0]).toBe(first);
  });
});
