import { describe, expect, test } from '@jest/globals';
import { fewestChurned } from '../../src/diff/churn.ts';
import type { Entry } from '../../src/model/entry.ts';
import { day, post, readerOf, startSeconds, told } from './reading.ts';

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
const dated = (name: string, fields: Partial<Entry> = {}) =>
  post(name, { contentText: `Text ${name}`, published: at(startSeconds - day), ...fields });
const churned = (name: string, fields: Partial<Entry> = {}) => dated(name, { id: `new-${name}`, ...fields });

describe('half or more of the ids change at once over known content', () => {
  const before = letters.map((name) => dated(name));

  test.each<[string, (name: string) => Entry]>([
    ['the ids alone', (name) => churned(name)],
    ['ids and links', (name) => churned(name, { url: `https://new.example.org/${name}` })],
    ['ids and contents', (name) => churned(name, { contentText: 'another rendering' })],
    [
      'ids of entries without dates',
      (name) => post(name, { id: `new-${name}`, contentText: `Text ${name}` }),
    ],
  ])('%s: nothing is announced, and only what is unknown is new', (_, after) => {
    const reader = readerOf(
      _.includes('without') ? letters.map((n) => post(n, { contentText: `Text ${n}` })) : before,
    );
    const diff = reader.read([dated('fresh'), ...letters.map(after)]);
    expect(told(diff)).toEqual(['new Post fresh']);
    expect(diff.rekeyed).toBe(10);
    expect(told(reader.read([dated('fresh'), ...letters.map(after)]))).toEqual([]);
  });

  test('the entries keep revision and first sighting under the new ids', () => {
    const reader = readerOf(before);
    reader.read(letters.map((name) => churned(name)));
    const [change] = reader.read([
      churned('a', { title: 'Edited' }),
      ...letters.slice(1).map((n) => churned(n)),
    ]).changes;
    expect(change).toMatchObject({ type: 'entry.updated', revision: 2, firstSeen: startSeconds + 3600 });
    expect(change?.key.value).toBe('guid:new-a');
  });

  test('the old ids stay known: a publisher that undoes it announces nothing', () => {
    const reader = readerOf(before);
    reader.read(letters.map((name) => churned(name)));
    expect(told(reader.read(before))).toEqual([]);
    expect(told(reader.read([churned('a'), ...before.slice(1)]))).toEqual([]);
  });

  test('every night another set of ids is quiet every night', () => {
    const reader = readerOf(before);
    for (let night = 1; night <= 30; night++) {
      const nightly = letters.map((name) => dated(name, { id: `${night}-${name}` }));
      expect(told(reader.read(nightly, {}, day))).toEqual([]);
    }
  });

  test.each([
    ['one fewer than the limit', fewestChurned - 1, fewestChurned - 1],
    ['as many as the limit', fewestChurned, 0],
  ])('%s of unknown ids: %i', (_, count, events) => {
    const some = letters.slice(0, count);
    expect(told(readerOf(some.map((n) => dated(n))).read(some.map((n) => churned(n))))).toHaveLength(events);
  });

  test.each([
    ['half', 5, 0],
    ['fewer than half', 6, 5],
  ])('%s of the ids are unknown', (_, kept, events) => {
    const changing = letters.slice(0, 5);
    const staying = letters.slice(5).concat('k').slice(0, kept);
    const reader = readerOf([...changing, ...staying].map((name) => dated(name)));
    const after = [...changing.map((name) => churned(name)), ...staying.map((name) => dated(name))];
    expect(told(reader.read(after))).toHaveLength(events);
  });

  test('a partial document shows what is new and proves no change of ids', () => {
    expect(
      told(
        readerOf(before).read(
          letters.map((n) => churned(n)),
          { isPartial: true },
        ),
      ),
    ).toHaveLength(10);
  });
});

describe('never missed beats quiet', () => {
  const report = (id: string, published?: string) =>
    post('status', {
      id,
      title: 'Pump 3 is down',
      contentText: 'Pump 3 is down',
      ...(published && { published }),
    });
  const ids = (prefix: string) => letters.slice(0, 6).map((letter) => `${prefix}-${letter}`);

  test('equal reports published since the last sighting are new, though all text is known', () => {
    const reader = readerOf(ids('monday').map((id) => report(id, at(startSeconds))));
    const tuesday = ids('tuesday').map((id) => report(id, at(startSeconds + day)));
    expect(told(reader.read(tuesday, {}, day))).toHaveLength(6);
  });

  test('alerts of one title that link to one page are new, though the last were seen after they were written', () => {
    const alert = (id: string) =>
      post(id, {
        title: 'Flood warning',
        url: 'https://example.org/alerts',
        contentText: `River ${id} rises`,
        published: at(startSeconds - day),
      });
    expect(told(readerOf(ids('monday').map(alert)).read(ids('late').map(alert)))).toHaveLength(6);
  });

  test('undated entries with known title and text but another link are new', () => {
    const linked = (id: string) => ({ ...report(id), url: `https://example.org/${id}` });
    expect(told(readerOf(ids('monday').map(linked)).read(ids('tuesday').map(linked)))).toHaveLength(6);
  });

  test('one known entry accounts for one unknown entry only', () => {
    const known = [report('monday', at(startSeconds)), ...letters.map((name) => dated(name))];
    const after = ids('again').map((id) => report(id, at(startSeconds)));
    expect(told(readerOf(known).read(after))).toHaveLength(5);
  });

  test('an entry still in the document is nobody else under a new id', () => {
    const known = letters.slice(0, 5).map((name) => dated(name));
    const copies = letters.slice(0, 5).map((name) => churned(name));
    expect(told(readerOf(known).read([...copies, ...known]))).toHaveLength(5);
  });
});

test('5,000 equal entries under new ids are recognised (a square of comparisons would outlast the test)', () => {
  const same = (id: number) => post('same', { id: `${id}`, published: at(startSeconds) });
  const numbers = Array.from({ length: 5000 }, (_, index) => index);
  const reader = readerOf(numbers.map(same));
  expect(told(reader.read(numbers.map((n) => same(n + 5000))))).toEqual([]);
});
