import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { alertingTo } from '../../src/deliver/alert.ts';
import { judgeAttempt } from '../../src/deliver/answer.ts';
import type { WarningReason } from '../../src/deliver/health.ts';
import { lessonOf } from '../../src/deliver/lesson.ts';
import type { Reading } from '../../src/deliver/reading.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import { type AlertNotice, alertEvent } from '../../src/outbox/alert-event.ts';
import type { GivenUp } from '../../src/ports.ts';
import { deliveryOf, storedEvent } from './records.ts';

const now = Date.parse('2026-11-20T09:20:11.482Z');
const since = Date.parse('2026-11-20T09:00:00Z');
const feed = { id: 'example-security', url: 'https://example.org/feed', labels: ['security'] };
const event = storedEvent({
  body: JSON.stringify({ id: storedEvent().id, type: 'entry.new', data: { feed, entry: {} } }),
});

const warning: AlertNotice = {
  type: 'endpoint.warning',
  endpointId: 'my-app',
  reason: 'failing',
  since,
  code: 'http-503',
  level: 50,
  kept: 3,
};
const disabled: AlertNotice = { type: 'endpoint.disabled', endpointId: 'my-app', reason: 'http-410', since };
const exhausted: AlertNotice = {
  type: 'delivery.exhausted',
  endpointId: 'my-app',
  event,
  attempts: 10,
  error: { code: 'http-500', message: 'the receiver answered 500' },
};

describe('the event', () => {
  test.each([
    {
      notice: warning,
      data: {
        endpoint: 'my-app',
        reason: 'failing',
        code: 'http-503',
        since: '2026-11-20T09:00:00Z',
        level: 50,
        kept: 3,
      },
    },
    { notice: disabled, data: { endpoint: 'my-app', reason: 'http-410', since: '2026-11-20T09:00:00Z' } },
    {
      notice: exhausted,
      data: {
        feed,
        endpoint: 'my-app',
        event_id: event.id,
        attempts: 10,
        last_error: { code: 'http-500', message: 'the receiver answered 500' },
      },
    },
  ])('$notice.type', ({ notice, data }) => {
    const { id, type, detectedAt, body } = alertEvent(notice, now);
    expect({ type, detectedAt }).toEqual({ type: notice.type, detectedAt: now });
    expect(JSON.parse(body)).toEqual({ id, type, timestamp: '2026-11-20T09:20:11.482Z', data });
  });

  test('of a delivery belongs to its feed, of an endpoint to none', () => {
    expect([exhausted, disabled, warning].map((notice) => alertEvent(notice, now).feedId)).toEqual([
      'example-security',
      '',
      '',
    ]);
  });

  test('of an event that cannot be read names the feed all the same', () => {
    const unreadable = alertEvent({ ...exhausted, event: { ...event, body: '{' } }, now);
    expect(JSON.parse(unreadable.body).data.feed).toEqual({ id: 'example-security', labels: [] });
  });

  test.each([warning, disabled, exhausted])('$type has the same id whenever it is noticed', (notice) => {
    const { id } = alertEvent(notice, now);
    expect(id).toMatch(/^evt_[a-z2-7]{26}$/);
    expect(alertEvent(notice, now + 60_000).id).toBe(id);
  });

  test('another endpoint, start, reason, level or event makes another id', () => {
    const notices: AlertNotice[] = [
      warning,
      { ...warning, endpointId: 'other' },
      { ...warning, since: since + 1_000 },
      { ...warning, reason: 'refused' },
      { ...warning, level: 75 },
      disabled,
      { ...disabled, since: since + 1_000 },
      exhausted,
      { ...exhausted, event: { ...event, id: 'evt_other' } },
    ];
    expect(new Set(notices.map((notice) => alertEvent(notice, now).id)).size).toBe(notices.length);
  });
});

describe('an alert goes', () => {
  const endpoints = [
    { id: 'my-app', events: ['entry.new', 'endpoint.warning', 'endpoint.disabled', 'delivery.exhausted'] },
    { id: 'ops', events: ['endpoint.warning', 'endpoint.disabled', 'delivery.exhausted'] },
    { id: 'pager', events: ['endpoint.disabled'] },
    { id: 'log', events: ['entry.new'] },
  ] as const;
  const told = (notice: AlertNotice) =>
    alertingTo(endpoints)(notice, now).map(({ endpointIds }) => endpointIds);

  test('to those that subscribe to it, never to the one that it is about', () => {
    expect(told(disabled)).toEqual([['ops', 'pager']]);
    expect(told(warning)).toEqual([['ops']]);
    expect(told(exhausted)).toEqual([['ops']]);
  });

  test('nowhere when nobody else subscribes to it', () => {
    expect(told({ ...warning, endpointId: 'ops' })).toEqual([['my-app']]);
    expect(alertingTo([endpoints[0]])(warning, now)).toEqual([]);
  });

  test.each(['endpoint.warning', 'endpoint.disabled', 'delivery.exhausted'] as const)(
    'nowhere when it is about a delivery of %s, or alerts would breed alerts',
    (type) => {
      expect(told({ ...exhausted, event: { ...event, type } })).toEqual([]);
    },
  );
});

describe('an attempt', () => {
  const alerting = alertingTo([
    { id: 'ops', events: ['endpoint.warning', 'endpoint.disabled', 'delivery.exhausted'] },
  ]);
  const delivery = deliveryOf(event);

  function lesson(
    reading: Reading,
    over: {
      attempts?: number;
      events?: StoredEvent[];
      before?: EndpointCondition;
      isChat?: boolean;
      isFallback?: boolean;
    } = {},
  ) {
    const { attempts = 0, events = [event], before = {}, isChat = false, isFallback = false } = over;
    const [first = delivery, ...others] = events.map((each) =>
      deliveryOf(each, { attempts, isFallback, dueAt: since }),
    );
    const deliveries = [first, ...others] as const;
    const judged = judgeAttempt({
      ...{ deliveries, reading, isChat, startedAt: now, endedAt: now, isProbe: false, retryMs: [0, 1_000] },
      sent: { kind: 'unanswered', code: 'timeout', message: '', phases: {} },
    });
    return lessonOf(judged, { endpointId: 'my-app', events, deliveries, alerting }, before, () => 7);
  }

  const types = ({ alerts }: ReturnType<typeof lesson>) => alerts.map((alert) => alert.event.type);

  test('that fails tells nobody', () => {
    expect(lesson({ meaning: 'busy', code: 'http-500' }).alerts).toEqual([]);
  });

  test('that was the last tells of each event that it carried', () => {
    const events = [event, storedEvent({ id: 'evt_other' })];
    const { alerts } = lesson({ meaning: 'busy', code: 'http-500', message: 'why' }, { attempts: 1, events });
    expect(alerts.map((alert) => JSON.parse(alert.event.body).data)).toMatchObject([
      { event_id: event.id, attempts: 2, last_error: { code: 'http-500', message: 'why' } },
      { event_id: 'evt_other' },
    ]);
  });

  test('that finds the endpoint gone tells so, and how much is kept', () => {
    const { alerts, condition } = lesson({ meaning: 'gone', code: 'http-410', disables: 'http-410' });
    expect(condition.disabled).toEqual({ since: now, reason: 'http-410' });
    expect(JSON.parse(alerts[0]?.event.body ?? '')).toMatchObject({
      type: 'endpoint.disabled',
      data: { endpoint: 'my-app', reason: 'http-410', kept: 7 },
    });
  });

  test('that is denied warns', () => {
    const { alerts } = lesson({ meaning: 'denied', code: 'http-403', message: 'why' });
    expect(JSON.parse(alerts[0]?.event.body ?? '')).toMatchObject({
      type: 'endpoint.warning',
      data: { reason: 'refused', code: 'http-403', message: 'why', kept: 7 },
    });
  });

  test('of a third event that is refused alike is held against the endpoint, not the event', () => {
    const before: EndpointCondition = { refused: { code: 'http-400', eventIds: ['a', 'b'] } };
    const learnt = lesson(
      { meaning: 'poison', code: 'http-400' },
      { before, isChat: true, isFallback: true },
    );
    expect(learnt.verdict).toEqual({ kind: 'postpone', at: since });
    expect(types(learnt)).toEqual(['endpoint.warning']);
  });

  test('of an event that is refused in its plainest form is a dead letter, told', () => {
    const learnt = lesson({ meaning: 'poison', code: 'http-400' }, { isChat: true, isFallback: true });
    expect(learnt.verdict).toEqual({ kind: 'dead', reason: 'poison' });
    expect(types(learnt)).toEqual(['delivery.exhausted']);
  });
});

describe('docs/delivery.md', () => {
  const doc = readFileSync(join(import.meta.dirname, '../../docs/delivery.md'), 'utf8');
  const examples = [...doc.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => JSON.parse(match[1] ?? ''));

  const everything: AlertNotice[] = [
    { ...warning, message: 'why', givenUp: 1 },
    { ...disabled, kept: 1 },
    exhausted,
  ];

  test.each(everything)('its table names exactly the fields of $type', (notice) => {
    const { feed: _, ...data } = JSON.parse(alertEvent(notice, now).body).data;
    const fields = Object.entries<object>(data).flatMap(([name, value]) =>
      typeof value === 'object' ? Object.keys(value).map((each) => `${name}.${each}`) : [name],
    );
    const [, row = ''] = new RegExp(`^\\| \`${notice.type}\` \\| (.*?) \\|`, 'm').exec(doc) ?? [];
    expect([...row.matchAll(/`([\w.]+)`/g)].map(([, name]) => name)).toEqual(fields);
  });

  test.each(everything)('its example of $type has fields that there are, in their order', (notice) => {
    const { feed: _, ...data } = JSON.parse(alertEvent(notice, now).body).data;
    const shown = Object.keys(examples.find(({ type }) => type === notice.type)?.data ?? {});
    expect(shown).toEqual(Object.keys(data).filter((name) => shown.includes(name)));
    expect(shown.length).toBeGreaterThan(3);
  });

  test('it explains each reason of a warning', () => {
    const reasons: Record<WarningReason | GivenUp['reason'], true> = {
      failing: true,
      refused: true,
      blocked: true,
      poison: true,
      expired: true,
      overflow: true,
    };
    const [, rows = ''] = /^\| why it warns .*\n.*\n((?:\|.*\n)+)/m.exec(doc) ?? [];
    expect([...rows.matchAll(/^\|[^|]*\| `(\w+)` \|/gm)].map(([, reason]) => reason)).toEqual(
      Object.keys(reasons),
    );
  });
});
