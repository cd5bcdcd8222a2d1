// The score as people read it: every numbered rule with its verdict and the evidence. A rule that was never put
// to the test has not been kept, so it fails.

import type { Score } from './run-score.ts';
import type { Rule } from './tally.ts';

/** Rules that today's program can be judged on, with the words of POLITENESS.md §1 cut short. */
const judged: readonly (readonly [Rule, string])[] = [
  [1, 'one request without validators: the first'],
  [2, 'subscribing is one GET, nothing is probed'],
  [3, 'If-Modified-Since byte for byte'],
  [4, 'If-None-Match byte for byte'],
  [5, 'no validator is made up'],
  [6, 'both validators of the latest answer'],
  [7, 'validators move on by equal bodies and 304s'],
  [8, 'a 200 drops what it lacks, a bare 304 nothing'],
  [9, 'a failure keeps the last good pair'],
  [10, '60 min between requests, 24 h without validators'],
  [11, 'nothing before max-age or Expires is over'],
  [12, 'nothing inside Retry-After'],
  [13, 'the same over restart and reload'],
  [14, 'waits count from the end of the answer'],
  [15, 'no Cookie, no Referer, no stray Authorization'],
  [16, 'the URL as it is configured'],
  [17, 'no Cache-Control: no-cache, no Pragma'],
  [18, 'gzip is offered'],
  [19, 'one User-Agent with a contact'],
  [20, 'a poll by hand obeys the same limits'],
  ['§2', 'ttl, skipHours, quota and backoff only lengthen'],
  ['§5', 'a lane: one at a time, gap, held by a 429'],
];

/** Rules whose feature does not exist. */
const notYet = (score: Score): readonly (readonly [number, string, string])[] => [
  [21, 'one URL, one request stream', `two lines with one URL asked ${score.doubled} times in an hour`],
  [
    22,
    'an adopted 301 leaves the old URL, 410 parks',
    'redirects are followed at every poll, a 410 waits 12 h',
  ],
  [23, 'the operator sees the own score', 'there is no `status --score`'],
];

const shownBreaches = 3;

export interface Verdict {
  readonly rule: Rule;
  readonly passed: boolean;
  readonly lines: readonly string[];
}

export function verdicts({ tally }: Score): Verdict[] {
  return judged.map(([rule, words]) => {
    const [checks, breaches] = [tally.checksOf(rule), tally.breachesOf(rule)];
    const passed = checks > 0 && breaches.length === 0;
    const evidence = passed ? `${checks} checks` : `${breaches.length} of ${checks} checks broken`;
    const shown = breaches.slice(0, shownBreaches).map(({ text }) => `              ${text}`);
    return { rule, passed, lines: [row(rule, passed ? 'pass' : 'FAIL', words, evidence), ...shown] };
  });
}

export function scoreText(score: Score): string {
  const { requests, restarts, hours, unfinished } = score;
  return [
    `${requests} requests in ${hours} h of scoring time, ${restarts} restarts and reloads`,
    '',
    ...verdicts(score).flatMap(({ lines }) => lines),
    ...notYet(score).map(([rule, words, evidence]) => row(rule, 'not yet', words, evidence)),
    ...(unfinished.length > 0 ? ['', `FAIL: scripts that did not end: ${unfinished.join(', ')}`] : []),
  ].join('\n');
}

/** All judged rules kept, and every script played to its end. */
export function isAllPass(score: Score): boolean {
  return score.unfinished.length === 0 && verdicts(score).every(({ passed }) => passed);
}

function row(rule: Rule | number, verdict: string, words: string, evidence: string): string {
  return `${String(rule).padStart(3)}  ${verdict.padEnd(7)}  ${words.padEnd(50)}  ${evidence}`;
}
