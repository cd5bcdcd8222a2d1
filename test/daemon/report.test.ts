// The line of a poll in the log: what a person has to look at is a warning.

import { describe, expect, test } from '@jest/globals';
import { observePoll } from '../../src/daemon/report.ts';
import type { Log } from '../../src/log.ts';
import type { PollSummary } from '../../src/model/poll.ts';
import type { PollEnd } from '../../src/poll.ts';
import type { Metrics } from '../../src/server/metrics.ts';

const url = 'https://example.org/feed?token=hunter2';
const summary: PollSummary = {
  startedAt: 0,
  endedAt: 5,
  outcome: 'updated',
  status: 200,
  url,
  hops: [],
  entries: 20,
  events: 0,
  wireBytes: 100,
};

function levelAndLine(more: Partial<PollSummary>, failures = 0): [string, Record<string, unknown>] {
  const end = {
    feed: { id: 'log' },
    state: { failures, totals: { savedBytes: 0 }, nextPoll: { at: 0, reason: 'interval' } },
    summary: { ...summary, ...more },
    fetched: { figures: { conditional: true } },
    events: [],
  } as unknown as PollEnd;
  const lines: [string, Record<string, unknown>][] = [];
  const write = (level: string) => (line: Record<string, unknown>) => void lines.push([level, line]);
  const log = { info: write('info'), warn: write('warn') } as unknown as Log;
  const ignore = () => {};
  const metrics = { countPoll: ignore, countScore: ignore, countEvents: ignore } as unknown as Metrics;
  observePoll(end, log, metrics);
  const [line] = lines;
  if (!line || lines.length > 1) throw new Error(`${lines.length} lines`);
  return line;
}

describe('the line of a poll', () => {
  test.each<[string, string, Partial<PollSummary>, number, object]>([
    ['is information', 'info', {}, 0, { entries: 20, outcome: 'updated' }],
    ['with flaws is information', 'info', { notes: { flaws: 2 } }, 0, { flaws: 2 }],
    [
      'with withheld entries, which wait for a person, is a warning',
      'warn',
      { notes: { withheld: 3 } },
      0,
      { withheld: 3 },
    ],
    [
      'with a gap is a warning with its reason',
      'warn',
      { notes: { possibleGap: 1 }, message: 'no archive' },
      0,
      { possibleGap: 1, reason: 'no archive' },
    ],
    [
      'of a first failure is information',
      'info',
      { outcome: 'failed', code: 'http-503' },
      1,
      { code: 'http-503' },
    ],
    [
      'of the third failure is a warning',
      'warn',
      { outcome: 'failed', code: 'http-503' },
      3,
      { failures: 3 },
    ],
  ])('%s', (_, level, more, failures, facts) => {
    const [written, line] = levelAndLine(more, failures);
    expect(written).toBe(level);
    expect(line).toMatchObject({ feed: 'log', url: 'https://example.org/feed?token=***', ...facts });
  });
});
