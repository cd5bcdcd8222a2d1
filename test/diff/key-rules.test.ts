// Keys and fingerprints outlive releases and overrides: an upgrade re-keys and never re-sends.

import { describe, expect, test } from '@jest/globals';
import type { DiffInput } from '../../src/diff/diff.ts';
import { fingerprint } from '../../src/diff/fingerprint.ts';
import { currentKeyRules, type KeyRules, keyRules } from '../../src/diff/key-rules.ts';
import { ladderKey } from '../../src/diff/ladder.ts';
import type { Entry } from '../../src/model/entry.ts';
import {
  day,
  hour,
  keys,
  Reader as NewReader,
  post,
  type Reader,
  readerOf,
  startSeconds,
  told,
} from './reading.ts';

/** A release that folded the case of ids, and read titles in capital letters. */
const toy: KeyRules = {
  version: 1,
  keyOf: (entry, rung) => {
    const key = ladderKey(entry, rung);
    return key && { ...key, value: `${key.source}:1-${key.value.toLowerCase()}` };
  },
  fingerprint: (entry) => fingerprint(capital(entry)),
};
const ofNow: KeyRules = { version: 2, keyOf: ladderKey, fingerprint };
const later: KeyRules = {
  ...ofNow,
  version: 3,
  keyOf: (entry, rung) => ladderKey({ ...entry, id: `3-${entry.id}` }, rung),
};

function capital(entry: Entry): Entry {
  return { ...entry, title: (entry.title ?? '').toUpperCase() };
}

const posts = (names: string, fields: Partial<Entry> = {}) =>
  [...names].map((name) => post(name, { id: `ID-${name}`, ...fields }));

/** A feed whose memory the toy release has written, as far as it made keys and fingerprints. */
function upgraded(names: string, options: Partial<DiffInput> = {}): Reader {
  const reader = new NewReader({ rules: [toy, ofNow], ...options });
  reader.read(posts(names), { rules: [toy] });
  const entries = [...reader.memory.entries].map(([hash, record], at) => {
    const made = posts(names)[at];
    return [hash, made ? { ...record, fingerprint: toy.fingerprint(made) } : record] as const;
  });
  reader.memory = { ...reader.memory, entries: new Map(entries) };
  expect(reader.memory.keyRules).toBe(1);
  return reader;
}

describe('POLITENESS §11 row 9: a release that makes other keys', () => {
  test('knows the entries of the next document under them, announces none and forgets none', () => {
    const reader = upgraded('cba');
    const diff = reader.read(posts('dcba'));
    expect(keys(diff)).toEqual(['guid:ID-d']);
    expect([diff.rekeyed, reader.memory.keyRules]).toEqual([3, 2]);
    expect(told(reader.read(posts('dcba')))).toEqual([]);
    expect(reader.memory.entries.size).toBe(4);
  });

  test.each<[string, Entry[], boolean]>([
    ['the next document lacked', posts('cb'), false],
    ['the next document, being empty, lacked', [], false],
    ['the next document, being partial, lacked', posts('d'), true],
  ])('still knows an entry that %s', (_, next, isPartial) => {
    const reader = upgraded('cba');
    reader.read(next, { isPartial });
    expect(
      told(
        reader.read(posts('a', { published: '2027-06-01T00:00:00Z', title: 'Moved on' }), {}, 300 * day),
      ).filter((line) => line.startsWith('new')),
    ).toEqual([]);
  });

  test('and the release after it know what either has made', () => {
    const reader = upgraded('cba');
    reader.read(posts('dc'));
    const rules = [toy, ofNow, later];
    expect(told(reader.read(posts('dcba'), { rules }))).toEqual([]);
    expect(reader.memory.keyRules).toBe(3);
    expect(told(reader.read(posts('edcba'), { rules }))).toEqual(['new Post e']);
  });

  test('tells apart what the older one took for the same', () => {
    const reader = upgraded('a');
    const [upper] = posts('a');
    const lower = post('other', { id: 'id-a' });
    expect(told(reader.read([lower, ...(upper ? [upper] : [])]))).toEqual(['new Post other']);
    expect(reader.memory.entries.size).toBe(2);
  });

  test('tells apart what the older one took for the same, though its key is also one of now', () => {
    const folding: KeyRules = {
      ...toy,
      keyOf: (entry, rung) => {
        const key = ladderKey(entry, rung);
        return key && { ...key, value: key.value.toLowerCase() };
      },
    };
    const reader = new NewReader({ rules: [folding, ofNow] });
    reader.read(posts('a'), { rules: [folding] });
    expect(keys(reader.read([post('other', { id: 'id-a' }), ...posts('a')]))).toContain('guid:ID-a');
  });

  test('a feed that no older release has read is not looked up by its rules', () => {
    const reader = new NewReader({ rules: [toy, ofNow] });
    reader.read(posts('a'));
    expect(told(reader.read([post('b', { id: 'id-a' }), ...posts('a')]))).toEqual(['new Post b']);
  });
});

describe('a release that makes other fingerprints', () => {
  test('takes the new one silently', () => {
    const reader = upgraded('ba');
    expect(told(reader.read(posts('ba')))).toEqual([]);
    expect([...reader.memory.entries.values()].map((known) => known.fingerprint)).toEqual(
      posts('ba').map(fingerprint),
    );
  });

  test('tells what was edited at the same time, and nothing else', () => {
    const [change, ...others] = upgraded('ba').read(posts('ba', { contentText: 'edited' })).changes;
    expect(change?.changed).toEqual(['content']);
    expect(others).toHaveLength(1);
    expect(upgraded('a').read(posts('a', { title: 'Edited' })).changes[0]?.changed).toEqual(['title']);
  });

  test('tells what is edited later, of entries that both have seen', () => {
    const reader = upgraded('a');
    reader.read(posts('a'));
    expect(reader.read(posts('a', { title: 'Edited' })).changes[0]?.changed).toEqual(['title']);
  });
});

describe('the rules of this release', () => {
  test('are numbered in order, and the last make the keys', () => {
    expect(keyRules.map(({ version }) => version)).toEqual(keyRules.map((_, at) => at + 1));
    expect(currentKeyRules).toBe(keyRules.length);
    expect(readerOf(posts('a')).memory.keyRules).toBe(currentKeyRules);
  });

  test('a memory that says nothing of its rules was made by the first', () => {
    const reader = upgraded('ba');
    const { keyRules: _, ...memory } = reader.memory;
    reader.memory = memory;
    expect(told(reader.read(posts('ba')))).toEqual([]);
  });
});

describe('`identity:` changes, and an entry that the next document lacks comes back later', () => {
  const dated = (name: string, fields: Partial<Entry> = {}) =>
    post(name, { published: new Date((startSeconds - day) * 1000).toISOString(), ...fields });

  function changed(first: readonly Entry[]): Reader {
    const reader = readerOf(first);
    reader.read(first.slice(1), { identity: 'link' });
    expect(reader.memory.formerLadders).toEqual([{ rung: 'guid', keyRules: currentKeyRules }]);
    return reader;
  }

  test.each([
    ['dated', dated],
    ['undated', post],
  ])('known all the same: %s', (_, make) => {
    const first = ['c', 'b', 'a'].map((name) => make(name));
    const reader = changed(first);
    expect(told(reader.read(first, { identity: 'link' }, 90 * day))).toEqual([]);
    expect(reader.memory.entries.size).toBe(3);
  });

  test('in the document after the change an entry is known whatever else of it was edited', () => {
    const reader = readerOf([dated('a')]);
    const edited = dated('a', { title: 'Edited', published: '2099-01-01T00:00:00Z' });
    expect(told(reader.read([edited], { identity: 'link' }))).toEqual(['updated Edited']);
  });

  test('once: the rung was left because it takes different entries for one', () => {
    const reader = changed(['c', 'b', 'a'].map((name) => dated(name)));
    reader.read([dated('c')], { identity: 'link' });
    const other = dated('c', { url: 'https://example.org/other' });
    expect(told(reader.read([other], { identity: 'link' }))).toEqual(['new Post c']);
  });

  test.each([
    [
      'published since that one was last seen',
      dated('c', { title: 'x', published: new Date((startSeconds + 9 * hour) * 1000).toISOString() }),
    ],
    ['without a date, and under another title', post('c', { title: 'x' })],
  ])('unless it is another one under the old key: %s', (_, other) => {
    const reader = changed(['c', 'b', 'a'].map((name) => dated(name)));
    expect(told(reader.read([other], { identity: 'link' }))).toEqual(['new x']);
  });

  test('there and back again announces nothing and keeps every revision', () => {
    const first = ['c', 'b', 'a'].map((name) => dated(name));
    const reader = changed(first);
    expect(told(reader.read(first.slice(0, 2), { identity: 'guid' }))).toEqual([]);
    expect(told(reader.read(first, { identity: 'guid' }))).toEqual([]);
    expect(told(reader.read(first, { identity: 'hash' }))).toEqual([]);
    expect(reader.memory.entries.size).toBe(3);
  });
});
