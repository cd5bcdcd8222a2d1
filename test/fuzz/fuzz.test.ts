// The gate's share of fuzzing: some hundred mutants, the suspects once each, and a look at the oracle itself. Nothing is
// asserted on time; `npm run fuzz -- --runs 100000` measures it.

import { describe, expect, test } from '@jest/globals';
import { codes } from '../../src/errors.ts';
import type { Entry } from '../../src/model/entry.ts';
import { complaintsOfReading } from './oracle.ts';
import { read } from './read.ts';
import { fuzzCase, judge } from './run-fuzz.ts';
import { textIn } from './size.ts';
import { hasCorpus, type Subject, subjects } from './subjects.ts';
import { suspects } from './suspects.ts';

const seed = 20_261_121;

const all = subjects();
const own = all.filter(({ name }) => !name.startsWith('files/'));

function findings(from: readonly Subject[], runs: number) {
  return Array.from({ length: runs }, (_none, number) => judge(fuzzCase(from, seed, number))).filter(
    (each) => each !== undefined,
  );
}

describe('mutated documents keep every promise', () => {
  test('from the fixtures', () => {
    expect(findings(own, 150)).toEqual([]);
  });

  (hasCorpus ? test : test.skip)('from the corpus beside the project', () => {
    expect(findings(all, 500)).toEqual([]);
  });

  test('a case is made from the seed and its number alone', () => {
    const [one, other, next] = [fuzzCase(all, seed, 7), fuzzCase(all, seed, 7), fuzzCase(all, seed, 8)];
    expect(other).toEqual(one);
    expect(next.mutant.bytes.equals(one.mutant.bytes)).toBe(false);
  });
});

// These are measured in a process of their own, and found.test.ts has them small.
const fillsTheHeap = /^(?:a long (?:base|home page|author)|ten authors)/;

test.each(suspects.filter(({ name }) => !fillsTheHeap.test(name)))(
  '$name: is read or refused, and what is kept is no more than a few times the document',
  ({ make }) => {
    const served = make(150_000);
    const learned = read(served);
    if (learned.outcome === 'failed') expect(Object.keys(codes)).toContain(learned.code);
    const events = learned.events.length * 1_500;
    expect(textIn(learned)).toBeLessThan(6 * served.bytes.length + events);
  },
);

describe('the oracle sees', () => {
  const served = {
    bytes: Buffer.from(
      '<rss version="2.0"><channel><item><title>a</title><link>/b</link></item></channel></rss>',
    ),
    url: 'https://fuzz.example/',
  };
  const learned = read(served);
  const withEntry = (fields: Partial<Entry>) => {
    const { parsed } = learned;
    if (parsed === undefined) throw new Error('not read');
    return {
      ...learned,
      parsed: { ...parsed, entries: parsed.entries.map((entry) => ({ ...entry, ...fields })) },
    };
  };

  test('nothing wrong with a good document', () => {
    expect(complaintsOfReading(learned)).toEqual([]);
  });

  test.each<[string, Partial<Entry>]>([
    ['a link that runs', { url: 'javascript:alert(1)' }],
    ['a relative link', { externalUrl: '/b' }],
    ['a date that is none', { published: '2026-02-31' }],
    ['a number that is none', { commentCount: Number.NaN }],
    ['a list with a hole', { categories: [undefined] as unknown as Entry['categories'] }],
    ['an enclosure elsewhere', { enclosures: [{ url: 'file:///etc/passwd' }] }],
  ])('%s', (_name, fields) => {
    expect(complaintsOfReading(withEntry(fields))).toHaveLength(1);
  });

  test.each<[string, (body: string) => string]>([
    ['an item without an id', (body) => body.replace('"id":"link:', '"no":"link:')],
    ['a body beyond its limit', (body) => body.replace('"title":"a"', `"title":"${'a'.repeat(70_000)}"`)],
    ['half a character', (body) => body.replace('"title":"a"', '"title":"\\ud800"')],
  ])('%s', (_name, tamper) => {
    const events = learned.events.map((event) => ({ ...event, body: tamper(event.body) }));
    expect(complaintsOfReading({ ...learned, events }).length).toBeGreaterThan(0);
  });

  test('a refusal without a known code', () => {
    expect(complaintsOfReading({ outcome: 'failed', events: [], message: 'x' })).toHaveLength(1);
  });
});
