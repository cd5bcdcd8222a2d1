// Days in the life of an endpoint: real receivers and the real queue, under a clock that leaps from minute to minute.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EndpointConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';
import { standardRetryMs } from '../../src/deliver/retry.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { type SeenRequest, startServer } from '../support/http-server.ts';
import { DeliveryRig } from './delivery-rig.ts';
import { eventOf, k2, endpoint as recordOf } from './records.ts';
import { signedHeaders, verifyByReference } from './verifier.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The queue looks at the time once a second; this spares it the seconds in which nothing is due. */
class LeapingClock extends FakeClock {
  #leapt = 0;

  override now(): number {
    return super.now() + this.#leapt;
  }

  async leap(ms: number): Promise<void> {
    this.#leapt += ms - second;
    await this.advance(second);
  }
}

/** Requests that have left, ever. */
let left = 0;
const count = () => {
  left++;
};
beforeEach(() => {
  left = 0;
  subscribe('undici:request:create', count);
});
afterEach(() => {
  unsubscribe('undici:request:create', count);
});

class Days extends DeliveryRig {
  readonly time = new LeapingClock();

  static async begin(endpoints: readonly EndpointConfig[]): Promise<Days> {
    const days = new Days(endpoints);
    days.clock = days.time;
    await days.start();
    return days;
  }

  /** Until everything that left has come back, and nothing more leaves. */
  async quiet(): Promise<void> {
    for (let before = -1; before !== left; ) {
      before = left;
      await this.until(() => this.ends.length >= left, 'every request has ended');
      await settle();
    }
  }

  async pass(ms: number, step = 5 * minute): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      await this.time.leap(step);
      await this.quiet();
    }
  }
}

const endpoint = (url: string, over: Partial<EndpointConfig> = {}) =>
  recordOf(url, { retryMs: standardRetryMs, ...over });

const idOfEvent = (n: number) => eventOf(n).id;
const idOf = ({ headers }: SeenRequest) => String(headers['webhook-id']);
const alertsIn = (requests: readonly SeenRequest[]) =>
  requests.map(({ body }) => {
    const { type, data } = JSON.parse(String(body));
    return [type, data.reason, ...(data.level === undefined ? [] : [data.level])].join(' ');
  });

const ops = (url: string) =>
  endpoint(url, {
    id: 'ops',
    events: ['endpoint.warning', 'endpoint.disabled', 'delivery.exhausted'],
    secrets: [new Secret(k2)],
  });

describe('an endpoint that is dead for a time, while an event comes every hour', () => {
  const levels = [50, 75, 90].map((level) => `endpoint.warning failing ${level}`);
  test.each([
    ['3 hours', 3, []],
    ['60 hours', 61, levels.slice(0, 1)],
    ['121 hours', 127, [...levels, 'endpoint.disabled failing']],
  ])(
    '%s: nothing is lost, few attempts are used up, order is kept, and people are told once',
    async (_, deadHours, told) => {
      let isAlive = false;
      const arrived: string[] = [];
      await using receiver = await startServer((request, response) => {
        if (isAlive) arrived.push(idOf(request));
        response.writeHead(isAlive ? 204 : 500).end();
      });
      await using alerts = await startServer((_, response) => void response.end());
      await using days = await Days.begin([
        endpoint(receiver.url, {
          concurrency: 1,
          ordering: 'feed',
          events: ['entry.new', 'endpoint.disabled'],
        }),
        ops(alerts.url),
      ]);
      for (let n = 0; n < deadHours; n++) {
        await days.owe(eventOf(100 + n), ['my-app']);
        await days.quiet();
        await days.pass(hour, n < 4 ? minute : 10 * minute);
      }
      expect(alertsIn(alerts.requests)).toEqual(told);
      const seen = receiver.requests.length;
      isAlive = true;
      await days.pass(7 * hour, 10 * minute);
      expect(await days.backend.deliveries.count({ endpointId: 'my-app', state: 'done' })).toBe(deadHours);
      expect(new Set(arrived).size).toBe(arrived.length);
      expect(arrived).toHaveLength(receiver.requests.length - seen);
      // The first ones were set aside as long as nobody knew that it was dead.
      expect(arrived.slice(4)).toEqual([...arrived.slice(4)].sort());
      const attempts = (await days.backend.deliveries.list({ endpointId: 'my-app' }, 1_000)).map(
        (each) => each.attempts,
      );
      expect(Math.max(...attempts)).toBeLessThanOrEqual(6);
      expect(alertsIn(alerts.requests)).toEqual(told);
      for (const { body, headers } of alerts.requests) {
        const sentAt = Number(headers['webhook-timestamp']);
        expect(() => verifyByReference(k2, body, signedHeaders(headers), sentAt)).not.toThrow();
      }
      expect(await days.conditionOf('my-app')).toEqual({ recent: expect.anything() });
    },
  );
});

describe('events that are refused', () => {
  test.each([
    ['in no order', {}],
    ['in a delivery lane', { ordering: 'feed' }],
    ['by a chat', { format: 'mattermost', ordering: 'feed', secrets: [] }],
  ] as const)('three in a row, %s, do not keep the good ones of later from arriving', async (_, over) => {
    await using receiver = await startServer((request, response) => {
      response.writeHead(/Entry \W*[123]\W/.test(String(request.body)) ? 400 : 200).end('ok');
    });
    await using days = await Days.begin([endpoint(receiver.url, { concurrency: 1, ...over })]);
    for (let n = 1; n <= 3; n++) await days.owe(eventOf(n));
    await days.quiet();
    await days.pass(10 * hour);
    await days.owe(eventOf(4));
    await days.pass(2 * hour);
    const [good] = await days.backend.deliveries.list({ eventId: idOfEvent(4) }, 1);
    expect(good).toMatchObject({ state: 'done' });
  });
});

test('a chat that says at each message that it has moved again is not asked again and again', async () => {
  let chat = 100;
  await using receiver = await startServer((_, response) => {
    const parameters = { migrate_to_chat_id: ++chat };
    response.writeHead(400).end(JSON.stringify({ ok: false, error_code: 400, parameters }));
  });
  await using days = await Days.begin([
    endpoint(receiver.url, { format: 'telegram', to: '1', secrets: [], concurrency: 1 }),
  ]);
  await days.owe(eventOf(1));
  await days.quiet();
  await days.pass(hour, 5 * second);
  expect(receiver.requests.length).toBeLessThanOrEqual(6);
});

describe('what the operator changes in feeds.yaml', () => {
  test.each([
    ['another password', 401, { auth: { kind: 'bearer', token: new Secret('right') } }],
    ['another secret, after a 410', 410, { secrets: [new Secret(k2)] }],
  ] as const)('%s gives the endpoint a chance at once', async (_, status, over) => {
    let isChanged = false;
    await using receiver = await startServer((_, response) => {
      response.writeHead(isChanged ? 204 : status).end();
    });
    await using days = await Days.begin([endpoint(receiver.url)]);
    await days.owe(eventOf(1));
    await days.quiet();
    await days.pass(hour);
    expect((await days.deliveryTo('my-app')).state).toBe('pending');
    isChanged = true;
    await days.configure([endpoint(receiver.url, over)]);
    await days.quiet();
    expect((await days.deliveryTo('my-app')).state).toBe('done');
  });
});

test('one that never answers, with a thousand waiting, gets five requests and then a probe now and then', async () => {
  await using receiver = await startServer(() => {});
  await using days = await Days.begin([endpoint(receiver.url, { concurrency: 1 })]);
  for (let n = 1; n <= 1_000; n++) await days.owe(eventOf(n));
  for (let n = 0; n < 5; n++) {
    await days.until(() => receiver.requests.length === n + 1, 'the request arrived');
    await days.time.advance(15 * second);
  }
  await days.quiet();
  expect(days.linesOf('endpoint-circuit-opened')).toHaveLength(1);
  await days.time.leap(10 * second);
  expect(receiver.requests).toHaveLength(5);
  expect(days.linesOf('delivery')).toHaveLength(5);
  expect(await days.backend.deliveries.count({ state: 'pending' })).toBe(1_000);
});

test('each dead letter is told once, and as fast as the one who is told takes it', async () => {
  const dead = 200;
  await using receiver = await startServer((_, response) => {
    response.writeHead(receiver.requests.length % 2 === 0 ? 500 : 200).end();
  });
  await using alerts = await startServer((_, response) => void response.end());
  const rate = { count: 10, perMs: second, burst: 1 };
  await using days = await Days.begin([
    endpoint(receiver.url, { concurrency: 1, retryMs: [0] }),
    { ...ops(alerts.url), rate },
  ]);
  for (let n = 1; n <= 2 * dead; n++) await days.owe(eventOf(n), ['my-app']);
  await days.until(() => receiver.requests.length === 2 * dead, 'all were tried');
  await days.quiet();
  expect(alerts.requests).toHaveLength(1);
  await days.pass((dead / 10) * second, 100);
  expect(new Set(alerts.requests.map(idOf)).size).toBe(dead);
  expect(alerts.requests).toHaveLength(dead);
});

test('nothing of an endpoint that must not be known is in the log, in an attempt or in an alert', async () => {
  const canaries = ['pathCanary1', 'queryCanary2', 'headerCanary3', 'tokenCanary4', k2.slice(6)];
  let status = 401;
  await using receiver = await startServer(({ path, headers, body }, response) => {
    const all = `${path} ${JSON.stringify(headers)} ${body}`;
    response.writeHead(status, 'No', { location: `https://127.0.0.1${path}`, 'x-all': path });
    response.end(all);
  });
  await using alerts = await startServer((_, response) => void response.end());
  await using days = await Days.begin([
    endpoint(`${receiver.url}/pathCanary1/x?key=queryCanary2`, {
      headers: { 'X-Key': 'headerCanary3' },
      auth: { kind: 'bearer', token: new Secret('tokenCanary4') },
      secrets: [new Secret(k2)],
      retryMs: [0, second],
      handshake: false,
    }),
    { ...ops(alerts.url), secrets: [] },
  ]);
  for (const [n, next] of [401, 302, 500, 422, 407, 410].entries()) {
    status = next;
    await days.owe(eventOf(n), ['my-app']);
    await days.quiet();
    await days.pass(hour);
  }
  const deliveries = await days.backend.deliveries.list({}, 100);
  const attempts = await Promise.all(deliveries.map((each) => days.attemptsOf(each)));
  const conditions = JSON.stringify(await days.backend.deliveries.endpoints());
  const seen =
    JSON.stringify([days.lines, attempts, conditions]) + alerts.requests.map(({ body }) => body).join();
  expect(alerts.requests.length).toBeGreaterThan(1);
  for (const canary of canaries) expect(seen).not.toContain(canary);
});

test('one that lets us in and does not, by turns, is told of once an hour', async () => {
  await using receiver = await startServer((_, response) => {
    response.writeHead(receiver.requests.length % 2 === 0 ? 200 : 401).end();
  });
  await using alerts = await startServer((_, response) => void response.end());
  await using days = await Days.begin([endpoint(receiver.url, { concurrency: 1 }), ops(alerts.url)]);
  for (let n = 1; n <= 300; n++) {
    await days.owe(eventOf(n), ['my-app']);
    await days.pass(30 * second, 10 * second);
  }
  expect(days.linesOf('endpoint-circuit-opened').length).toBeGreaterThan(100);
  expect(alertsIn(alerts.requests)).toEqual(Array(3).fill('endpoint.warning refused'));
});

test('one that does not consent is asked again by the probe, and gets everything once it does', async () => {
  let consents = false;
  await using receiver = await startServer(({ method }, response) => {
    const isConsent = method === 'OPTIONS' && consents;
    response.writeHead(204, isConsent ? { 'webhook-allowed-origin': '*' } : {}).end();
  });
  await using alerts = await startServer((_, response) => void response.end());
  await using days = await Days.begin([endpoint(receiver.url, { handshake: true }), ops(alerts.url)]);
  for (let n = 1; n <= 5; n++) await days.owe(eventOf(n), ['my-app']);
  await days.quiet();
  await days.pass(hour, 30 * second);
  expect(receiver.requests.every(({ method }) => method === 'OPTIONS')).toBe(true);
  expect(receiver.requests.length).toBeLessThanOrEqual(8);
  expect(alertsIn(alerts.requests)).toEqual(['endpoint.warning refused']);
  consents = true;
  await days.pass(hour, 5 * minute);
  const posts = receiver.requests.filter(({ method }) => method === 'POST');
  expect(posts.map(idOf).sort()).toEqual([1, 2, 3, 4, 5].map(idOfEvent));
  expect(await days.backend.deliveries.count({ endpointId: 'my-app', state: 'done' })).toBe(5);
});
