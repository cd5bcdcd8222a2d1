import { describe, expect, test } from '@jest/globals';
import { maxUpdates, quietSpan } from '../../src/diff/damper.ts';
import { keptEntries, keptSpan, mostEntries } from '../../src/diff/retention.ts';
import type { Entry, KnownEntry } from '../../src/model/entry.ts';
import { day, emptyMemory, entry, hour, post, Reader, readerOf, startSeconds, told } from './reading.ts';

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const names = (count: number, prefix = 'p') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('the baseline', () => {
  const dated = ['c', 'b', 'a'].map((name, age) => post(name, { published: at(startSeconds - age * day) }));

  test.each<[string, 'none' | 'all' | number, string[]]>([
    ['none', 'none', []],
    ['all', 'all', ['new Post a', 'new Post b', 'new Post c']],
    ['the newest 0', 0, []],
    ['the newest 1', 1, ['new Post c']],
    ['the newest 2', 2, ['new Post b', 'new Post c']],
    ['the newest of more than there are', 9, ['new Post a', 'new Post b', 'new Post c']],
  ])('`initial: %s` announces so many and knows all', (_, initial, expected) => {
    const reader = new Reader({ initial });
    const first = reader.read(dated);
    expect(told(first)).toEqual(expected);
    expect(first.changes.every(({ isInitial }) => isInitial)).toBe(true);
    expect(first.entries.size).toBe(3);
    expect(told(reader.read(dated))).toEqual([]);
  });

  test('the newest are found by date, wherever they stand', () => {
    const [newest, middle, oldest] = dated;
    const upsideDown = [oldest, middle, newest].flatMap((each) => each ?? []);
    expect(told(new Reader({ initial: 1 }).read(upsideDown))).toEqual(['new Post c']);
  });

  test('without dates the newest stand first', () => {
    expect(told(new Reader({ initial: 2 }).read(names(4).map((name) => post(name))))).toEqual([
      'new Post p1',
      'new Post p0',
    ]);
  });

  test('its time and count are those of the first document, and stay', () => {
    const reader = new Reader();
    expect(reader.read(dated).baseline).toEqual({ at: reader.now, entries: 3 });
    const { baseline } = reader.memory;
    expect(reader.read([post('d'), ...dated]).baseline).toEqual(baseline);
  });

  test('FAULTS A42, POLITENESS §11 row 3: an empty first document is a baseline of 0, and the first entry is delivered', () => {
    const reader = new Reader();
    expect(reader.read([]).baseline).toEqual({ at: reader.now, entries: 0 });
    const next = reader.read([post('a', { published: at(startSeconds - 900 * day) })]);
    expect(told(next)).toEqual(['new Post a']);
    expect(next.changes[0]?.isInitial).toBe(false);
  });
});

describe('POLITENESS §11 row 7: dates never decide whether an entry is new', () => {
  const time = at(startSeconds - 10 * day);
  const known = [post('b', { published: time }), post('a', { published: time })];

  test.each<[string, Entry[]]>([
    ['the same second as a known one', [post('x', { published: time }), ...known]],
    ['the same second, at the end', [...known, post('x', { published: time })]],
    ['an old date above the known ones', [post('x', { published: at(0) }), ...known]],
    ['an old date among the known ones', known.toSpliced(1, 0, post('x', { published: at(0) }))],
    ['a date years ahead', [post('x', { published: '9999-01-01T00:00:00Z' }), ...known]],
    ['no date, above', [post('x'), ...known]],
    ['no date, at the end', [...known, post('x')]],
    [
      'a date after the baseline, at the end',
      [...known, post('x', { published: at(startSeconds + 2 * hour) })],
    ],
    ['a date that cannot be read, at the end', [...known, post('x', { published: 'yesterday' })]],
  ])('an unknown entry with %s is new', (_, entries) => {
    expect(told(readerOf(known).read(entries))).toEqual(['new Post x']);
  });

  test('at the end of a document whose known entries have no dates it is new', () => {
    expect(told(readerOf([post('a')]).read([post('a'), post('x', { published: at(0) })]))).toEqual([
      'new Post x',
    ]);
  });

  test('in a document without any known entry it is new', () => {
    expect(told(readerOf(known).read([post('x', { published: at(0) })]))).toEqual(['new Post x']);
  });
});

describe('an older entry that slides in at the end of the window', () => {
  const window = ['c', 'b', 'a'].map((name, age) => post(name, { published: at(startSeconds - age * day) }));
  const older = post('older', { published: at(startSeconds - 9 * day) });

  test('is stored silently and counted', () => {
    const reader = readerOf(window);
    const diff = reader.read([...window.slice(1), older]);
    expect(told(diff)).toEqual([]);
    expect(diff.backfilled).toBe(1);
    expect(told(reader.read([post('d'), ...window, older]))).toEqual(['new Post d']);
  });

  test('is new when an older known one proves the order otherwise', () => {
    const reader = readerOf([...window, post('oldest', { published: at(0) })]);
    expect(told(reader.read([post('oldest', { published: at(0) }), older]))).toEqual(['new Post older']);
  });

  test('is new in a feed that lists its newest entry last: there the end is where news stands', () => {
    const upwards = window.toReversed();
    expect(told(readerOf(upwards).read([...upwards, older]))).toEqual(['new Post older']);
  });

  test('is new after an empty baseline: nothing was outside that window', () => {
    const reader = readerOf([]);
    reader.read(window);
    expect(told(reader.read([...window.slice(1), older]))).toEqual(['new Post older']);
  });

  test('is new in a partial document, whose end proves nothing', () => {
    expect(told(readerOf(window).read([...window.slice(1), older], { isPartial: true }))).toEqual([
      'new Post older',
    ]);
  });
});

describe('the order of changes', () => {
  test('is by date, then by reverse document order', () => {
    const dated = (name: string, days: number) => post(name, { published: at(startSeconds + days * day) });
    const entries = [dated('e', 2), dated('d', 2), dated('a', 0), dated('f', 3), dated('b', 1)];
    expect(told(readerOf([]).read(entries)).join()).toBe(
      'new Post a,new Post b,new Post d,new Post e,new Post f',
    );
  });

  test('compares moments, not texts', () => {
    const entries = [
      post('later', { published: '2026-11-20T09:30:00+00:00' }),
      post('earlier', { published: '2026-11-20T10:00:00+01:00' }),
    ];
    expect(told(readerOf([]).read(entries.toReversed()))).toEqual(['new Post earlier', 'new Post later']);
  });

  test('keeps an entry without a date beside its older neighbour', () => {
    const entries = [
      post('c', { published: at(startSeconds + day) }),
      post('b'),
      post('a', { published: at(startSeconds) }),
    ];
    expect(told(readerOf([]).read(entries))).toEqual(['new Post a', 'new Post b', 'new Post c']);
  });

  test('numbers entry events of the feed from 1 without a gap', () => {
    const reader = readerOf([]);
    expect(reader.read([post('b'), post('a')]).changes.map(({ sequence }) => sequence)).toEqual([1, 2]);
    const next = reader.read([post('c'), post('b', { title: 'Edited' }), post('a')]);
    expect(next.changes.map(({ sequence }) => sequence)).toEqual([3, 4]);
    expect(next.sequence).toBe(4);
  });

  test('POLITENESS §11 row 5: 5,000 new entries are 5,000 changes', () => {
    expect(readerOf([]).read(names(5000).map((name) => post(name))).changes).toHaveLength(5000);
  });

  test('the same document against the same memory gives the same changes', () => {
    const [one, other] = [readerOf([post('a')]), readerOf([post('a')])];
    const next = [post('c'), post('b'), post('a', { title: 'Edited' })];
    expect(one.read(next)).toEqual(other.read(next));
  });
});

describe('an update', () => {
  test('raises the revision and names what changed', () => {
    const reader = readerOf([post('a')]);
    const [change] = reader.read([post('a', { title: 'Edited', contentText: 'more' })]).changes;
    expect(change).toMatchObject({
      type: 'entry.updated',
      revision: 2,
      changed: ['title', 'content'],
      isInitial: false,
    });
    expect(reader.read([post('a', { title: 'Again', contentText: 'more' })]).changes[0]?.revision).toBe(3);
  });

  test('a new entry has revision 1 and names no changes', () => {
    const [change] = readerOf([]).read([post('a')]).changes;
    expect(change).toMatchObject({ type: 'entry.new', revision: 1 });
    expect(change).not.toHaveProperty('changed');
  });

  test('back to an earlier text is an update with a revision of its own', () => {
    const reader = readerOf([post('a')]);
    const [there] = reader.read([post('a', { title: 'x' })]).changes;
    const [back] = reader.read([post('a')]).changes;
    expect([there?.revision, back?.revision]).toEqual([2, 3]);
    expect(back?.contentHash).not.toBe(there?.contentHash);
  });

  test('POLITENESS §11 row 18: `updated` that moves at every fetch is none', () => {
    const reader = readerOf([post('a', { updated: at(startSeconds) })]);
    for (const hours of [1, 2, 3, 4, 5]) {
      expect(told(reader.read([post('a', { updated: at(startSeconds + hours * hour) })]))).toEqual([]);
    }
  });
});

describe('POLITENESS §11 row 18: an advert that changes at every fetch', () => {
  const withAdvert = (n: number, title = 'Post a') => post('a', { title, contentText: `words, advert ${n}` });

  function damped(): Reader {
    const reader = readerOf([withAdvert(0)]);
    const events = [1, 2, 3].map((n) => told(reader.read([withAdvert(n)])).length);
    expect(events).toEqual([1, 1, 0]);
    return reader;
  }

  test('is silent from the third changed document on', () => {
    const reader = damped();
    for (const n of [4, 5, 6]) expect(told(reader.read([withAdvert(n)]))).toEqual([]);
  });

  test('leaves the other fields of the entry alone', () => {
    expect(damped().read([withAdvert(4, 'Edited')]).changes[0]?.changed).toEqual(['title']);
  });

  test('leaves the other entries alone', () => {
    const reader = damped();
    reader.read([withAdvert(4), post('b')]);
    expect(told(reader.read([withAdvert(5), post('b', { contentText: 'edited' })]))).toEqual([
      'updated Post b',
    ]);
  });

  test.each([
    ['a second before 7 days', quietSpan - 1, 0],
    ['7 days', quietSpan, 1],
  ])('is heard again after %s', (_, elapsed, events) => {
    const reader = damped();
    expect(told(reader.read([withAdvert(4)], {}, elapsed))).toHaveLength(events);
  });

  test('two changed documents, then an unchanged one, begin the count anew', () => {
    const reader = readerOf([withAdvert(0)]);
    const events = [1, 2, 2, 3, 4].map((n) => told(reader.read([withAdvert(n)])).length);
    expect(events).toEqual([1, 1, 0, 1, 1]);
    reader.read([withAdvert(4)]);
    expect([...reader.memory.entries.values()][0]).not.toHaveProperty('flaps');
  });

  test(`an entry has ${maxUpdates} updates in its life`, () => {
    const reader = readerOf([withAdvert(0)]);
    let events = 0;
    for (let n = 1; n <= 60; n++) events += told(reader.read([withAdvert(Math.ceil(n / 2))])).length;
    expect(events).toBe(maxUpdates);
    expect([...reader.memory.entries.values()][0]?.revision).toBe(maxUpdates + 1);
  });
});

describe('how long an entry is known', () => {
  const now = startSeconds;
  const known = (lastSeen: number): KnownEntry => ({
    fingerprint: '...',
    revision: 1,
    firstSeen: 0,
    lastSeen,
  });
  const sizeAfter = (fresh: number, old: number, oldSeen: number) => {
    const entries = new Map([
      ...names(fresh, 'fresh').map((name) => [name, known(now)] as const),
      ...names(old, 'old').map((name) => [name, known(oldSeen)] as const),
    ]);
    const memory = { ...emptyMemory, baseline: { at: 0, entries: 1 }, rung: 'guid', entries } as const;
    const reader = new Reader();
    reader.memory = memory;
    return reader.read([], {}, 0).entries;
  };

  test.each([
    ['10,000 entries, all of them seen long ago', 0, keptEntries, now - 10 * keptSpan, keptEntries],
    ['10,001 entries, one seen 12 months ago', keptEntries, 1, now - keptSpan, keptEntries + 1],
    ['10,001 entries, one seen longer ago', keptEntries, 1, now - keptSpan - 1, keptEntries],
    ['10,002 entries, all seen longer ago', 0, keptEntries + 2, now - keptSpan - 1, keptEntries],
    ['20,000 entries, all of them seen now', 2 * keptEntries, 0, now, 2 * keptEntries],
    ['100,000 entries, all of them seen now', mostEntries, 0, now, mostEntries],
    ['100,001 entries, one of them seen yesterday', mostEntries, 1, now - day, mostEntries],
  ])('%s', (_, fresh, old, oldSeen, kept) => {
    expect(sizeAfter(fresh, old, oldSeen).size).toBe(kept);
  });

  test('the longest unseen go first', () => {
    expect(sizeAfter(keptEntries, 1, now - 2 * keptSpan).has('old0')).toBe(false);
  });

  test('of a feed that invents its ids the entries of the document stay known when the ceiling is met', () => {
    const reader = readerOf([]);
    const invented = (poll: number) => names(5000, `${poll}-`).map((name) => entry({ id: name }));
    for (let poll = 0; poll <= mostEntries / 5000; poll++) reader.read(invented(poll));
    expect(reader.memory.entries.size).toBe(mostEntries);
    expect(told(reader.read(invented(mostEntries / 5000)))).toEqual([]);
  });

  test('a sighting counts anew', () => {
    const reader = readerOf([post('a')]);
    reader.read([post('a')], {}, 90 * day);
    expect([...reader.memory.entries.values()][0]).toEqual(
      expect.objectContaining({ firstSeen: startSeconds + hour, lastSeen: reader.now }),
    );
  });

  test('a clock that runs backwards does not age an entry', () => {
    const reader = readerOf([post('a')]);
    reader.read([post('a')], {}, -90 * day);
    expect([...reader.memory.entries.values()][0]?.lastSeen).toBe(startSeconds + hour);
  });

  test('FAULTS A41: a feed that is empty for 3 days and returns with its 50 entries repeats none', () => {
    const entries = names(50).map((name) => post(name));
    const reader = readerOf(entries);
    for (let hours = 0; hours < 72; hours++) reader.read([]);
    expect(told(reader.read(entries))).toEqual([]);
  });

  test('POLITENESS §11 row 6: of 10,000 ids in the window one leaves for 11 months and returns unannounced', () => {
    const entries = names(10_000).map((name) => entry({ id: name }));
    const reader = readerOf(entries);
    reader.read(entries.slice(1));
    expect(told(reader.read(entries, {}, 330 * day))).toEqual([]);
  });
});

test('a document of 5,000 known entries and a new one brings one change', () => {
  const html = `<p>${'Some words of an entry. '.repeat(20)}</p>`;
  const entries = names(5000).map((name) => post(name, { contentHtml: html + name }));
  const reader = readerOf(entries);
  expect(reader.read([post('new'), ...entries]).sequence).toBe(1);
});
