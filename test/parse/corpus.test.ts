// Yardstick: the feeds of other people's test suites, when the corpus lies beside the project. It is not part
// of the repository; without it these tests are reported as skipped. Floors are what was measured, rounded
// down; they may rise, never fall.

import { describe, expect, test } from '@jest/globals';
import { decode } from '../../src/decode/decode.ts';
import { DecodeError, ParseError } from '../../src/errors.ts';
import type { ParsedFeed } from '../../src/model/feed.ts';
import { parse } from '../../src/parse/parse.ts';
import { type CorpusCase, corpusBytes, corpusSet, hasCorpus } from '../support/corpus.ts';
import { holds } from './corpus-judge.ts';
import { limits } from './documents.ts';

const describeCorpus = hasCorpus ? describe : describe.skip;

/** Most cases have no URL of their own. */
const anyUrl = 'https://corpus.example/document';

/** Set -> percent of its assertions that hold. */
const floors: Readonly<Record<string, number>> = {
  dates: 91,
  'feed-rs': 100,
  feedjira: 99,
  feedparser: 94,
  'feedreader-cs': 99,
  feedvalidator: 99,
  gofeed: 99,
  'jsonfeed-to-rss': 100,
  'laminas-feed': 99,
  miniflux: 99,
  newsboat: 100,
  nnw: 98,
  'node-feedparser': 100,
  rome: 100,
  'rss-parser': 100,
  synthetic: 100,
};

/** The paths that decide what is delivered and under which key. */
const corePath = /^(?:title|link|entries\.length|entries\[\d+\]\.(?:title|id|link))$/;

/** The feed, or `undefined` when it was refused; anything else that is thrown fails the test. */
function read(each: CorpusCase, bytes = corpusBytes(each)): ParsedFeed | undefined {
  const { file, contentType, url = anyUrl } = each;
  try {
    const { text } = decode(bytes, contentType);
    return parse({ text, url, ...(contentType && { contentType }), limits });
  } catch (error) {
    if (error instanceof ParseError || error instanceof DecodeError) return undefined;
    throw new Error(`${file} crashed`, { cause: error });
  }
}

interface Score {
  held: number;
  total: number;
}

function scoreOf(set: string, wanted: RegExp): Score {
  const score = { held: 0, total: 0 };
  for (const each of corpusSet(set)) {
    const feed = read(each);
    for (const assertion of each.expect.filter(({ path }) => wanted.test(path))) {
      score.total++;
      if (holds(feed, assertion, each.url ?? anyUrl)) score.held++;
    }
  }
  return score;
}

const percent = ({ held, total }: Score) => (100 * held) / total;

// Charsets are the decoder's; `answered` and `error` are judged below.
const judged = /^(?!encoding|bozo|answered|error)/;

describeCorpus('the feed corpus', () => {
  test.each(Object.entries(floors))('of %s at least %i %% of the assertions hold', (set, floor) => {
    expect(percent(scoreOf(set, judged))).toBeGreaterThanOrEqual(floor);
  });

  test('at least 99 % of all titles, links, ids and entry counts hold', () => {
    const sum: Score = { held: 0, total: 0 };
    for (const set of Object.keys(floors)) {
      const score = scoreOf(set, corePath);
      sum.held += score.held;
      sum.total += score.total;
    }
    expect(percent(sum)).toBeGreaterThanOrEqual(99);
  });

  test.each(Object.keys(floors))('no document of %s that is cut anywhere loses an entry unnoticed', (set) => {
    for (const each of corpusSet(set).filter((_, index) => index % 5 === 0)) {
      const whole = read(each)?.entries;
      const bytes = corpusBytes(each);
      for (let part = 1; whole && part < 12; part++) {
        const cut = read(each, bytes.subarray(0, Math.floor((bytes.length * part) / 12)));
        // What stands behind the root may be missing.
        if (cut) expect([each.file, cut.entries]).toEqual([each.file, whole]);
      }
    }
  });

  test.each(rowsOf('notfeed'))('%s is refused', (_, each) => {
    expect(read(each)).toBeUndefined();
  });

  test.each(rowsOf('synthetic', 'hostile'))('%s is answered', (_, each) => {
    expect(['object', 'undefined']).toContain(typeof read(each));
  });
});

/** Named rows; one that says so when there is no corpus. */
function rowsOf(set: string, part = ''): [string, CorpusCase][] {
  if (!hasCorpus) return [['(no corpus)', { file: '', expect: [] }]];
  return corpusSet(set)
    .filter(({ file }) => file.includes(part))
    .map((each) => [each.file, each]);
}
