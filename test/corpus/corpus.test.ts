// Yardstick: the feeds of other people's test suites, when the corpus lies beside the project. It is not part
// of the repository; without it these tests are reported as skipped. Floors are what was measured, rounded
// down; they may rise, never fall.

import { describe, expect, test } from '@jest/globals';
import { type CorpusCase, corpusBytes, corpusSets, hasCorpus } from '../support/corpus.ts';
import { holds, isAnswered, type Reading } from './judge.ts';
import { documentedMisses, documentedSums } from './misses.ts';
import { type CaseResult, instructive, readCase, runSet, scoreOf } from './run.ts';

/** Set -> percent of the cases, and of the assertions, that hold; of the sets that are not named here, all do. */
const floors: Readonly<Record<string, readonly [cases: number, assertions: number]>> = {
  feedparser: [95, 95],
  feedvalidator: [98, 99],
  gofeed: [98, 99],
  miniflux: [98, 99],
  nnw: [90, 98],
  reader: [60, 94],
};

const least = [98, 99.6] as const;

const sets = new Map<string, CaseResult[]>();
for (const set of corpusSets()) sets.set(set, runSet(set));
const binding = [...sets].filter(([set]) => set !== instructive);
const all = binding.flatMap(([, results]) => results);

const percents = (results: readonly CaseResult[]) => {
  const { cases, wholeCases, assertions, held } = scoreOf(results);
  return [(100 * wholeCases) / cases, (100 * held) / assertions] as const;
};

(hasCorpus ? describe : describe.skip)('the feed corpus (skipped where ../shared/corpus is absent)', () => {
  test.each(binding.map(([set]) => [set, ...(floors[set] ?? [100, 100])] as const))(
    'of %s at least %i %% of the cases and %i %% of the assertions hold',
    (set, cases, assertions) => {
      const measured = percents(sets.get(set) ?? []);
      expect(measured[0]).toBeGreaterThanOrEqual(cases);
      expect(measured[1]).toBeGreaterThanOrEqual(assertions);
    },
  );

  test(`in all at least ${least[0]} % of the cases and ${least[1]} % of the assertions hold`, () => {
    const measured = percents(all);
    expect(measured[0]).toBeGreaterThanOrEqual(least[0]);
    expect(measured[1]).toBeGreaterThanOrEqual(least[1]);
  });

  test('docs/corpus.md lists exactly the cases that miss, each with its reason', () => {
    const missing = all.filter(({ misses }) => misses.length > 0);
    const named = missing.map(({ set, each }) => `${set} ${each.file.replace(/^files\//, '')}`);
    const documented = documentedMisses();
    expect(documented.map(({ set, file }) => `${set} ${file}`).sort()).toEqual(named.sort());
    expect(documented.filter(({ reason }) => reason.length < 8)).toEqual([]);
  });

  test('docs/corpus.md gives the sums that are measured', () => {
    const { cases, wholeCases, assertions, held } = scoreOf(all);
    expect(documentedSums()).toBe(`${wholeCases} of ${cases} cases and ${held} of ${assertions} assertions`);
  });

  test.each([...sets.keys()])('every document of %s is answered in time and without a crash', (set) => {
    const silent = sets.get(set)?.filter(({ reading }) => !isAnswered(reading)) ?? [];
    expect(silent.map(({ each, reading }) => [each.file, reading])).toEqual([]);
  });

  test('whatever is no feed is refused', () => {
    const read = sets.get('notfeed')?.filter(({ reading }) => reading.feed !== undefined) ?? [];
    expect(read.map(({ each }) => each.file)).toEqual([]);
  });

  test.each(binding.map(([set]) => set))(
    'no document of %s that is cut anywhere loses an entry unnoticed',
    (set) => {
      for (const { each, reading } of (sets.get(set) ?? []).filter((_, index) => index % 5 === 0)) {
        const whole = reading.feed?.entries;
        const bytes = corpusBytes(each);
        for (let part = 1; whole && part < 12; part++) {
          const cut = readCase(each, bytes.subarray(0, Math.floor((bytes.length * part) / 12))).feed;
          // What stands behind the root may be missing.
          if (cut) expect([each.file, cut.entries]).toEqual([each.file, whole]);
        }
      }
    },
  );
});

describe('the judge of the corpus', () => {
  const body = (text: string): CorpusCase & { bytes: Buffer } => ({
    file: '',
    expect: [],
    bytes: Buffer.from(text),
  });
  const read = (text: string): Reading => {
    const { bytes, ...each } = body(text);
    return readCase(each, bytes);
  };
  const rss = (item: string) =>
    read(`<rss version="2.0"><channel><title>A &amp; B</title><link>/home</link>${item}</channel></rss>`);
  const url = 'https://example.org/feed';

  const entry = rss(
    `<item><title>One &amp;lt;b> two</title><guid>1</guid><pubDate>Fri, 20 Nov 2026 10:00:00 +0100</pubDate>
     <author>ann@example.org (Ann)</author><category>b</category><category>a</category>
     <description>&lt;P title="t" class='c'>see &lt;a href="/x">x&lt;/a> &amp;lt;i&amp;gt;&lt;/p></description></item>`,
  );

  test.each([
    [{ path: 'title', equals: 'A &amp; B' }],
    [{ path: 'format', equals: 'RSS 2.0' }],
    [{ path: 'format', equals: 'rss' }],
    [{ path: 'entries.length', equals: 1 }],
    [{ path: 'entries[0].published', equals: '2026-11-20T09:00:00Z' }],
    [{ path: 'entries[0].updated|entries[0].published', equals: '2026-11-20T09:00:00.4Z' }],
    [{ path: 'entries[0].authors[0]', equals: 'Ann (ann@example.org)', kind: 'author' }],
    [{ path: 'entries[0].authors[0].email', equals: 'ANN@example.org' }],
    [{ path: 'entries[0].categories', equals: ['a', 'b'] }],
    [
      {
        path: 'entries[0].summary',
        equals: `<div><p class="c" title="t">see <a href="https://corpus.example/x">x</a> &lt;i&gt;</p></div>`,
      },
    ],
    [{ path: 'entries[0].id', oneOf: ['0', '1'] }],
    [{ path: 'entries[0].content', absent: true }],
    [{ path: 'entries[0].summary', starts: 'seex', chars: 7 }],
    [{ path: 'entries[0].title', maxChars: 20 }],
    [{ path: 'encoding', equals: 'UTF8' }],
    [{ path: 'answered', equals: true }],
  ])('%j holds', (assertion) => {
    expect(holds(entry, assertion, url)).toBe(true);
  });

  test.each([
    [{ path: 'title', equals: 'A and B' }],
    [{ path: 'format', equals: 'atom10' }],
    [{ path: 'format', equals: 'rss10' }],
    [{ path: 'entries[0].published', equals: '2026-11-20T10:00:00Z' }],
    [{ path: 'entries[0].authors[0]', equals: 'Bob', kind: 'author' }],
    [{ path: 'entries[0].categories', equals: ['a'] }],
    [{ path: 'entries[0].categories', equals: ['a', 'b', 'c'] }],
    [{ path: 'entries[0].summary', equals: 'see x <i>' }],
    [
      {
        path: 'entries[0].summary',
        equals: `<p class="c" title="t">see <a href="https://corpus.example/x">x</a> <i></p>`,
      },
    ],
    [{ path: 'entries[0].id', oneOf: ['0', '2'] }],
    [{ path: 'entries[0].id', absent: true }],
    [{ path: 'entries[0].summary', starts: 'seex', chars: 8 }],
    [{ path: 'entries[0].title', maxChars: 5 }],
    [{ path: 'entries[0].title', notContains: 'two' }],
    [{ path: 'encoding', equals: 'iso-8859-1' }],
    [{ path: 'error', equals: true }],
  ])('%j does not', (assertion) => {
    expect(holds(entry, assertion, url)).toBe(false);
  });

  test('of a document that was refused only the limits and the refusal hold', () => {
    const refused = read('<html></html>');
    expect(holds(refused, { path: 'error', equals: true }, url)).toBe(true);
    expect(holds(refused, { path: 'title', maxChars: 1 }, url)).toBe(true);
    expect(holds(refused, { path: 'title', absent: true }, url)).toBe(false);
  });

  test('of a document that crashed or hung nothing holds', () => {
    expect(holds({ ...entry, crash: new Error() }, { path: 'entries[0].id', equals: '1' }, url)).toBe(false);
    expect(holds({ ...entry, ms: 5000 }, { path: 'answered', equals: true }, url)).toBe(false);
  });
});
