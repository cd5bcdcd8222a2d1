// Rule 22 must be seen failing: logs of clients that obey moves too soon, too late or never, and of one that does it right.

import { describe, expect, test } from '@jest/globals';
import {
  type Answer,
  dayMs,
  failure,
  feed,
  hourMs,
  minuteMs,
  noFeed,
  notModified,
  redirect,
} from './answer.ts';
import { judgeGone, judgeMoves } from './judge-moves.ts';
import type { Resource, Visit } from './scoring-origin.ts';
import { Tally } from './tally.ts';

const start = Date.parse('2026-11-20T09:00:00Z');
const old = 'http://tides.example/old';
const there = 'http://tides.example/there';
const secure = 'https://tides.example/old';
const third = 'http://tides.example/third';
const found = feed({ etag: '"a"' });

type Step = readonly [afterMs: number, url: string, answer: Answer];

function visitsOf(steps: readonly Step[]): Visit[] {
  let at = start;
  return steps.map(([afterMs, url, answer]) => {
    at += afterMs;
    const resource = resourceAt(url);
    const answered = answer.fields(at);
    return { resource, method: 'GET', url, target: url, asked: new Map(), at, answer, answered, endedAt: at };
  });
}

function resourceAt(url: string): Resource {
  return { name: url, target: url, script: [], rest: found, ...(url !== old && { of: old }) };
}

function tallyOf(steps: readonly Step[], endsAfterMs = 3 * dayMs): Tally {
  const visits = visitsOf(steps);
  const tally = new Tally();
  judgeMoves(visits, (visits.at(-1)?.at ?? start) + endsAfterMs, tally);
  return tally;
}

const textsOf = (tally: Tally) => tally.breaches.map(({ text }) => text);

/** One poll through a redirect. */
const through = (answer: Answer, afterMs = 4 * dayMs, url = there, end: Answer = found): Step[] => [
  [afterMs, old, answer],
  [1, url, end],
];
const moved = redirect(301, there);
const proven = [...through(moved), ...through(moved), ...through(moved)];

describe('rule 22, moves', () => {
  test.each<[string, Step[]]>([
    ['leaves the old URL when the move has proven itself', [...proven, [dayMs, there, notModified()]]],
    [
      'goes on through it until then',
      [...through(moved), ...through(moved, hourMs), ...through(moved, hourMs)],
    ],
    [
      'never believes a 302',
      [
        ...through(redirect(302, there)),
        ...proven.map(([ms, url]): Step => [ms, url, url === old ? redirect(302, there) : found]),
      ],
    ],
    [
      'moves to https at once',
      [...through(redirect(301, secure), 1, secure), [hourMs, secure, notModified()]],
    ],
    [
      'adopts the 301 before a 302, not what is behind',
      [
        ...[1, 2, 3].flatMap((): Step[] => [
          [4 * dayMs, old, moved],
          [1, there, redirect(302, third)],
          [1, third, found],
        ]),
        [dayMs, there, redirect(302, third)],
        [1, third, found],
      ],
    ],
    [
      'does not adopt a 301 behind a 302',
      [1, 2, 3, 4].flatMap((): Step[] => [
        [4 * dayMs, old, redirect(302, there)],
        [1, there, redirect(301, third)],
        [1, third, found],
      ]),
    ],
    [
      'does not believe a portal',
      [1, 2, 3, 4].flatMap(() => through(moved, 4 * dayMs, there, noFeed('html'))),
    ],
  ])('finds nothing in a client that %s', (_name, steps) => {
    expect(textsOf(tallyOf(steps))).toEqual([]);
  });

  test.each<[string, Step[], string]>([
    ['keeps asking the old URL', [...proven, ...through(moved)], 'is its address since'],
    ['asks nobody any more', proven, 'which nobody asked'],
    ['believes a 301 at once', [...through(moved), [4 * dayMs, there, found]], 'came by itself'],
    [
      'believes one of six days',
      [
        ...through(moved, 1),
        ...through(moved, 3 * dayMs),
        ...through(moved, 3 * dayMs),
        [dayMs, there, found],
      ],
      'came by itself',
    ],
    [
      'believes one of two polls',
      [...through(moved), ...through(moved, 8 * dayMs), [dayMs, there, found]],
      'came by itself',
    ],
    [
      'believes a 302',
      [
        ...through(redirect(302, there)),
        ...proven.slice(2).map(([ms, url]): Step => [ms, url, url === old ? redirect(302, there) : found]),
        [dayMs, there, found],
      ],
      'came by itself',
    ],
    [
      'believes a portal',
      [...[1, 2, 3].flatMap(() => through(moved, 4 * dayMs, there, noFeed('html'))), [dayMs, there, found]],
      'came by itself',
    ],
    [
      'stays with http',
      [...through(redirect(301, secure), 1, secure), ...through(redirect(301, secure), hourMs, secure)],
      'is its address since',
    ],
    [
      'adopts what a 302 behind the 301 leads to',
      [
        ...[1, 2, 3].flatMap((): Step[] => [
          [4 * dayMs, old, moved],
          [1, there, redirect(302, third)],
          [1, third, found],
        ]),
        [dayMs, third, found],
      ],
      'came by itself',
    ],
  ])('catches a client that %s', (_name, steps, text) => {
    expect(textsOf(tallyOf(steps)).join('; ')).toContain(text);
  });

  test('a move that was adopted right before the end is no test of what comes after', () => {
    expect(tallyOf(proven, minuteMs).breaches).toEqual([]);
  });
});

describe('rule 22, 410', () => {
  const gone = failure(410);
  function breachesOf(steps: readonly Step[]): Tally {
    const visits = visitsOf(steps);
    const tally = new Tally();
    judgeGone(resourceAt(old), visits, (visits.at(-1)?.at ?? start) + 3 * dayMs, tally);
    return tally;
  }
  const thrice: Step[] = [
    [0, old, gone],
    [dayMs / 2, old, gone],
    [dayMs / 2, old, gone],
  ];

  test('finds nothing when three of them end the requests, and notes that it looked', () => {
    const tally = breachesOf(thrice);
    expect([tally.breaches.length, tally.checksOf(22)]).toEqual([0, 1]);
  });

  test.each<[string, Step[]]>([
    ['another answer in between', [...thrice.slice(1), [dayMs, old, found], ...thrice]],
    [
      'three within a day',
      [
        [0, old, gone],
        [hourMs, old, gone],
        [hourMs, old, gone],
        [dayMs, old, gone],
      ],
    ],
  ])('finds nothing with %s', (_name, steps) => {
    expect(breachesOf(steps).breaches).toEqual([]);
  });

  test('catches a client that comes again', () => {
    expect(breachesOf([...thrice, [7 * dayMs, old, gone]]).breaches.map(({ rule }) => rule)).toContain(22);
  });
});
