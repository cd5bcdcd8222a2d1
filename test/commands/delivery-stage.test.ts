// Where a delivery stands: what holds it up first decides, and the words say how long and what helps.

import { describe, expect, test } from '@jest/globals';
import type { PlacedDelivery } from '../../src/commands/delivery-stage.ts';
import { endpointText } from '../../src/commands/endpoint-text.ts';
import { endpointViews } from '../../src/commands/endpoint-views.ts';
import { shutWords, standingAdvice, standingWords } from '../../src/commands/endpoint-words.ts';
import { nextCell, standingOf } from '../../src/commands/stage-cells.ts';
import { judgeDelivery } from '../../src/commands/stage-words.ts';
import type { EndpointConfig } from '../../src/config/config.ts';
import type { Attempt, Delivery, EndpointHealth } from '../../src/model/delivery.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import { deliveryOf, endpoint, storedEvent } from '../deliver/records.ts';

const now = Date.parse('2026-11-20T09:00:00Z');
const minute = 60_000;
const event = storedEvent();
const failed: Attempt = {
  number: 1,
  startedAt: now - minute,
  durationMs: 0,
  outcome: 'rejected',
  status: 503,
  code: 'http-503',
};

function viewOf(condition: EndpointCondition = {}, config: Partial<EndpointConfig> | null = {}, pending = 1) {
  const health: EndpointHealth = {
    ...{ endpointId: 'my-app', condition, pending },
    ...{ withheld: 0, done: 0, dead: 0, skipped: 0 },
  };
  const endpoints = config ? [endpoint('https://my-app.example', config)] : [endpoint('x:', { id: 'other' })];
  const view = endpointViews({ endpoints }, [health], now).get('my-app');
  if (!view) throw new Error('no view');
  return view;
}

function judged(
  delivery: Partial<Delivery>,
  view: ReturnType<typeof viewOf> = viewOf(),
  more: Partial<PlacedDelivery> = {},
) {
  const placed = { delivery: deliveryOf(event, { addedAt: now - 1_000, dueAt: now, ...delivery }), ...more };
  const { stage, because, advice } = judgeDelivery({ type: 'entry.new', ...placed }, view, now);
  return { stage, text: `${because}; ${advice}` };
}

const circuit = { since: now - minute, code: 'http-503', waitMs: 30_000, probeAt: now + 30_000 } as const;
const pace = { gapMs: 4_000, since: now - minute, good: 0 };
const head = deliveryOf(storedEvent({ id: 'evt_head' }), {
  attempts: 1,
  dueAt: now + 5 * minute,
  place: 'head',
});

describe('a pending delivery', () => {
  test.each<[string, string, Partial<Delivery>, ReturnType<typeof viewOf>, string[]]>([
    ['that is due', 'waiting', {}, viewOf(), ['attempt 1 of entry.new is due 2026-11-20T09:00:00Z']],
    [
      'that failed',
      'waiting',
      { attempts: 1, dueAt: now + minute },
      viewOf(),
      ['attempt 2 of entry.new is due 2026-11-20T09:01:00Z, last answer 503', 'brings it forward'],
    ],
    [
      'of an endpoint that is disabled',
      'disabled',
      {},
      viewOf({ disabled: { since: now, reason: 'http-410' } }),
      ['disabled since 2026-11-20T09:00:00Z (http-410)', '"feedhook endpoints enable my-app"'],
    ],
    [
      'of an endpoint that is disabled and probed',
      'disabled',
      {},
      viewOf({ disabled: { since: now, reason: 'failing', probeAt: now + minute } }),
      ['it is asked again 2026-11-20T09:01:00Z'],
    ],
    [
      'of an endpoint that left feeds.yaml',
      'parked',
      {},
      viewOf({ disabled: { since: now, reason: 'http-410' } }, null),
      ['my-app is not in feeds.yaml', 'put it back'],
    ],
    [
      'of an endpoint that is paused',
      'paused',
      {},
      viewOf({ paused: { since: now }, circuit }),
      ['somebody has paused my-app since 2026-11-20T09:00:00Z', '"feedhook endpoints resume my-app"'],
    ],
    [
      'of an endpoint whose circuit is open',
      'circuit-open',
      { attempts: 2, dueAt: now + minute, place: 'behind' },
      viewOf({ circuit, failing: { count: 7, since: now, lastAt: now, eventIds: [] } }),
      [
        'after 7 failures in a row (http-503); it is asked again 2026-11-20T09:00:30Z',
        'endpoints test my-app',
      ],
    ],
    [
      'of an endpoint that does not let us in',
      'circuit-open',
      {},
      viewOf({ circuit: { ...circuit, code: 'http-401' } }),
      ['mend "secret", "auth" or "headers"', 'endpoints test my-app', 'endpoints enable my-app'],
    ],
    [
      'of an endpoint that the address rule forbids',
      'circuit-open',
      {},
      viewOf({ circuit: { ...circuit, code: 'blocked-address' } }),
      ['"network.webhooks.allow" in feeds.yaml and restart'],
    ],
    [
      'that has been due for a while',
      'waiting',
      { dueAt: now - minute },
      viewOf(),
      ['has been due since 2026-11-20T08:59:00Z', 'gets 4 requests at a time', 'if the daemon runs'],
    ],
    [
      'of an endpoint whose probe is due',
      'circuit-open',
      {},
      viewOf({ circuit: { ...circuit, probeAt: now } }),
      ['is left alone since 2026-11-20T08:59:00Z'],
    ],
    [
      'of an endpoint that asked for a rest',
      'rate-limited',
      {},
      viewOf({ restsUntil: now + minute }, {}, 12),
      ['asked to be left alone until 2026-11-20T09:01:00Z; 12 deliveries wait for it'],
    ],
    [
      'that failed, of an endpoint that asked for a longer rest',
      'rate-limited',
      { attempts: 1, dueAt: now + minute },
      viewOf({ restsUntil: now + 2 * minute }),
      ['until 2026-11-20T09:02:00Z; 1 delivery waits for it'],
    ],
    [
      'that failed, of an endpoint that asked for a shorter rest',
      'waiting',
      { attempts: 1, dueAt: now + 2 * minute },
      viewOf({ restsUntil: now + minute }),
      ['is due 2026-11-20T09:02:00Z'],
    ],
    [
      'of an endpoint that was slowed down',
      'rate-limited',
      {},
      viewOf({ pace }),
      ['one request each 4 s now', '"rate" of the endpoint'],
    ],
    [
      'among more than the rate lets through',
      'rate-limited',
      {},
      viewOf({}, { rate: { count: 1, perMs: 1_000, burst: 1 } }, 90),
      ['at most 1 request in 1 s; 90 deliveries wait for it'],
    ],
    [
      'alone, whatever the rate',
      'waiting',
      {},
      viewOf({}, { rate: { count: 1, perMs: 1_000, burst: 1 } }),
      ['is due'],
    ],
    [
      'in quiet hours',
      'quiet-hours',
      {},
      viewOf({}, { quiet: { from: '0 22 * * *', until: '0 10 * * *' } }),
      ['quiet hours, which end 2026-11-20T10:00:00Z'],
    ],
    [
      'before its digest',
      'batch',
      { dueAt: now + 3 * 60 * minute },
      viewOf({}, { format: 'slack', digest: '0 12 * * *', batch: { count: 20 } }),
      ['my-app gets a digest, the next one 2026-11-20T12:00:00Z', '"digest" of the endpoint'],
    ],
    [
      'before its batch is full or its time has come',
      'batch',
      { dueAt: now + 59_000 },
      viewOf({}, { format: 'slack', batch: { count: 5, withinMs: minute } }),
      ['they are sent 2026-11-20T09:00:59Z, or when there are 5', '"batch" of the endpoint'],
    ],
    [
      'behind another, which is no longer there',
      'behind',
      { place: 'behind' },
      viewOf(),
      ['gets its events in order, and one before it is not done'],
    ],
  ])('%s: %s', (_name, stage, delivery, view, facts) => {
    const said = judged(delivery, view, delivery.attempts ? { lastAttempt: failed } : {});
    expect(said.stage).toBe(stage);
    for (const fact of facts) expect(said.text).toContain(fact);
  });

  test('behind another: names it, why that fails, and how long it can hold up the others', () => {
    const more = { head: { delivery: head, firstAttempt: failed, lastAttempt: failed } };
    const { stage, text } = judged({ place: 'behind' }, viewOf({}, { ordering: 'feed' }), more);
    expect(stage).toBe('behind');
    expect(text).toContain(
      'evt_head.my-app is before it: attempt 2 of that is due 2026-11-20T09:05:00Z, last answer 503',
    );
    expect(text).toContain('at the latest 2026-11-20T09:59:00Z; "feedhook deliveries show evt_head.my-app"');
  });

  test('of the built-in stdout, which feeds.yaml does not name, is not parked', () => {
    const view = endpointViews({ endpoints: [] }, [], now).get('stdout');
    const delivery = deliveryOf(event, { endpointId: 'stdout' });
    expect(judgeDelivery({ delivery }, view, now).stage).toBe('waiting');
  });
});

describe('what a table says comes next', () => {
  test.each<[string, Partial<Delivery>, ReturnType<typeof viewOf>]>([
    ['2026-11-20T09:01:00Z', { attempts: 1, dueAt: now + minute }, viewOf()],
    ['2026-11-20T09:01:00Z (aside)', { attempts: 1, dueAt: now + minute, place: 'aside' }, viewOf()],
    [
      '2026-11-20T10:00:00Z (quiet-hours)',
      {},
      viewOf({}, { quiet: { from: '0 22 * * *', until: '0 10 * * *' } }),
    ],
    ['2026-11-20T09:02:00Z (rate-limited)', {}, viewOf({ restsUntil: now + 2 * minute })],
    ['rate-limited', {}, viewOf({ pace })],
    [
      '2026-11-20T09:00:59Z (batch)',
      { dueAt: now + 59_000 },
      viewOf({}, { batch: { count: 5, withinMs: minute } }),
    ],
    ['circuit-open', {}, viewOf({ circuit })],
    ['behind', { place: 'behind' }, viewOf()],
    ['-', { state: 'dead', reason: 'exhausted' }, viewOf()],
  ])('%s', (cell, more, view) => {
    const delivery = deliveryOf(event, { addedAt: now - 1_000, dueAt: now, ...more });
    const { stage, nextAt } = standingOf(delivery, view, now);
    expect(nextCell(stage, delivery, nextAt)).toBe(cell);
  });
});

describe('a delivery that has ended', () => {
  test.each<[Partial<Delivery>, string, string]>([
    [{ state: 'done', attempts: 1 }, 'delivered', 'my-app has taken entry.new'],
    [{ state: 'withheld' }, 'withheld', 'the ids of the feed changed in mass'],
    [{ state: 'skipped', reason: 'filtered' }, 'filtered', 'sends it all the same'],
    [{ state: 'dead', reason: 'exhausted', attempts: 10 }, 'dead', 'is exhausted after 10 attempts'],
    [{ state: 'dead', reason: 'poison', attempts: 1 }, 'dead', 'is poison after 1 attempt'],
    [{ state: 'dead', reason: 'dropped' }, 'dead', 'somebody gave entry.new up'],
    [{ state: 'dead', reason: 'expired' }, 'dead', 'longer than events are kept ("retention")'],
    [{ state: 'dead', reason: 'overflow' }, 'dead', 'more than are kept ("maxKept")'],
  ])('%j is %s, and says so', (delivery, stage, fact) => {
    const said = judged(delivery, viewOf({ disabled: { since: 0, reason: 'http-410' } }));
    expect(said.stage).toBe(stage);
    expect(said.text).toContain(fact);
  });
});

test('a delivery that took several attempts may have arrived more than once, and says so', () => {
  const text = (attempts: number) => judged({ state: 'done', attempts }).text;
  expect(text(2)).toContain('may have got it at an earlier one of 2 attempts, by the same webhook-id');
  expect(text(1)).not.toContain('attempts');
});

describe('an endpoint', () => {
  const later = now + minute;
  test.each<[string, EndpointCondition, object, string]>([
    ['well', {}, {}, 'nothing'],
    [
      'well',
      { failing: { count: 2, since: 5, lastAt: 6, eventIds: [] } },
      { since: 5, because: '2 failures in a row' },
      'endpoints test my-app',
    ],
    ['slowed', { pace }, { since: pace.since, because: 'one request each 4 s' }, 'faster by itself'],
    ['resting', { restsUntil: later }, { because: 'it asked for it', nextAt: later }, '2026-11-20T09:01:00Z'],
    [
      'open',
      { circuit },
      { since: circuit.since, because: 'http-503', nextAt: circuit.probeAt },
      'enable my-app',
    ],
    ['half-open', { circuit: { ...circuit, probeAt: now } }, { nextAt: now }, 'enable my-app'],
    ['paused', { paused: { since: 7 } }, { since: 7, because: 'by hand' }, 'resume my-app'],
    [
      'disabled',
      { disabled: { since: 8, reason: 'http-410' } },
      { since: 8, because: 'http-410' },
      'enable my-app',
    ],
  ])(
    'that is %s tells since when, why, what comes next and what helps',
    (state, condition, words, advice) => {
      const view = viewOf(condition);
      expect(view.state).toBe(state);
      expect(standingWords(view, now)).toMatchObject(words);
      expect(standingAdvice(view)).toContain(advice);
      // Those that take something need no warning after a replay.
      expect(shutWords(view) === undefined).toBe(['well', 'slowed', 'resting'].includes(state));
      expect(endpointText(view, now)).toMatch(new RegExp(`^my-app: ${state}( since |\\n)`));
    },
  );

  test('that has quiet hours says so, until when, and which failures there are', () => {
    const quiet = { quiet: { from: '0 22 * * *', until: '0 10 * * *' } };
    const nextAt = now + 60 * minute;
    expect(standingWords(viewOf({}, quiet), now)).toEqual({ because: 'quiet hours', nextAt });
    const row = { count: 2, since: 5, lastAt: 6, eventIds: [] };
    expect(standingWords(viewOf({ failing: row }, quiet), now)).toEqual({
      ...{ since: 5, because: '2 failures in a row', nextAt },
    });
    expect(endpointText(viewOf({}, quiet), now)).toContain(
      'goes on       in 60 min, at 2026-11-20T10:00:00Z',
    );
  });

  test('shows its order, rate and times, and what it is owed', () => {
    const view = viewOf(
      { pace, movedTo: '-100123', failing: { count: 3, since: 0, lastAt: now, eventIds: [], warned: 50 } },
      {
        ordering: 'feed',
        rate: { count: 20, perMs: minute, burst: 1 },
        quiet: { from: '0 22 * * *', until: '0 10 * * *' },
        labels: ['security', 'news'],
      },
      4,
    );
    expect(endpointText(view, now)).toBe(`my-app: slowed since 2026-11-20T08:59:00Z
  because       one request each 4 s
  to do         nothing: it gets faster by itself while all goes well
  host          my-app.example
  format        standard, signed by 1 secret
  events        entry.new of feeds labelled security or news
  order         by feed, one at a time; one that fails holds the others up for 60 min
  rate          4 requests at a time, 20 requests in 60 s
  failing       3 failures in a row since 1970-01-01T00:00:00Z, last 2026-11-20T09:00:00Z, 50 % of the time to being disabled
  slowed        one request each 4 s since 2026-11-20T08:59:00Z
  moved         its chat is -100123 now: write that into "to" in feeds.yaml
  quiet         until 2026-11-20T10:00:00Z
  deliveries    4 pending, 0 done, 0 dead, 0 skipped, 0 withheld`);
  });

  test('that is not in feeds.yaml is parked, and one that the store does not know yet is well', () => {
    const parked = viewOf({}, null);
    expect([parked.state, standingWords(parked, now).because]).toEqual(['parked', 'not in feeds.yaml']);
    const views = endpointViews({ endpoints: [endpoint('https://new.example', { id: 'new' })] }, [], now);
    expect([...views.values()]).toMatchObject([{ id: 'new', state: 'well', health: { pending: 0 } }]);
  });
});
