// The first two promises as a property: whatever documents a feed shows, each entry is announced once.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { identify } from '../../src/diff/identity.ts';
import type { Rung } from '../../src/model/entry.ts';
import { day, entry, post, Reader, startSeconds } from './reading.ts';

const name = fc.integer({ min: 0, max: 30 }).map((n) => `p${n}`);
const date = fc.option(
  fc.integer({ min: 0, max: 300 }).map((days) => new Date((startSeconds + days * day) * 1000).toISOString()),
  { nil: undefined },
);
const anyPost = fc
  .record({ name, date, text: fc.constantFrom('one', 'two', 'three') })
  .map(({ name: each, date: published, text }) =>
    post(each, { contentText: text, ...(published && { published }) }),
  );
const feedDocument = fc.uniqueArray(anyPost, { selector: ({ id }) => id, maxLength: 20 });

describe('after an empty baseline', () => {
  test('each entry of any documents in any order is announced exactly once, however it is edited', () => {
    fc.assert(
      fc.property(fc.array(feedDocument, { maxLength: 12 }), (documents) => {
        const reader = new Reader();
        reader.read([]);
        const announced = documents
          .flatMap((entries) => reader.read(entries).changes)
          .filter(({ type }) => type === 'entry.new')
          .map(({ key }) => key.value);
        const shown = new Set(documents.flat().map(({ id }) => `guid:${id}`));
        expect(announced.toSorted()).toEqual([...shown].sort());
      }),
    );
  });

  test('sequence numbers run without a gap, and no key and revision comes twice', () => {
    fc.assert(
      fc.property(fc.array(feedDocument, { maxLength: 12 }), (documents) => {
        const reader = new Reader({ initial: 'all' });
        const changes = documents.flatMap((entries) => reader.read(entries).changes);
        expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, index) => index + 1));
        const versions = changes.map(({ key, revision }) => `${key.value} ${revision}`);
        expect(new Set(versions).size).toBe(versions.length);
      }),
    );
  });
});

test('any texts in any fields: no two entries under one key, and the same document again changes nothing', () => {
  const text = fc.option(
    fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.constantFrom('x', ' ', '\ud800')),
    {
      nil: undefined,
    },
  );
  const anyEntry = fc
    .record({ id: text, url: text, title: text, contentHtml: text, summary: text, published: text })
    .map((fields) =>
      entry(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))),
    );
  fc.assert(
    fc.property(
      fc.array(fc.array(anyEntry)),
      fc.constantFrom<Rung>('guid', 'link', 'hash'),
      (documents, rung) => {
        const reader = new Reader({ identity: rung });
        for (const entries of documents) {
          const found = identify(entries, rung, reader.memory.entries);
          expect(new Set(found.map(({ keyHash }) => keyHash)).size).toBe(found.length);
          const { skipped } = reader.read(entries);
          expect(found.length + skipped).toBeLessThanOrEqual(entries.length);
          expect(reader.read(entries).changes).toEqual([]);
        }
      },
    ),
  );
});
