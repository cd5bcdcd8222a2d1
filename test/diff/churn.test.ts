// A document in which the ids changed in mass: what is told of it, and what waits for the operator.

import { describe, expect, test } from '@jest/globals';
import type { EntryDiff } from '../../src/diff/diff.ts';
import type { Entry } from '../../src/model/entry.ts';
import { day, post, readerOf, startSeconds, told } from './reading.ts';

const at = (days: number) => new Date((startSeconds + days * day) * 1000).toISOString();
const letters = [...'jihgfedcba'];
const age = (name: string) => name.charCodeAt(0) - 122;
/** Newest first: the later in the alphabet, the newer. */
const dated = (name: string, fields: Partial<Entry> = {}) =>
  post(name, { contentText: `Text ${name}`, published: at(age(name)), ...fields });
const again = (name: string, fields: Partial<Entry> = {}) => dated(name, { id: `new-${name}`, ...fields });
const rewritten = (name: string, fields: Partial<Entry> = {}) =>
  again(`x${name}`, { published: at(age(name) - 0.5), ...fields });

const withheld = ({ changes }: EntryDiff) =>
  changes.filter(({ isWithheld }) => isWithheld).map(({ entry }) => entry.title);

describe('half or more of the ids change over known content', () => {
  test('is told once, with how many were recognised and a sample that names the id before', () => {
    const reader = readerOf(letters.map((name) => dated(name)));
    const next = letters.map((name) => again(name));
    const { churn, changes } = reader.read(next);
    expect(changes).toEqual([]);
    expect(churn?.matched).toBe(10);
    expect(churn?.sample).toHaveLength(5);
    expect(churn?.sample[0]).toEqual({
      id: 'new-j',
      previousId: 'tag:example.org,2026:j',
      url: 'https://example.org/j',
      title: 'Post j',
    });
    expect(reader.read(next)).not.toHaveProperty('churn');
  });

  test('title and date are enough where links and contents changed too', () => {
    const reader = readerOf(letters.map((name) => dated(name)));
    const moved = letters.map((name) =>
      again(name, { url: `https://new.example.org/?p=${name}`, contentText: 'A teaser.' }),
    );
    expect(told(reader.read(moved))).toEqual([]);
  });

  test('title and date that several entries of the document share are not', () => {
    const same = (name: string) => dated(name, { title: 'Alert', published: at(-1) });
    const reader = readerOf(letters.map(same));
    const other = letters.map((name) => ({ ...same(`n${name}`), published: at(-1) }));
    expect(told(reader.read(other))).toHaveLength(10);
  });

  test('an entry known from a document long ago is recognised, without its id of then', () => {
    const reader = readerOf(letters.map((name) => dated(name)));
    reader.read([...'vwxyz'].map((name) => dated(name)));
    const { churn, changes } = reader.read(letters.map((name) => again(name)));
    expect(changes).toEqual([]);
    expect([churn?.matched, churn?.sample[0]?.previousId]).toEqual([10, undefined]);
  });

  test('a second time: one known entry still accounts for one unknown entry only', () => {
    const reader = readerOf(letters.map((name) => dated(name)));
    reader.read(letters.map((name) => again(name)));
    const third = letters.map((name) => again(name, { id: `third-${name}` }));
    const twin = again('j', { id: 'twin' });
    expect(told(reader.read([...third, twin]))).toEqual(['new Post j']);
  });

  test('nobody has vanished or been deleted by it', () => {
    const reader = readerOf(letters.map((name) => dated(name)));
    const next = letters.filter((name) => name !== 'e').map((name) => again(name));
    expect([1, 2, 3, 4].flatMap(() => told(reader.read(next)))).toEqual([]);
  });

  test('and one of them is edited afterwards: the update names the title before', () => {
    const reader = readerOf(letters.map((name) => dated(name)));
    reader.read(letters.map((name) => again(name)));
    const [change] = reader.read([
      again('j', { title: 'Edited' }),
      ...letters.slice(1).map((n) => again(n)),
    ]).changes;
    expect(change).toMatchObject({ changed: ['title'], previous: { title: 'Post j' } });
  });
});

describe('what was not recognised in such a document', () => {
  const reader = () => readerOf(letters.map((name) => dated(name)));
  const most = letters.filter((name) => name !== 'e').map((name) => again(name));

  test('waits for the operator when it is older than the newest known entry, and is known from then on', () => {
    const one = reader();
    const diff = one.read([...most.slice(0, 4), rewritten('e'), ...most.slice(4)]);
    expect(withheld(diff)).toEqual(['Post xe']);
    expect(diff.changes[0]).toMatchObject({ type: 'entry.new', revision: 1, sequence: 1, isWithheld: true });
    expect([diff.withheld, diff.churn?.matched]).toEqual([1, 9]);
    expect(told(one.read([...most.slice(0, 4), rewritten('e'), ...most.slice(4)]))).toEqual([]);
  });

  test('is announced when it is newer', () => {
    const diff = reader().read([dated('k'), ...most]);
    expect([told(diff), withheld(diff)]).toEqual([['new Post k'], []]);
  });

  test('is announced when the newest known date lies in the future: that says nothing of what is new', () => {
    const ahead = dated('j', { published: at(900) });
    const one = readerOf([ahead, ...letters.slice(1).map((name) => dated(name))]);
    const diff = one.read([dated('k'), ahead, ...most.slice(1)]);
    expect([told(diff).includes('new Post k'), withheld(diff).includes('Post k')]).toEqual([true, false]);
  });

  test.each([
    ['as many as the limit are announced', 3, 0],
    ['one more, and all wait', 4, 4],
  ])('undated: %s', (_, count, waiting) => {
    const undated = letters
      .slice(0, count)
      .map((name) => post(`u${name}`, { id: `u-${name}`, contentText: 'new words' }));
    const diff = reader().read([...undated, ...most], { floodLimit: 3 });
    expect([diff.changes.length, diff.withheld]).toEqual([count, waiting]);
  });

  test('is announced when it is edited later: only the first event of it waits', () => {
    const one = reader();
    const all = (fields: Partial<Entry>) => [...most.slice(0, 4), rewritten('e', fields), ...most.slice(4)];
    one.read(all({}));
    const [change] = one.read(all({ title: 'Edited' })).changes;
    expect(change).toMatchObject({ type: 'entry.updated', revision: 2 });
    expect(change).not.toHaveProperty('isWithheld');
  });
});

describe('what is no change in mass holds nothing back', () => {
  const news = (count: number) =>
    letters.slice(0, count).map((name) => dated(`n${name}`, { published: at(age(name) - 0.5) }));

  test('much news, and one entry that was issued again', () => {
    const diff = readerOf(letters.map((name) => dated(name))).read([...news(9), again('j')]);
    expect([told(diff).length, diff.withheld, diff.rekeyed]).toEqual([9, 0, 1]);
    expect(diff).not.toHaveProperty('churn');
  });

  test.each([
    ['half of five', 2, 3, false],
    ['more than half of five', 3, 2, true],
    ['fewer than five of ten', 4, 6, false],
    ['five of fifteen', 5, 10, true],
  ])('%s recognised: a change in mass or not', (_, recognised, unknown, isChurn) => {
    const next = [...letters.slice(0, recognised).map((name) => again(name)), ...news(unknown)];
    const diff = readerOf(letters.map((name) => dated(name))).read(next);
    expect([diff.churn !== undefined, diff.rekeyed]).toEqual([isChurn, recognised]);
  });

  test('in it what stands below every known entry and is older than the first reading has slid in, silently', () => {
    const diff = readerOf(letters.map((name) => dated(name))).read([
      ...letters.slice(0, 9).map((name) => again(name)),
      rewritten('a'),
    ]);
    expect([told(diff), diff.withheld, diff.backfilled]).toEqual([[], 0, 1]);
  });

  test('nothing is recognised: another feed behind the URL, or news after a long silence, is announced', () => {
    const diff = readerOf(letters.map((name) => dated(name))).read(news(10));
    expect([told(diff).length, diff.withheld]).toEqual([10, 0]);
  });

  test('an entry that was deleted, and comes under a new id, is a new one', () => {
    const reader = readerOf([...'fedcba'].map((name) => dated(name)));
    for (let poll = 0; poll < 3; poll++) reader.read([...'fedba'].map((name) => dated(name)));
    expect(told(reader.read([...'fedcba'].map((name) => again(name))))).toEqual(['new Post c']);
  });
});
