// RFC 6721: entries that the feed itself says are gone. https://www.rfc-editor.org/rfc/rfc6721#section-3

import { describe, expect, test } from '@jest/globals';
import type { DiffInput, EntryDiff } from '../../src/diff/diff.ts';
import type { Entry, Tombstone } from '../../src/model/entry.ts';
import { day, documentOf, entry, hour, post, type Reader, readerOf, startSeconds, told } from './reading.ts';

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const id = (name: string) => `tag:example.org,2026:${name}`;
const grave = (name: string, deletedAt?: number): Tombstone => ({
  ref: id(name),
  ...(deletedAt !== undefined && { deletedAt: at(deletedAt) }),
});

function bury(
  reader: Reader,
  entries: readonly Entry[],
  tombstones: readonly Tombstone[],
  options: Partial<DiffInput> = {},
): EntryDiff {
  return reader.read([], { feed: { ...documentOf(entries), tombstones }, ...options });
}

const all = [post('c'), post('b'), post('a')];
const rest = [post('c'), post('a')];
const deleted = startSeconds + 2 * hour;

describe('a tombstone of a known entry', () => {
  test('deletes it once, for as long as the feed lists it', () => {
    const reader = readerOf(all);
    const [change] = bury(reader, rest, [grave('b', deleted)]).changes;
    expect(change).toMatchObject({
      type: 'entry.deleted',
      reason: 'tombstone',
      revision: 2,
      entry: { id: id('b'), url: 'https://example.org/b', title: 'Post b' },
    });
    for (let poll = 0; poll < 5; poll++) {
      expect(told(bury(reader, rest, [grave('b', deleted)]))).toEqual([]);
    }
  });

  test('that has left the window long ago names it by its id', () => {
    const reader = readerOf(all);
    reader.read(rest);
    reader.read([post('x'), post('y'), post('z')]);
    const [change] = bury(reader, rest, [grave('b', reader.now)]).changes;
    expect(change).toMatchObject({ type: 'entry.deleted', key: { value: `guid:${id('b')}` } });
    expect(change?.entry).toEqual(entry({ id: id('b') }));
  });

  test('counts in a partial document (226) and in one without entries', () => {
    expect(told(bury(readerOf(all), [], [grave('b')], { isPartial: true }))).toEqual(['deleted Post b']);
    expect(told(bury(readerOf(all), [], [grave('b')]))).toEqual(['deleted Post b']);
  });

  test('that was deleted before: of several tombstones of one id the latest counts, in whatever order', () => {
    const graves = [grave('b', startSeconds - 9 * day), grave('b', deleted), grave('b')];
    for (const listed of [graves, graves.toReversed()]) {
      const reader = readerOf(all);
      reader.read(all, {}, hour);
      expect(told(bury(reader, rest, listed))).toEqual(['deleted Post b']);
    }
  });

  test('says the same of an id in another spelling', () => {
    const web = post('a', { id: 'http://example.org/1' });
    const feed = { ...documentOf([]), tombstones: [{ ref: 'https://example.org/1' }] };
    expect(told(readerOf([web]).read([], { feed }))).toEqual(['deleted Post a']);
  });

  test('leaves no place of it in the window', () => {
    const reader = readerOf(all);
    bury(reader, [], [grave('b')], { isPartial: true });
    expect(reader.memory.window?.map(({ title }) => title)).toEqual(['Post c', 'Post a']);
  });

  test('does not make it vanish too', () => {
    const reader = readerOf(all);
    expect(told(bury(reader, rest, [grave('b')]))).toEqual(['deleted Post b']);
    expect([1, 2, 3].flatMap(() => told(reader.read(rest)))).toEqual([]);
  });

  test('shown again it is an entry again, and its next deletion is another revision', () => {
    const reader = readerOf(all);
    bury(reader, rest, [grave('b')]);
    expect(told(reader.read(all))).toEqual(['updated Post b']);
    const [change] = bury(reader, rest, [grave('b')]).changes;
    expect(change).toMatchObject({ type: 'entry.deleted', revision: 4 });
  });
});

describe('a tombstone of an entry that the document shows', () => {
  const shown = (updated?: number) => [
    post('c'),
    post('b', { title: 'Edited', ...(updated !== undefined && { updated: at(updated) }) }),
  ];

  test.each<[string, number | undefined, number | undefined, string[]]>([
    ['later than its last change', deleted - 1, deleted, ['deleted Post b']],
    ['at its last change', deleted, deleted, ['deleted Post b']],
    ['before its last change', deleted + 1, deleted, ['updated Edited']],
    ['without a date', deleted, undefined, ['updated Edited']],
    ['that has no date', undefined, deleted, ['updated Edited']],
  ])('%s', (_, updated, deletedAt, expected) => {
    const reader = readerOf(all);
    expect(told(bury(reader, shown(updated), [grave('b', deletedAt)]))).toEqual(expected);
    expect(told(bury(reader, shown(updated), [grave('b', deletedAt)]))).toEqual([]);
  });

  test('that was never known is no news', () => {
    const fresh = post('new', { updated: at(deleted) });
    expect(told(bury(readerOf(all), [fresh, ...all], [grave('new', deleted)]))).toEqual([]);
  });
});

describe('a tombstone that means nothing', () => {
  test('names nobody who is known', () => {
    const reader = readerOf(all);
    expect(told(bury(reader, all, [grave('nobody'), { ref: '' }, { ref: ' ' }]))).toEqual([]);
    expect(reader.memory.entries.size).toBe(3);
  });

  test('stands in a feed whose entries are not known by their ids', () => {
    expect(told(bury(readerOf(all, { identity: 'link' }), rest, [grave('b')]))).toEqual([]);
  });

  test('names an id that several entries bear', () => {
    const twins = ['x', 'y'].map((name) => post(name, { id: id('b') }));
    expect(told(bury(readerOf(twins), twins, [grave('b')]))).toEqual([]);
  });

  test('names an id that its entry has given up for another', () => {
    const names = ['e', 'd', 'c', 'b', 'a'];
    const reader = readerOf(names.map((name) => post(name)));
    const again = names.map((name) => post(name, { id: `new-${name}` }));
    expect(
      told(
        bury(
          reader,
          again,
          names.map((name) => grave(name)),
        ),
      ),
    ).toEqual([]);
    expect(
      told(
        bury(
          reader,
          again,
          names.map((name) => grave(name)),
        ),
      ),
    ).toEqual([]);
  });

  test('is older than the last sighting by more than caches live: the entry was shown again', () => {
    const reader = readerOf(all);
    reader.read(all, {}, 3 * day);
    expect(told(bury(reader, rest, [grave('b', startSeconds)]))).toEqual([]);
    expect(told(bury(reader, rest, [grave('b', reader.now - hour)]))).toEqual(['deleted Post b']);
  });

  test('stands in the first document', () => {
    expect(told(bury(readerOf([]), rest, [grave('b')], { initial: 'all' }))).toEqual([
      'new Post a',
      'new Post c',
    ]);
  });
});
