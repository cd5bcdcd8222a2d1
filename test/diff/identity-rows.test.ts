// Every row of POLITENESS §8 and every row of §11 that the diff decides, by name. The details stand beside this file.

import { describe, expect, test } from '@jest/globals';
import type { DiffInput } from '../../src/diff/diff.ts';
import type { Entry } from '../../src/model/entry.ts';
import { day, entry, hour, keys, post, Reader, readerOf, startSeconds, told } from './reading.ts';

const at = (days: number) => new Date((startSeconds + days * day) * 1000).toISOString();
const dated = (name: string, days: number, fields: Partial<Entry> = {}) =>
  post(name, { published: at(days), contentText: `Text ${name}`, ...fields });
const five = ['e', 'd', 'c', 'b', 'a'];
const page = five.map((name, place) => dated(name, -place - 1));
const renamed = page.map((each) => ({ ...each, id: `new-${each.id}` }));

/** What the documents after the first one tell. */
function tells(
  first: readonly Entry[],
  then: readonly (readonly Entry[])[],
  options: Partial<DiffInput> = {},
): string[] {
  const reader = readerOf(first, options);
  return then.flatMap((entries) => told(reader.read(entries)));
}

describe('POLITENESS §8, the table', () => {
  const link = (name: string) => `https://example.org/${name}`;

  test('row 1: same id, same link twice in one document: one entry, the latest `updated` wins', () => {
    const versions = ['09', '11', '10'].map((hours) =>
      post('a', { title: hours, updated: `2026-11-20T${hours}:00:00Z` }),
    );
    expect(tells([], [versions])).toEqual(['new 11']);
  });

  test('row 2: same id, different links: the known one keeps the id, and the id is marked', () => {
    const [known, other, third] = ['a', 'b', 'c'].map((name) => post(name, { id: 'same' }));
    const reader = readerOf([known ?? entry(), post('x')]);
    expect(keys(reader.read([other ?? entry(), known ?? entry(), post('x')]))).toEqual([
      'guid+link:same example.org/b',
    ]);
    expect(keys(reader.read([third ?? entry(), post('x')]))).toEqual(['guid+link:same example.org/c']);
  });

  test('row 3: an id that differs only by http or https, host case, slash or utm_* is an alias', () => {
    const spelled = (id: string) => entry({ id, title: 'a' });
    for (const other of [
      'http://example.org/a',
      'https://EXAMPLE.org/a',
      `${link('a')}/`,
      `${link('a')}?utm_source=x`,
    ]) {
      expect(tells([spelled(link('a'))], [[spelled(other)]])).toEqual([]);
      expect(tells([spelled(link('a'))], [[spelled(other), spelled(link('a'))]])).toEqual(['new a']);
    }
  });

  test('row 4: half or more of the ids unknown over known content: re-keyed, one notice, the rest is told', () => {
    const reader = readerOf(page);
    const diff = reader.read([dated('fresh', 0), ...renamed]);
    expect([told(diff), diff.rekeyed, diff.churn?.matched]).toEqual([['new Post fresh'], 5, 5]);
    expect(reader.read([dated('fresh', 0), ...renamed]).churn).toBeUndefined();
  });

  test('row 5: unmatched in such a document and older than the newest known entry, or undated over the limit: withheld', () => {
    const older = dated('older', -1.5);
    const diff = readerOf(page).read([renamed[0] ?? entry(), older, ...renamed.slice(1)]);
    expect(diff.changes.map(({ entry: { title }, isWithheld }) => [title, isWithheld])).toEqual([
      ['Post older', true],
    ]);
    const undated = ['x', 'y'].map((name) => post(name));
    const held = (floodLimit: number) =>
      readerOf(page).read([...undated, ...renamed], { floodLimit }).withheld;
    expect([held(2), held(1)]).toEqual([0, 2]);
  });

  test('row 6: no date: document order, never now, never dropped', () => {
    const reader = readerOf([]);
    const diff = reader.read([post('b'), post('a')]);
    expect(told(diff)).toEqual(['new Post a', 'new Post b']);
    expect(diff.changes.every(({ entry: { published, updated } }) => !published && !updated)).toBe(true);
  });

  test('row 7: an old date among or above known entries is new', () => {
    const old = dated('old', -900);
    expect(tells(page, [[old, ...page]])).toEqual(['new Post old']);
    expect(tells(page, [page.toSpliced(2, 0, old)])).toEqual(['new Post old']);
  });

  test('row 8: unknown, below every known entry, older than the baseline: slid in, silently', () => {
    const reader = readerOf(page);
    const diff = reader.read([...page.slice(1), dated('old', -900)]);
    expect([told(diff), diff.backfilled]).toEqual([[], 1]);
    expect(told(reader.read([...page.slice(1), dated('old', -900)]))).toEqual([]);
  });

  test('row 9: no known entry in a full 200: all of it is new, and the count says that there may be a gap', () => {
    const diff = readerOf(page).read([dated('y', 1), dated('x', 0.5)]);
    expect([told(diff), diff.known]).toEqual([['new Post x', 'new Post y'], 0]);
  });
});

describe('POLITENESS §8, the text', () => {
  test('an entry without its rung takes the next one, alone', () => {
    const reader = readerOf([post('a'), post('b')]);
    expect(keys(reader.read([entry({ url: 'https://example.org/x' }), post('a'), post('b')]))).toEqual([
      'link:https://example.org/x',
    ]);
  });

  test('`identity:` re-keys known entries', () => {
    const reader = readerOf(page);
    expect(told(reader.read(page, { identity: 'link' }))).toEqual([]);
  });

  test('one short, empty or broken answer removes no seen id', () => {
    expect(tells(page, [[], page.slice(0, 1), page])).toEqual([]);
  });

  test('an entry after an empty baseline is new', () => {
    expect(tells([], [page])).toHaveLength(5);
  });

  test('reordering alone tells nothing', () => {
    expect(tells(page, [page.toReversed(), page, page.toSorted(() => 1)])).toEqual([]);
  });

  test('a partial document (226) knows no absence, no order and no change of ids', () => {
    const reader = readerOf(page);
    const partial = { isPartial: true };
    expect(
      [1, 2, 3, 4].flatMap(() => told(reader.read([page[0] ?? entry(), page[4] ?? entry()], partial))),
    ).toEqual([]);
    const diff = reader.read([...renamed, dated('old', -900)], partial);
    expect([told(diff).length, diff.churn, diff.backfilled]).toEqual([6, undefined, 0]);
    expect(told(reader.read(page))).toEqual([]);
  });

  test('deletions: vanished from three documents, or a tombstone', () => {
    const without = page.toSpliced(2, 1);
    expect(tells(page, [without, without, without])).toEqual(['deleted Post c']);
  });
});

describe('POLITENESS §11, the rows that the diff decides', () => {
  test('row 3: first document empty, then one entry: delivered', () => {
    expect(tells([], [[post('a')]])).toEqual(['new Post a']);
  });

  test('row 4: one duplicate guid in a feed of unique ones: other keys unchanged', () => {
    const twin = { ...post('twin'), id: page[0]?.id ?? '' };
    expect(tells(page, [[twin, ...page], page])).toEqual(['new Post twin']);
  });

  test('row 5: more new entries than any cap: all of them', () => {
    const many = Array.from({ length: 3000 }, (_, n) => post(`p${n}`));
    expect(tells([], [many])).toHaveLength(3000);
  });

  test('row 6: 10,000 ids in the window; one leaves and returns: nothing repeated', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => entry({ id: `${n}` }));
    expect(tells(many, [many.slice(1), many])).toEqual([]);
  });

  test('row 7: same-second, back-dated, undated entries; newest date unchanged: all delivered', () => {
    const more = [dated('same', -1), dated('back', -900), post('undated')];
    expect(tells(page, [[...more, ...page]]).toSorted()).toEqual([
      'new Post back',
      'new Post same',
      'new Post undated',
    ]);
  });

  test('row 9: a release changes the key format: key-rules.test.ts', () => {
    expect(readerOf(page).memory).toHaveProperty('keyRules');
  });

  test('row 11: keys that share a hash prefix: two entries', () => {
    expect(tells([entry({ id: '19509' })], [[entry({ id: '54090' }), entry({ id: '19509' })]])).toHaveLength(
      1,
    );
  });

  test('row 12: a 200 that lacks everything erases nothing', () => {
    expect(tells(page, [[], page])).toEqual([]);
  });

  describe('row 18: `updated` or an advert changes at every fetch', () => {
    const advert = (n: number) => post('a', { updated: at(n / 24), contentText: `words, advert ${n}` });

    test('`updated` alone: no event', () => {
      const moving = [1, 2, 3, 4].map((n) => [post('a', { updated: at(n) })]);
      expect(tells([post('a')], moving)).toEqual([]);
    });

    test('an advert: ignored for that entry from the third document on, for 7 days, then heard again', () => {
      const reader = readerOf([advert(0)]);
      const heard = (n: number, elapsed = hour) => told(reader.read([advert(n)], {}, elapsed)).length;
      expect([heard(1), heard(2), heard(3)]).toEqual([1, 1, 0]);
      const quiet = Array.from({ length: 7 * 24 - 1 }, (_, n) => heard(n + 4));
      expect(quiet.filter((count) => count > 0)).toEqual([]);
      expect(heard(1000)).toBe(1);
    });

    test('over two years of hourly adverts: at most 24 events', () => {
      const reader = readerOf([advert(0)]);
      let events = 0;
      for (let n = 1; n <= 2 * 366 * 4; n++) events += told(reader.read([advert(n)], {}, 6 * hour)).length;
      expect(events).toBe(24);
    });
  });

  test('the baseline of another machine: the same documents give the same changes', () => {
    const [one, other] = [new Reader({ initial: 'all' }), new Reader({ initial: 'all' })];
    for (const entries of [page, renamed, [dated('new', 1), ...renamed]]) {
      expect(one.read(entries)).toEqual(other.read(entries));
    }
  });
});
