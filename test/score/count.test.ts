// Rule 23 must be seen failing: the origin's own counts of clients that misbehave, and of daemons that count wrongly.

import { describe, expect, test } from '@jest/globals';
import { type Answer, dayMs, failure, feed, hourMs, minuteMs, noFeed, notModified } from './answer.ts';
import { compareScores } from './compare.ts';
import { type Counts, countVisits, differences, nothing } from './count.ts';
import type { Resource, Visit } from './scoring-origin.ts';
import { Tally } from './tally.ts';

const start = Date.parse('2026-11-20T09:00:00Z');
const modified = 'Fri, 20 Nov 2026 06:00:00 GMT';
const resource: Resource = { name: 'log', target: '/log', script: [], rest: notModified() };
const first = feed({ etag: '"a"', modified });
const pair = { 'if-none-match': '"a"', 'if-modified-since': modified };

interface Step {
  readonly afterMs?: number;
  readonly answer?: Answer;
  readonly fields?: Readonly<Record<string, string>>;
  readonly more?: Partial<Visit>;
}

function visitsOf(steps: readonly Step[]): Visit[] {
  let at = start;
  return steps.map(({ afterMs = hourMs, answer = notModified(), fields = {}, more }) => {
    at += afterMs;
    const asked = new Map(Object.entries(fields).map(([name, value]) => [name, [value]]));
    const where = { method: 'GET', url: 'http://tides.example/log', target: '/log' };
    return { resource, ...where, asked, at, answer, answered: answer.fields(at), endedAt: at, ...more };
  });
}

const subscribed: Step = { answer: first };
const polite = [subscribed, { fields: pair }, { fields: pair }];
const counted: Counts = {
  ...nothing,
  requests: 3,
  conditional: 2,
  unconditional: 1,
  good: 4,
  shortestGapMs: hourMs,
};

describe('what the origin counts', () => {
  test('of a polite client is requests and good validators', () => {
    expect(countVisits(visitsOf(polite))).toEqual(counted);
  });

  const second = { fields: pair, answer: feed({ etag: '"b"', modified }) };
  test.each<[string, Step[], Partial<Counts>]>([
    [
      'a tag that a later document replaced',
      [subscribed, second, { fields: { 'if-none-match': '"a"' } }],
      { outOfSequence: 1 },
    ],
    [
      'a tag that the last document lacks',
      [subscribed, { fields: pair, answer: feed({ modified }) }, { fields: pair }],
      { outOfSequence: 1, good: 3 },
    ],
    [
      'a tag in quotes of its own',
      [{ answer: feed({ etag: 'a' }) }, { fields: { 'if-none-match': '"a"' } }],
      { madeUp: 1 },
    ],
    [
      'the tag of a page that was no feed',
      [subscribed, { answer: noFeed('html', { etag: '"h"' }) }, { fields: { 'if-none-match': '"h"' } }],
      { madeUp: 1 },
    ],
    [
      'what a 304 moved on',
      [
        subscribed,
        { fields: pair, answer: notModified({ etag: 'W/"a"' }) },
        { fields: { 'if-none-match': 'W/"a"' } },
      ],
      { good: 3 },
    ],
    ['a request inside max-age', [{ answer: feed({ asks: { freshnessMs: dayMs } }) }, {}], { early: 1 }],
    [
      'a request inside a lifetime that a 304 renewed',
      [
        { answer: feed({ ...{ etag: '"a"' }, asks: { freshnessMs: 2 * hourMs } }) },
        { afterMs: 2 * hourMs },
        {},
      ],
      { early: 1 },
    ],
    [
      'a request inside Retry-After',
      [subscribed, { answer: failure(429, { asks: { retryAfterMs: dayMs } }) }, {}],
      { insideRetryAfter: 1 },
    ],
    ['the shortest gap', [subscribed, { afterMs: minuteMs }, {}], { shortestGapMs: minuteMs }],
    [
      'a cookie and a referrer',
      [{ fields: { cookie: 'id=1', referer: 'http://tides.example/' } }],
      { cookies: 1, referrers: 1 },
    ],
  ])('counts %s', (_name, steps, counts) => {
    expect(countVisits(visitsOf(steps))).toMatchObject(counts);
  });
});

describe('rule 23', () => {
  test('counts that agree differ in nothing, and the gap may be shorter by the way', () => {
    expect(differences(counted, counted)).toEqual([]);
    expect(differences({ ...counted, shortestGapMs: hourMs - 1 }, counted)).toEqual([]);
  });

  test.each(Object.keys(nothing) as (keyof typeof nothing)[])('%s that differ are named', (name) => {
    const own: Counts = { ...counted, [name]: counted[name] + 1 };
    expect(differences(own, counted)).toEqual([`${name} ${own[name]}, the origin counts ${counted[name]}`]);
  });

  test('so is a gap that is longer than the origin saw, half as long, or missing, and a score that is not there', () => {
    expect(differences({ ...counted, shortestGapMs: hourMs + 1 }, counted)).toHaveLength(1);
    expect(differences({ ...counted, shortestGapMs: hourMs / 2 - 1 }, counted)).toHaveLength(1);
    const { shortestGapMs: _, ...without } = counted;
    expect(differences(without, counted)).toHaveLength(1);
    expect(differences({}, counted)).toHaveLength(Object.keys(nothing).length + 1);
  });

  const tallyOf = (shown: [string, Partial<Counts>][], visits: readonly Visit[], of: Resource = resource) => {
    const tally = new Tally();
    compareScores(new Map(shown), [of], visits, tally);
    return tally.breachesOf(23);
  };

  test('a feed is held to all that it caused: its targets, and what nobody configured', () => {
    const visits = visitsOf(polite);
    expect(tallyOf([['log', counted]], visits)).toEqual([]);
    const target = { ...resource, name: 'there', of: 'log' };
    const more = visitsOf([{ more: { resource: target, url: 'http://tides.example/there' } }]);
    expect(tallyOf([['log', counted]], [...visits, ...more])).toHaveLength(1);
    const [stray] = visitsOf([{}]);
    const { resource: _, ...lost } = {
      ...stray,
      target: '/log?_=1',
      url: 'http://tides.example/log?_=1',
    } as Visit;
    expect(tallyOf([['log', counted]], [...visits, lost])[0]?.text).toContain(
      'additions 0, the origin counts 1',
    );
    expect(tallyOf([], visits)).toHaveLength(1);
  });

  test('lines of one URL count each request once between them', () => {
    const shared = { ...resource, lines: [{ id: 'a' }, { id: 'b' }] };
    const idle: Partial<Counts> = { ...nothing };
    expect(
      tallyOf(
        [
          ['a', counted],
          ['b', idle],
        ],
        visitsOf(polite),
        shared,
      ),
    ).toEqual([]);
    expect(
      tallyOf(
        [
          ['a', counted],
          ['b', counted],
        ],
        visitsOf(polite),
        shared,
      ),
    ).toHaveLength(1);
  });
});
