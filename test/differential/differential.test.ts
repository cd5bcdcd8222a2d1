// Generated feeds, written in every way that their formats allow and read by three parsers. Ours must say exactly what
// the feed means; wherever another one says something else, one of the reasons in reasons.ts must explain it.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Difference, differencesOf, truthOf } from './compare.ts';
import { documentUrl, type FeedModel, feedModel } from './model.ts';
import { type Reading, readFeedsmith, readOurs, readRssParser } from './readings.ts';
import { type Case, reasonOf, reasons } from './reasons.ts';
import { type Style, style, writeFeed } from './write.ts';

const seed = 20_261_121;
const numRuns = 600;
const cases = fc.sample(fc.tuple(feedModel, style), { seed, numRuns });

const others = { feedsmith: readFeedsmith, 'rss-parser': readRssParser } as const;

describe('a generated feed', () => {
  test('is read by us as what it means, in whatever way it is written', () => {
    for (const [feed, how] of cases) {
      const text = writeFeed(feed, how);
      expect([text, differencesOf(truthOf(feed, how), readOurs(text))]).toEqual([text, []]);
    }
  });

  test.each(['feedsmith', 'rss-parser'] as const)(
    'is read by %s differently only for a reason',
    async (parser) => {
      const unexplained: object[] = [];
      for (const [feed, how] of cases) {
        const text = writeFeed(feed, how);
        for (const difference of await differencesTo(parser, text)) {
          if (reasonOf({ parser, feed, how, difference }) === undefined)
            unexplained.push({ difference, how, text });
        }
      }
      expect(unexplained.slice(0, 3)).toEqual([]);
    },
  );

  test('shows every reason at least once: none is there for nothing', async () => {
    const shown = new Set<string>();
    for (const found of await allDifferences()) shown.add(reasonOf(found)?.name ?? '');
    expect(reasons.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe('the test itself', () => {
  const [entry] = fc.sample(feedModel, { seed, numRuns: 1 })[0]?.entries ?? [];
  const [how] = fc.sample(style, { seed, numRuns: 1 });

  test('sees a title that lost a character, a date an hour off, and an entry too few', () => {
    if (entry === undefined || how === undefined) throw new Error('nothing was generated');
    const truth = truthOf({ title: 'Log', entries: [entry] }, how);
    const [read] = truth.entries;
    if (read === undefined) throw new Error('no entry');
    const wrong: Reading = {
      title: truth.title,
      entries: [{ ...read, title: read.title?.slice(1), published: 0 }],
    };
    expect(differencesOf(truth, wrong).map(({ field }) => field)).toEqual(['title', 'published']);
    expect(differencesOf(truth, { ...truth, entries: [] }).map(({ field }) => field)).toEqual(['entries']);
  });

  test.each<[string, Difference]>([
    ['a link to elsewhere', { field: 'link', ours: 'https://origin.example/a', theirs: '/b' }],
    ['another title', { field: 'title', ours: 'Tide', theirs: '<b>Ebb</b>' }],
    ['another id', { field: 'id', ours: '7', theirs: '8' }],
    ['a lost entry', { field: 'entries', ours: 2, theirs: 1 }],
    ['a moved date', { field: 'published', ours: 0, theirs: 3_600_000 }],
  ])('has no reason for %s', (_name, difference) => {
    if (how === undefined) throw new Error('nothing was generated');
    const feed: FeedModel = { title: 'Log', entries: [] };
    const plain: Style = { ...how, format: 'rss20', prefix: '', modulePrefix: 'usual' };
    for (const parser of ['feedsmith', 'rss-parser'] as const) {
      expect(reasonOf({ parser, feed, how: plain, difference })?.name).toBeUndefined();
    }
  });
});

async function allDifferences(): Promise<Case[]> {
  const found: Case[] = [];
  for (const [feed, how] of cases) {
    for (const parser of ['feedsmith', 'rss-parser'] as const) {
      const differences = await differencesTo(parser, writeFeed(feed, how));
      found.push(...differences.map((difference) => ({ parser, feed, how, difference })));
    }
  }
  return found;
}

async function differencesTo(parser: keyof typeof others, text: string): Promise<Difference[]> {
  const ours = readOurs(text);
  try {
    return differencesOf(ours, await others[parser](text));
  } catch (error) {
    return [{ field: 'document', ours: documentUrl, theirs: String(error).split('\n')[0] }];
  }
}
