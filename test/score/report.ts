// The score as people read it: every numbered rule with its verdict and the evidence. A rule that was never put
// to the test has not been kept, so it fails.

import type { Score } from './run-score.ts';
import type { Rule } from './tally.ts';

/** All rules, with the words of POLITENESS.md §1 cut short. */
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
  [21, 'one URL, one request stream; one process a store'],
  [22, 'an adopted 301 is obeyed, a 302 not stored, 410 ends'],
  [23, 'status --score counts what the origin counts'],
  ['§2', 'ttl, skipHours, quota and backoff only lengthen'],
  ['§5', 'a lane: one at a time, gap, held by 429, not by 503'],
  ['§6', 'A-IM: feed with If-None-Match only'],
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
    const shown = breaches.slice(0, shownBreaches).map(({ text }) => `           ${text}`);
    return { rule, passed, lines: [row(rule, passed ? 'pass' : 'FAIL', words, evidence), ...shown] };
  });
}

export function scoreText(score: Score): string {
  const { requests, restarts, hours, unfinished, skipped = [] } = score;
  return [
    `${requests} requests in ${hours} h of scoring time, ${restarts} restarts and reloads`,
    '',
    ...verdicts(score).flatMap(({ lines }) => lines),
    ...skipped.map((what) => `     not tested here: ${what}`),
    ...(unfinished.length > 0 ? ['', `FAIL: scripts that did not end: ${unfinished.join(', ')}`] : []),
  ].join('\n');
}

/** All rules put to the test and kept, and every script played to its end. */
export function isAllPass(score: Score): boolean {
  return score.unfinished.length === 0 && verdicts(score).every(({ passed }) => passed);
}

function row(rule: Rule, verdict: string, words: string, evidence: string): string {
  return `${String(rule).padStart(3)}  ${verdict.padEnd(4)}  ${words.padEnd(52)}  ${evidence}`;
}
