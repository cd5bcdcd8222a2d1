import { describe, expect, test } from '@jest/globals';
import type { PollScore } from '../../src/model/feed.ts';
import { laneScore } from '../../src/schedule/score.ts';
import { createMetrics } from '../../src/server/metrics.ts';

const none = laneScore([]);

async function shown(scores: readonly [PollScore | undefined, PollScore | undefined][]): Promise<string[]> {
  const metrics = createMetrics({ endpoints: async () => [], feeds: () => 0, lanes: () => 0 });
  for (const [before, after] of scores) metrics.countScore(before, after);
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => line.startsWith('feedhook_score_total') && !line.endsWith(' 0'));
}

describe('feedhook_score_total', () => {
  test('shows each count while it is 0, so that an alert can be written', async () => {
    const metrics = createMetrics({ endpoints: async () => [], feeds: () => 0, lanes: () => 0 });
    expect((await metrics.text()).match(/^feedhook_score_total\{count="[a-z_]+"\} 0$/gm)).toHaveLength(7);
  });

  test.each<[keyof PollScore, string]>([
    ['early', 'early'],
    ['insideRetryAfter', 'inside_retry_after'],
    ['outOfSequence', 'validators_out_of_sequence'],
    ['madeUp', 'validators_made_up'],
    ['additions', 'additions'],
    ['cookies', 'cookies'],
    ['referrers', 'referrers'],
  ])('adds what a poll added to %s', async (count, label) => {
    const before = { ...none, [count]: 2 };
    const after = { ...none, [count]: 5 };
    expect(
      await shown([
        [undefined, before],
        [before, after],
      ]),
    ).toEqual([`feedhook_score_total{count="${label}"} 5`]);
  });

  test('a polite poll, and one that was not counted, add nothing', async () => {
    expect(
      await shown([
        [undefined, { ...none, requests: 9, good: 18 }],
        [none, undefined],
        [undefined, undefined],
      ]),
    ).toEqual([]);
  });
});
