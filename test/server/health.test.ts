import { describe, expect, test } from '@jest/globals';
import { judgeHealth, type Signs } from '../../src/server/health.ts';

const now = Date.parse('2026-11-20T09:00:00Z');

describe('health says whether work is being done', () => {
  const cases: [rule: string, signs: Partial<Signs>, status: string][] = [
    ['a daemon with nothing due is healthy', {}, 'ok'],
    ['a lane due in an hour is healthy', { earliestLaneDueAt: now + 3_600_000 }, 'ok'],
    [
      'a lane late by 2 min is healthy',
      { earliestLaneDueAt: now - 120_000, lastLaneEndedAt: now - 999_000 },
      'ok',
    ],
    ['a lane late by more, while others end, is healthy', { earliestLaneDueAt: now - 600_000 }, 'ok'],
    [
      'a late lane while nothing ends is a standstill',
      { earliestLaneDueAt: now - 120_001, lastLaneEndedAt: now - 120_001 },
      'failing',
    ],
    ['a store that does not answer is failing', { storeFault: 'store-full' }, 'failing'],
    ['an older feeds.yaml than others have is no fault of the work', { isBehind: true }, 'degraded'],
    [
      'lanes that others let wait are not its standstill',
      { isBehind: true, earliestLaneDueAt: now - 600_000, lastLaneEndedAt: now - 600_000 },
      'degraded',
    ],
    ['a store that does not answer is worse', { isBehind: true, storeFault: 'store-unreachable' }, 'failing'],
    ['a refused feeds.yaml is only a warning', { configFault: 'feeds.yaml:3:1: unknown key' }, 'ok'],
  ];
  test.each(cases)('%s', (_rule, signs, status) => {
    const health = judgeHealth({ now, lastLaneEndedAt: now, ...signs });
    expect(health.status).toBe(status);
    expect(health.reasons).toHaveLength(status === 'ok' ? 0 : 1);
    expect(health.warnings).toHaveLength(signs.configFault ? 1 : 0);
  });
});
