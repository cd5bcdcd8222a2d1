// What the metrics tell of endpoints and their deliveries: each figure, and that there are only so many series.

import { describe, expect, test } from '@jest/globals';
import type { Attempt, EndpointHealth } from '../../src/model/delivery.ts';
import { answerClass, answerClasses } from '../../src/server/answer-class.ts';
import {
  type EndedAttempt,
  type EndpointFigures,
  endpointStates,
} from '../../src/server/delivery-metrics.ts';
import { createMetrics } from '../../src/server/metrics.ts';

const health: EndpointHealth = {
  endpointId: 'app',
  condition: {},
  pending: 2,
  withheld: 4,
  done: 5,
  dead: 1,
  skipped: 7,
};

function metricsOf(...endpoints: EndpointFigures[]) {
  return createMetrics({ endpoints: async () => endpoints, feeds: () => 0, lanes: () => 0 });
}

const lines = (text: string, name: string) =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) && !line.endsWith(' 0'));

function ended(attempt: Partial<Attempt>, more: Partial<EndedAttempt> = {}): EndedAttempt {
  const made = { number: 1, startedAt: 0, durationMs: 20, outcome: 'rejected', ...attempt } as const;
  return { endpointId: 'app', deliveries: [{}], verdict: { kind: 'done' }, attempt: made, ...more };
}

describe('a scrape tells of an endpoint', () => {
  test('how it stands, as 1 of one state and 0 of all others', async () => {
    const text = await metricsOf({ ...health, state: 'open' }).text();
    const states = text.match(/^feedhook_endpoint_state\{endpoint="app",state="[a-z-]+"\} [01]$/gm);
    expect(states).toHaveLength(endpointStates.length);
    expect(lines(text, 'feedhook_endpoint_state')).toEqual([
      'feedhook_endpoint_state{endpoint="app",state="open"} 1',
    ]);
  });

  test('its deliveries by state, the age of the oldest that waits, and its pace', async () => {
    const pace = { gapMs: 1_500, since: 0, good: 0 };
    const text = await metricsOf({
      ...health,
      condition: { pace },
      state: 'slowed',
      oldestPendingMs: 90_500,
    }).text();
    expect(lines(text, 'feedhook_deliveries')).toEqual(
      ['pending"} 2', 'withheld"} 4', 'done"} 5', 'dead"} 1', 'skipped"} 7'].map(
        (end) => `feedhook_deliveries{endpoint="app",state="${end}`,
      ),
    );
    expect(lines(text, 'feedhook_oldest_pending_seconds')).toEqual([
      'feedhook_oldest_pending_seconds{endpoint="app"} 90.5',
    ]);
    expect(lines(text, 'feedhook_endpoint_gap_seconds')).toEqual([
      'feedhook_endpoint_gap_seconds{endpoint="app"} 1.5',
    ]);
  });

  test('nothing once it is gone from the store', async () => {
    let endpoints: EndpointFigures[] = [{ ...health, state: 'parked' }];
    const metrics = createMetrics({ endpoints: async () => endpoints, feeds: () => 0, lanes: () => 0 });
    const shown = /^feedhook_(endpoint_state|deliveries|oldest_pending_seconds|endpoint_gap_seconds)\{/m;
    expect(await metrics.text()).toMatch(shown);
    endpoints = [];
    expect(await metrics.text()).not.toMatch(shown);
  });
});

describe('an attempt is counted', () => {
  test('by endpoint, outcome and kind of answer, with its length and its bytes', async () => {
    const metrics = metricsOf();
    metrics.countAttempt(ended({ outcome: 'delivered', status: 204 }, { bodyBytes: 1_000 }));
    metrics.countAttempt(ended({ status: 503, code: 'http-503' }, { bodyBytes: 500 }));
    const text = await metrics.text();
    expect(lines(text, 'feedhook_attempts_total')).toEqual([
      'feedhook_attempts_total{endpoint="app",outcome="delivered",answer="2xx"} 1',
      'feedhook_attempts_total{endpoint="app",outcome="rejected",answer="5xx"} 1',
    ]);
    expect(text).toContain('feedhook_attempt_duration_seconds_count{endpoint="app"} 2');
    expect(text).toContain('feedhook_sent_bytes_total{endpoint="app"} 1500');
  });

  test('as a retry after the first, and as a probe instead where it is one', async () => {
    const metrics = metricsOf();
    for (const number of [1, 2, 3]) metrics.countAttempt(ended({ number }));
    metrics.countAttempt(ended({ number: 4, isProbe: true, outcome: 'unreachable' }));
    const text = await metrics.text();
    expect(lines(text, 'feedhook_retries_total')).toEqual(['feedhook_retries_total{endpoint="app"} 2']);
    expect(lines(text, 'feedhook_probes_total')).toEqual([
      'feedhook_probes_total{endpoint="app",outcome="unreachable"} 1',
    ]);
  });

  test('as nothing when nothing was sent', async () => {
    const metrics = metricsOf();
    metrics.countAttempt({ endpointId: 'app', deliveries: [{}], verdict: { kind: 'postpone', at: 0 } });
    expect(await metrics.text()).not.toContain('endpoint="app"');
  });

  test('and so is each delivery that is given up, with the reason', async () => {
    const metrics = metricsOf();
    metrics.countAttempt(
      ended({}, { deliveries: [{}, {}, {}], verdict: { kind: 'dead', reason: 'exhausted' } }),
    );
    metrics.countAttempt({
      endpointId: 'app',
      deliveries: [{}],
      verdict: { kind: 'dead', reason: 'poison' },
    });
    metrics.countGivenUp([{ endpointId: 'app', reason: 'overflow', count: 40 }]);
    expect(lines(await metrics.text(), 'feedhook_dead_letters_total')).toEqual([
      'feedhook_dead_letters_total{endpoint="app",reason="exhausted"} 3',
      'feedhook_dead_letters_total{endpoint="app",reason="poison"} 1',
      'feedhook_dead_letters_total{endpoint="app",reason="overflow"} 40',
    ]);
  });
});

test('dead letters are shown as 0 before the first, or its increase would go unnoticed', async () => {
  const metrics = metricsOf({ ...health, state: 'well' });
  await metrics.text();
  metrics.countGivenUp([{ endpointId: 'app', reason: 'expired', count: 2 }]);
  expect((await metrics.text()).match(/^feedhook_dead_letters_total.*$/gm)).toEqual([
    'feedhook_dead_letters_total{endpoint="app",reason="exhausted"} 0',
    'feedhook_dead_letters_total{endpoint="app",reason="poison"} 0',
    'feedhook_dead_letters_total{endpoint="app",reason="expired"} 2',
    'feedhook_dead_letters_total{endpoint="app",reason="overflow"} 0',
  ]);
});

describe('the kind of an answer', () => {
  test.each<[Partial<Attempt>, string]>([
    [{ outcome: 'delivered', status: 200 }, '2xx'],
    [{ status: 200, code: 'http-429' }, '429'],
    [{ outcome: 'delivered' }, '2xx'],
    [{ status: 302 }, '3xx'],
    [{ status: 401 }, '401-403'],
    [{ status: 403 }, '401-403'],
    [{ status: 404 }, '404'],
    [{ status: 410 }, '410'],
    [{ status: 422 }, '4xx'],
    [{ status: 429 }, '429'],
    [{ status: 599 }, '5xx'],
    [{ status: 999 }, 'other'],
    [{ code: 'dns-not-found' }, 'dns'],
    [{ code: 'connect-refused' }, 'connect'],
    [{ code: 'connect-timeout' }, 'connect'],
    [{ code: 'tls-expired' }, 'tls'],
    [{ code: 'timeout' }, 'timeout'],
    [{ code: 'headers-timeout' }, 'timeout'],
    [{ code: 'blocked-address' }, 'blocked-address'],
    [{ code: 'protocol' }, 'other'],
    [{}, 'other'],
  ])('of %j is %s', (attempt, expected) => {
    expect(answerClass({ outcome: 'rejected', ...attempt })).toBe(expected);
  });

  test('is one of a short list, whatever a receiver answers', () => {
    const seen = new Set<string>();
    for (let status = 100; status < 1_000; status++) seen.add(answerClass({ outcome: 'rejected', status }));
    expect([...seen].filter((each) => !answerClasses.some((known) => known === each))).toEqual([]);
    expect(answerClasses.length).toBeLessThanOrEqual(16);
  });
});
