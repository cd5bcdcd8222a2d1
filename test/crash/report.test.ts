// A report must not promise more than its kills prove, and must not drown in its findings.

import { describe, expect, test } from '@jest/globals';
import { reportText } from './report.ts';
import type { CrashReport } from './run-crash.ts';

const clean: CrashReport = {
  seed: 1,
  kills: 1_000,
  killsBy: { burst: 300, answer: 340, request: 360 },
  killsOf: { worker: 1_000, sleeper: 0, server: 0, master: 0 },
  published: 20_000,
  missing: 0,
  duplicates: 1_500,
  requests: 60_000,
  durationMs: 500_000,
  violations: [],
};

describe('the crash report', () => {
  test('a thousand kills without a loss bound the rate below 0.3 %', () => {
    expect(reportText(clean)).toMatch(/No loss in 1000 kills: .* fewer than 0\.30 % /);
  });

  test('a violation is quoted with its rule and kill, and nothing is promised', () => {
    const text = reportText({ ...clean, violations: [{ rule: 'L1', kills: 7, text: 'e1 is missing' }] });
    expect(text).toContain('L1 after kill 7: e1 is missing');
    expect(text).not.toContain('No loss');
  });

  test('of many violations the first twelve are shown and the others counted', () => {
    const violations = Array.from({ length: 20 }, (_, n) => ({
      rule: 'L2' as const,
      kills: n,
      text: `v${n}`,
    }));
    const text = reportText({ ...clean, violations });
    expect(text).toContain('v11');
    expect(text).not.toContain('v12');
    expect(text).toContain('… and 8 more');
  });
});
