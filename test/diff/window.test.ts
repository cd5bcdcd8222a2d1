// Which absent entries have vanished, and which have only left the window. In doubt none.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maxUpdates } from '../../src/diff/damper.ts';
import { absencesOfVanished, longestTitle, mostPlaces } from '../../src/diff/window.ts';
import type { Entry } from '../../src/model/entry.ts';
import { day, documentOf, post, type Reader, readerOf, startSeconds, told } from './reading.ts';

const at = (days: number) => new Date((startSeconds + days * day) * 1000).toISOString();
/** Newest first: the later in the alphabet, the newer. */
const dated = (name: string) => post(name, { published: at(name.charCodeAt(0) - 122) });
const undated = (name: string) => post(name);
const listed = (names: string, make: (name: string) => Entry = dated) => [...names].map(make);

/** What each document brings. */
function reads(reader: Reader, documents: readonly string[], make = dated): string[][] {
  return documents.map((names) => told(reader.read(listed(names, make))));
}

describe('an entry that is gone from the middle', () => {
  test.each([
    ['dated', dated],
    ['undated', undated],
  ])('of three complete documents running has vanished: %s', (_, make) => {
    const reader = readerOf(listed('fedcba', make));
    expect(reads(reader, ['fecba', 'fecba', 'fecba', 'fecba'], make)).toEqual([
      [],
      [],
      ['deleted Post d'],
      [],
    ]);
  });

  test('is named by what the documents before said of it', () => {
    const reader = readerOf(listed('cba'));
    const read = () => reader.read(listed('ca'));
    const [change] = [read(), read(), read()].at(-1)?.changes ?? [];
    expect(change).toMatchObject({
      type: 'entry.deleted',
      reason: 'vanished',
      revision: 2,
      sequence: 1,
      isInitial: false,
      key: { source: 'guid', value: 'guid:tag:example.org,2026:b' },
      entry: { id: 'tag:example.org,2026:b', url: 'https://example.org/b', title: 'Post b' },
    });
    expect(change?.contentHash).toBe([...reader.memory.entries.values()].at(1)?.fingerprint);
  });

  test('while the window moves on over it', () => {
    expect(reads(readerOf(listed('edcba')), ['edba', 'fedba', 'gfedb'])).toEqual([
      [],
      ['new Post f'],
      ['new Post g', 'deleted Post c'],
    ]);
  });

  test.each<[string, string]>([
    ['while fewer come than go', 'gfedba'],
    ['while older ones slide in', 'fedbaXY'],
  ])('%s', (_, next) => {
    const reader = readerOf(listed('fedcbaZ'));
    expect(reads(reader, [next.slice(0, -1), next, next]).flat()).toContain('deleted Post c');
  });

  test('in a feed whose newest entry is the last', () => {
    expect(reads(readerOf(listed('abcd')), ['abd', 'abd', 'abd']).at(-1)).toEqual(['deleted Post c']);
  });

  test('though a late entry stands above newer ones', () => {
    expect(reads(readerOf(listed('fbedca')), ['fbeca', 'fbeca', 'fbeca']).at(-1)).toEqual(['deleted Post d']);
  });

  test('while the others come under other keys', () => {
    const reader = readerOf(listed('cba'));
    reader.read(listed('ca'));
    const link = { identity: 'link' } as const;
    expect([1, 2].flatMap(() => told(reader.read(listed('ca'), link)))).toEqual(['deleted Post b']);
  });

  test('with others beside it', () => {
    expect(reads(readerOf(listed('fedcba')), ['feba', 'feba', 'feba']).at(-1)).toEqual([
      'deleted Post d',
      'deleted Post c',
    ]);
  });

  test('that comes back in between has not: the count begins anew', () => {
    const documents = ['fecba', 'fecba', 'fedcba', 'fecba', 'fecba', 'fecba'];
    expect(reads(readerOf(listed('fedcba')), documents).flat()).toEqual(['deleted Post d']);
    expect(reads(readerOf(listed('fedcba')), documents.slice(0, -1)).flat()).toEqual([]);
  });

  test('and comes back after its deletion is an update, since receivers hold it for deleted, and may vanish again', () => {
    const reader = readerOf(listed('cba'));
    reads(reader, ['ca', 'ca', 'ca']);
    const [back] = reader.read(listed('cba')).changes;
    expect(back).toMatchObject({ type: 'entry.updated', revision: 3, changed: [] });
    expect(reads(reader, ['cba', 'ca', 'ca', 'ca'])).toEqual([[], [], [], ['deleted Post b']]);
    expect([...reader.memory.entries.values()].at(1)?.revision).toBe(4);
  });

  test('and comes and goes for ever is told of at most as often as an entry has updates', () => {
    const reader = readerOf(listed('cba'));
    const cycles = Array.from({ length: 40 }, () => ['ca', 'ca', 'ca', 'cba']).flat();
    expect(reads(reader, cycles).flat().length).toBeLessThanOrEqual(maxUpdates + 1);
    expect([...reader.memory.entries.values()].at(1)?.isDeleted).toBe(true);
  });
});

describe('an entry that is gone without having vanished', () => {
  test.each<[string, string, string[]]>([
    ['fell off the end', 'edcba', ['edcb', 'edcb', 'edcb', 'edcb']],
    ['stood first', 'edcba', ['dcba', 'dcba', 'dcba', 'dcba']],
    ['fell off the end together with the rest of the page', 'fedcba', ['fed', 'fed', 'fed', 'fed']],
    ['was absent twice', 'edcba', ['edba', 'edba', 'edcba']],
    ['lost its older neighbours before the third absence', 'edcba', ['edba', 'edba', 'ed', 'ed', 'ed']],
    ['belongs to a window of which most is gone', 'hgfedcba', ['ha', 'ha', 'ha', 'ha']],
    ['belongs to a document that was empty', 'edcba', ['', '', '', '', 'edcba']],
    ['belongs to a list that is not in the order of its dates', 'daecfb', ['daefb', 'daefb', 'daefb']],
    ['stood beside one that comes and goes', 'fedcba', ['fcba', 'fdcba', 'fcba', 'fcba', 'fdcba']],
  ])('%s', (_, first, documents) => {
    expect(reads(readerOf(listed(first)), documents).flat()).toEqual([]);
  });

  test.each<[string, string, string[]]>([
    ['where the others were reordered each time', 'fedcba', ['efcba', 'fecba', 'efcba', 'fecba']],
    ['where two changed places with the second absence', 'fedcba', ['fecba', 'fceba', 'fceba', 'fceba']],
    ['where the list was turned round', 'fedcba', ['abcef', 'abcef', 'abcef', 'abcef']],
  ])('%s, for its place means nothing any more', (_, first, documents) => {
    expect(reads(readerOf(listed(first, undated)), documents, undated).flat()).toEqual([]);
  });

  test('where as many came as are gone: the newest two of each source', () => {
    expect(reads(readerOf(listed('edca')), ['fedc', 'gfed', 'hgfd', 'hgfd', 'hgfd']).flat()).toEqual([
      'new Post f',
      'new Post g',
      'new Post h',
    ]);
  });

  test.each([
    ['dated', dated],
    ['undated', undated],
  ])('where the feed shows a selection that changes: %s', (_, make) => {
    const reader = readerOf(listed('jihgfedcba', make));
    const choices = ['jigfdba', 'jhgfeca', 'jihfdba'].flatMap((names) => Array(5).fill(names));
    reads(reader, choices, make);
    expect(reads(reader, choices, make).flat()).toEqual([]);
  });

  test('as old as the last one: days are dates too, and it may have fallen off the end', () => {
    const onDay = (name: string, days: number) => post(name, { published: at(days) });
    const reader = readerOf([onDay('c', 2), onDay('b', 1), onDay('a', 1)]);
    const next = [onDay('c', 2), onDay('a', 1)];
    expect([1, 2, 3, 4].flatMap(() => told(reader.read(next)))).toEqual([]);
  });

  test('a pinned entry that is let go has returned beyond the end, though an older one stays pinned', () => {
    const pins = [-950, -900].map((days) => post(`pinned ${days}`, { published: at(days) }));
    const reader = readerOf([...pins, ...listed('edcba')]);
    for (let poll = 0; poll < 4; poll++) {
      expect(told(reader.read([...pins.slice(0, 1), ...listed('edcba')]))).toEqual([]);
    }
  });

  test('shown once more by a partial document (226) it has no place between others', () => {
    const reader = readerOf(listed('edcba', undated));
    reads(reader, ['gfedc', 'hgfed'], undated);
    reader.read(listed('iah', undated), { isPartial: true });
    expect(reads(reader, ['ihgfe', 'ihgfe', 'ihgfe'], undated).flat()).toEqual([]);
  });

  test('an empty document between the absences does not count, and ends nothing', () => {
    expect(reads(readerOf(listed('cba')), ['ca', '', 'ca', '', 'ca']).flat()).toEqual(['deleted Post b']);
  });

  test('a pinned entry that is let go has returned to its place beyond the end', () => {
    const pinned = post('pinned', { published: at(-900) });
    const reader = readerOf([...listed('ed'), pinned, ...listed('cba')]);
    expect(reads(reader, ['edcba', 'edcba', 'edcba']).flat()).toEqual([]);
  });

  test('in a partial document (226) absence proves nothing', () => {
    const reader = readerOf(listed('cba'));
    for (let poll = 0; poll < 5; poll++) {
      expect(told(reader.read(listed('ca'), { isPartial: true }))).toEqual([]);
    }
    expect(reader.memory.window).toHaveLength(3);
  });

  test('in a document of which an entry could not be read absence proves nothing', () => {
    const reader = readerOf(listed('cba'));
    for (let poll = 0; poll < 5; poll++) {
      const feed = { ...documentOf(listed('ca')), flaws: [{ message: 'left out', entryIndex: 1 }] };
      expect(told(reader.read([], { feed }))).toEqual([]);
    }
  });

  test('an entry known by title and text looks gone when it is edited', () => {
    const note = (name: string, text: string): Entry => {
      const { id: _, url: __, ...rest } = dated(name);
      return { ...rest, contentText: text };
    };
    const reader = readerOf([...'cba'].map((name) => note(name, 'one')));
    const edited = [note('c', 'one'), note('b', 'two'), note('a', 'one')];
    const events = [1, 2, 3, 4].flatMap(() => told(reader.read(edited)));
    expect(events).toEqual(['new Post b']);
  });

  test('an entry with the id of another has vanished for nobody: an edited link looks the same', () => {
    const twin = (name: string) => ({ ...dated(name), id: 'same' });
    const first = [dated('d'), twin('c'), twin('b'), dated('a')];
    const reader = readerOf(first);
    const without = (name: string) => first.filter(({ title }) => title !== `Post ${name}`);
    expect([1, 2, 3].flatMap(() => told(reader.read(without('c'))))).toEqual([]);
    expect([1, 2, 3].flatMap(() => told(reader.read(without('b'))))).toEqual([]);
  });
});

describe('the window', () => {
  const titles = ({ memory }: Reader) => memory.window?.map(({ title }) => title?.slice(5)).join('');

  test('holds the last document, and what is missing between its entries, at its place', () => {
    const reader = readerOf(listed('fedcba'));
    reader.read(listed('gfecb'));
    expect(titles(reader)).toBe('gfedcb');
    expect(reader.memory.window?.map(({ absences }) => absences ?? 0)).toEqual([0, 0, 0, 1, 0, 0]);
  });

  test('begins anew with a document that lacks most of it', () => {
    const reader = readerOf(listed('fedcba'));
    reader.read(listed('xyzf'));
    expect(titles(reader)).toBe('xyzf');
  });

  test('keeps its places through an empty document', () => {
    const reader = readerOf(listed('cba'));
    reader.read([]);
    expect(titles(reader)).toBe('cba');
  });

  test('takes what a partial document adds for newer than the rest, and renews what it repeats', () => {
    const reader = readerOf(listed('cba'));
    reader.read([dated('d'), { ...dated('b'), title: 'Post B' }], { isPartial: true });
    expect(titles(reader)).toBe('dcBa');
  });

  test('keeps titles short, and leaves out what is too long to name an entry', () => {
    const long = 'x'.repeat(5000);
    const reader = readerOf([
      post('a', { title: `${'x'.repeat(longestTitle - 1)}🚀` }),
      post('b', { url: `https://example.org/${long}` }),
      post('c', { id: long }),
    ]);
    const [first, second, ...others] = reader.memory.window ?? [];
    expect(first?.title).toBe(`${'x'.repeat(longestTitle - 1)}�`);
    expect(second).not.toHaveProperty('url');
    expect(others).toEqual([]);
  });

  test.each([
    ['newest first', (n: number) => -n, 'first'],
    ['newest last', (n: number) => n, 'last'],
  ])(`of a larger document keeps the newest ${mostPlaces}: %s`, (_, days, end) => {
    const entries = Array.from({ length: mostPlaces + 500 }, (__, n) =>
      post(`p${n}`, { published: at(days(n)) }),
    );
    const { window = [] } = readerOf(entries).memory;
    expect(window).toHaveLength(mostPlaces);
    expect(window.at(end === 'first' ? 0 : -1)?.title).toBe(entries.at(end === 'first' ? 0 : -1)?.title);
  });
});

describe('whatever documents a feed shows', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });

  test('the window is never larger than two documents, and a deletion names a known entry that is absent', () => {
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 12 }), fc.boolean(), (documents, isSorted) => {
        const reader = readerOf([]);
        for (const document of documents) {
          const shown = isSorted ? document.toSorted((one, other) => other - one) : document;
          const { changes } = reader.read(shown.map((n) => post(`${n}`, { published: at(n) })));
          expect(reader.memory.window?.length ?? 0).toBeLessThanOrEqual(40);
          for (const { type, entry } of changes) {
            if (type === 'entry.deleted') expect(shown.map((n) => `Post ${n}`)).not.toContain(entry.title);
          }
        }
      }),
    );
  });

  test(`no entry is deleted that was absent from fewer than ${absencesOfVanished} documents`, () => {
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 12 }), (documents) => {
        const reader = readerOf([]);
        const absences = new Map<string, number>();
        for (const document of documents) {
          const shown = document.toSorted((one, other) => other - one);
          const { changes } = reader.read(shown.map((n) => post(`${n}`, { published: at(n) })));
          for (const [title, count] of absences) absences.set(title, count + 1);
          for (const n of shown) absences.set(`Post ${n}`, 0);
          for (const { type, entry } of changes) {
            if (type !== 'entry.deleted') continue;
            expect(absences.get(entry.title ?? '')).toBeGreaterThanOrEqual(absencesOfVanished);
          }
        }
      }),
    );
  });

  test('the newest few of each source, in the order of their dates, delete nothing', () => {
    const posts = fc.array(fc.nat({ max: 4 }), { maxLength: 60 });
    fc.assert(
      fc.property(posts, fc.integer({ min: 1, max: 4 }), (sources, few) => {
        const all = Array.from({ length: 20 }, (_, n) => ({ n, source: n % 5 }));
        const reader = readerOf([]);
        for (const source of sources) {
          all.push({ n: all.length, source });
          const shown = all.filter(({ n, source: own }) => {
            return all.filter((other) => other.source === own && other.n > n).length < few;
          });
          for (let poll = 0; poll < 3; poll++) {
            const { changes } = reader.read(
              shown.toReversed().map(({ n }) => post(`${n}`, { published: at(n) })),
            );
            expect(changes.filter(({ type }) => type === 'entry.deleted')).toEqual([]);
          }
        }
      }),
    );
  });

  test('a window that only moves on deletes nothing', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), fc.boolean(), (moves, size, hasDates) => {
        const reader = readerOf([]);
        let newest = 20;
        for (const move of moves) {
          newest += move;
          const shown = Array.from({ length: size }, (_, age) => newest - age);
          const { changes } = reader.read(
            shown.map((n) => post(`${n}`, hasDates ? { published: at(n) } : {})),
          );
          expect(changes.filter(({ type }) => type === 'entry.deleted')).toEqual([]);
        }
      }),
    );
  });
});
