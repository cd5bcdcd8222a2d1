import { describe, expect, test } from '@jest/globals';
import { isAllPass, scoreText, verdicts } from './report.ts';
import type { Score } from './run-score.ts';
import { type Rule, Tally } from './tally.ts';

const numbered = Array.from({ length: 23 }, (_none, at) => (at + 1) as Rule);
const rules: readonly Rule[] = [...numbered, '§2', '§5', '§6'];

function scoreOf(broken: readonly Rule[], untested: readonly Rule[] = [], unfinished: string[] = []): Score {
  const tally = new Tally();
  for (const rule of rules.filter((each) => !untested.includes(each))) {
    tally.checkSaid(rule, !broken.includes(rule), `broke ${rule}`);
  }
  return { tally, requests: 1, restarts: 1, hours: 1, unfinished };
}

describe('the report', () => {
  test('has a verdict on every numbered rule', () => {
    expect(verdicts(scoreOf([])).map(({ rule }) => rule)).toEqual(rules);
    expect(isAllPass(scoreOf([]))).toBe(true);
  });

  test.each(rules)('fails for rule %s alone, broken or never put to the test', (rule) => {
    expect(isAllPass(scoreOf([rule]))).toBe(false);
    expect(scoreText(scoreOf([rule]))).toContain(`broke ${rule}`);
    expect(isAllPass(scoreOf([], [rule]))).toBe(false);
  });

  test('fails for a script that did not end', () => {
    expect(isAllPass(scoreOf([], [], ['moved in round 3']))).toBe(false);
    expect(scoreText(scoreOf([], [], ['moved in round 3']))).toContain('moved in round 3');
  });
});
