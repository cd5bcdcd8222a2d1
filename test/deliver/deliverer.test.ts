import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../src/config/secret.ts';
import { createDeliverer } from '../../src/deliver/deliverer.ts';
import { standardRetryMs } from '../../src/deliver/retry.ts';
import { StoreError } from '../../src/errors.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { silentLog } from '../../src/log.ts';
import type { AttemptResult, Delivery } from '../../src/model/delivery.ts';
import type { DeliveryQueue } from '../../src/ports.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { startRig } from './delivery-rig.ts';
import { deliveryOf, endpoint, k1, k2, storedEvent } from './records.ts';
import { signedHeaders, verifyByReference } from './verifier.ts';

const event = storedEvent();

describe('an event that is owed', () => {
  test('is sent once, signed, and done', async () => {
    await using receiver = await startServer((_, response) => void response.end('thanks'));
    await using rig = await startRig([endpoint(`${receiver.url}/hook`)]);
    await rig.owe(event);
    await rig.until(async () => (await rig.deliveryTo('my-app')).state === 'done', 'it is done');

    expect(receiver.requests).toHaveLength(1);
    const [{ body, headers }] = receiver.requests as [(typeof receiver.requests)[0]];
    expect(body.toString()).toBe(event.body);
    expect(() => verifyByReference(k1, body, signedHeaders(headers), rig.clock.now() / 1_000)).not.toThrow();
    expect(await rig.attemptsOf(await rig.deliveryTo('my-app'))).toMatchObject([
      { number: 1, outcome: 'delivered', status: 200, excerpt: 'thanks' },
    ]);
  });

  test('leaves one log line and one observation for each attempt', async () => {
    await using receiver = await startServer((_, response) => void response.writeHead(500).end());
    await using rig = await startRig([endpoint(receiver.url)]);
    await rig.owe(event);
    await rig.until(() => rig.ends.length === 1, 'the attempt ended');

    const nextAt = rig.ends[0]?.attempt?.nextAt ?? 0;
    expect(rig.lines).toEqual([
      {
        level: 'info',
        text: 'delivery',
        fields: {
          endpoint: 'my-app',
          host: `127.0.0.1:${receiver.port}`,
          eventId: event.id,
          feed: 'example-security',
          attempt: 1,
          outcome: 'rejected',
          status: 500,
          code: 'http-500',
          reason: 'the receiver answered 500',
          durationMs: 0,
          connectMs: 0,
          firstByteMs: 0,
          verdict: 'retry',
          deadReason: undefined,
          nextAt: new Date(nextAt).toISOString(),
          nextReason: 'schedule',
        },
      },
    ]);
    expect(rig.ends[0]).toMatchObject({ endpointId: 'my-app', attempt: { number: 1, status: 500 } });
  });

  test('G03: 500 × k, then 200: one success after k + 1 attempts by schedule, restarts in between, k = 1 … 8', async () => {
    await using receiver = await startServer(({ path }, response) => {
      const asked = receiver.requests.filter((request) => request.path === path).length;
      response.writeHead(asked <= Number(path.slice(1)) ? 500 : 200).end();
    });
    const failures = [1, 2, 3, 4, 5, 6, 7, 8];
    await using rig = await startRig(
      failures.map((k) => endpoint(`${receiver.url}/${k}`, { id: `fails-${k}`, retryMs: standardRetryMs })),
    );
    await rig.owe(event);
    const recorded = async () => {
      const deliveries = await rig.backend.deliveries.list({}, 10);
      return deliveries.reduce((sum, { attempts }) => sum + attempts, 0);
    };
    for (let round = 1; round <= 9; round++) {
      const expected = failures.reduce((sum, k) => sum + Math.min(k + 1, round), 0);
      await rig.until(async () => (await recorded()) === expected, `round ${round} is recorded`);
      const waiting = await rig.backend.deliveries.list({ state: 'pending' }, 10);
      await rig.restart(Math.max(rig.clock.now(), ...waiting.map(({ dueAt }) => dueAt)));
    }

    for (const k of failures) {
      const delivery = await rig.deliveryTo(`fails-${k}`);
      expect(delivery).toMatchObject({ state: 'done', attempts: k + 1 });
      const attempts = await rig.attemptsOf(delivery);
      expect(attempts.map(({ outcome }) => outcome)).toEqual([...Array(k).fill('rejected'), 'delivered']);
      for (const { number, startedAt, durationMs, nextAt = Number.NaN } of attempts.slice(0, -1)) {
        const wait = standardRetryMs[number] ?? Number.NaN;
        const waited = nextAt - (startedAt + durationMs);
        expect(waited).toBeGreaterThanOrEqual(wait);
        expect(waited).toBeLessThanOrEqual(Math.min(1.4 * wait, wait + 900_000));
      }
      const requests = receiver.requests.filter(({ path }) => path === `/${k}`);
      const counted = requests.map(({ headers }) => headers['feedhook-attempt']);
      expect(counted).toEqual(attempts.map(({ number }) => String(number)));
      expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([event.id]));
      expect(new Set(requests.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(k + 1);
      expect(new Set(requests.map(({ body }) => body.toString()))).toEqual(new Set([event.body]));
    }
  });

  test('an answer that is lost on its way is a retry with the same id', async () => {
    await using receiver = await startServer((_, response, { socket }) => {
      if (receiver.requests.length === 1) socket.resetAndDestroy();
      else response.end();
    });
    await using rig = await startRig([endpoint(receiver.url)]);
    await rig.owe(event);
    await rig.until(() => rig.ends.length === 1, 'the first attempt ended');
    expect(rig.ends[0]?.attempt).toMatchObject({ outcome: 'unreachable', code: 'connect-reset' });
    await rig.clock.advance(7_000);
    await rig.until(async () => (await rig.deliveryTo('my-app')).state === 'done', 'it is done');
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
  });

  test('a replay by hand says so, with the same id and bytes', async () => {
    await using receiver = await startServer((_, response) => void response.end());
    await using rig = await startRig([endpoint(receiver.url)]);
    await rig.owe(event);
    await rig.until(async () => (await rig.deliveryTo('my-app')).state === 'done', 'it is done');
    await rig.backend.deliveries.replay({ eventId: event.id });
    await rig.until(() => receiver.requests.length === 2, 'it came again');
    const [first, again] = receiver.requests;
    expect(first?.headers['feedhook-replay']).toBeUndefined();
    expect(again?.headers).toMatchObject({
      'feedhook-replay': 'true',
      'feedhook-attempt': '1',
      'webhook-id': event.id,
    });
    expect(again?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('the end of a delivery that did not succeed', () => {
  test('after the last wait of the schedule it is a dead letter, with a warning', async () => {
    await using receiver = await startServer((_, response) => void response.writeHead(404).end('no hook'));
    await using rig = await startRig([endpoint(receiver.url, { retryMs: [0, 100] })]);
    await rig.owe(event);
    await rig.until(() => rig.ends.length === 1, 'the first attempt ended');
    await rig.clock.advance(200);
    await rig.until(async () => (await rig.deliveryTo('my-app')).state === 'dead', 'it is dead');
    expect(await rig.deliveryTo('my-app')).toMatchObject({ reason: 'exhausted', attempts: 2 });
    expect(rig.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { verdict: 'dead', deadReason: 'exhausted', attempt: 2, status: 404 },
    });
  });

  test('G05: a 410 disables this endpoint alone, with a warning; what is pending is kept', async () => {
    await using receiver = await startServer(({ path }, response) => {
      response.writeHead(path === '/gone' ? 410 : 200).end();
    });
    await using rig = await startRig([
      endpoint(`${receiver.url}/gone`, { id: 'gone' }),
      endpoint(`${receiver.url}/fine`, { id: 'fine' }),
    ]);
    await rig.owe(event);
    await rig.until(() => rig.ends.length === 2, 'both attempts ended');
    await rig.owe(storedEvent({ id: 'evt_second' }));
    await rig.until(() => rig.ends.length === 3, 'the second event was tried');

    expect(receiver.requests.filter(({ path }) => path === '/gone')).toHaveLength(1);
    expect(receiver.requests.filter(({ path }) => path === '/fine')).toHaveLength(2);
    expect(rig.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { text: 'endpoint-disabled', fields: { endpoint: 'gone', reason: 'http-410' } },
    ]);
    const health = (await rig.backend.deliveries.endpoints()).find(({ endpointId }) => endpointId === 'gone');
    expect(health).toMatchObject({ condition: { disabled: { reason: 'http-410' } }, pending: 2 });
  });

  test('an event that is no longer stored makes its delivery expire', async () => {
    await using receiver = await startServer((_, response) => void response.end());
    await using rig = await startRig([endpoint(receiver.url)]);
    await rig.backend.deliveries.add([{ eventId: 'evt_lost', endpointId: 'my-app', feedId: 'f' }]);
    await rig.until(async () => (await rig.deliveryTo('my-app')).state === 'dead', 'it is dead');
    expect(await rig.deliveryTo('my-app')).toMatchObject({ reason: 'expired', attempts: 0 });
    expect(rig.lines).toMatchObject([{ level: 'warn', fields: { code: 'event-missing', verdict: 'dead' } }]);
    expect(receiver.requests).toHaveLength(0);
  });

  test('a poison event is put off three times, then dead; it blocks no other', async () => {
    await using receiver = await startServer((_, response) => void response.end());
    await using rig = await startRig([endpoint(receiver.url, { concurrency: 1 })]);
    await rig.owe(storedEvent({ id: 'evt_poison', body: '' }));
    await rig.owe(event);
    await rig.until(() => receiver.requests.length === 1, 'the other event arrived');
    for (let turn = 1; turn <= 3; turn++) {
      const [poison] = await rig.backend.deliveries.list({ eventId: 'evt_poison' }, 1);
      expect(poison).toMatchObject({ state: 'pending', attempts: 0 });
      await rig.clock.advance(5_000);
    }
    const [poison] = await rig.backend.deliveries.list({ eventId: 'evt_poison' }, 1);
    expect(poison).toMatchObject({ state: 'dead', reason: 'poison', attempts: 0 });
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([event.id]);
    expect(rig.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { eventId: 'evt_poison', code: 'event-unrenderable', deadReason: 'poison' },
    });
  });
});

describe('endpoints', () => {
  test('one that stands still slows no other', async () => {
    await using silent = await startServer(() => {});
    await using receiver = await startServer((_, response) => void response.end());
    await using rig = await startRig([
      endpoint(silent.url, { id: 'silent' }),
      endpoint(receiver.url, { id: 'lively' }),
    ]);
    for (let n = 0; n < 50; n++) await rig.owe(storedEvent({ id: `evt_${n}` }));
    await rig.until(() => receiver.requests.length === 50, 'the lively one has them all');
    await rig.until(() => silent.requests.length === 4, 'the silent one holds its four slots');
    expect(rig.ends.every(({ endpointId }) => endpointId === 'lively')).toBe(true);
    await rig.clock.advance(15_000);
    await rig.until(() => silent.requests.length === 8, 'the deadline frees the slots');
  });

  test('G21: a new URL and a rotated secret hold for what is already waiting', async () => {
    await using earlier = await startServer((_, response) => void response.writeHead(500).end());
    await using later = await startServer((_, response) => void response.end());
    await using rig = await startRig([endpoint(earlier.url)]);
    await rig.owe(event);
    await rig.until(() => rig.ends.length === 1, 'the first attempt ended');
    await rig.configure([endpoint(later.url, { secrets: [new Secret(k2), new Secret(k1)] })]);
    await rig.clock.advance(7_000);
    await rig.until(() => later.requests.length === 1, 'the new receiver has it');

    const body = later.requests[0]?.body ?? Buffer.alloc(0);
    const headers = signedHeaders(later.requests[0]?.headers ?? {});
    for (const key of [k1, k2]) {
      expect(() => verifyByReference(key, body, headers, rig.clock.now() / 1_000)).not.toThrow();
    }
  });

  test('a new configuration does not wait for an attempt of the earlier one, which still ends', async () => {
    const answers: (() => void)[] = [];
    await using receiver = await startServer((_, response) => void answers.push(() => response.end()));
    await using rig = await startRig([endpoint(receiver.url)]);
    await rig.owe(event);
    await rig.until(() => answers.length === 1, 'the request arrived');
    let isConfigured = false;
    void rig.configure([endpoint(receiver.url)]).then(() => {
      isConfigured = true;
    });
    await rig.until(() => isConfigured, 'the new configuration is in force');
    answers[0]?.();
    await rig.until(async () => (await rig.deliveryTo('my-app')).state === 'done', 'it is done');
  });

  test('G21: what is owed to a removed one stays parked, and goes when it is back', async () => {
    await using receiver = await startServer((_, response) => void response.end());
    await using rig = await startRig([endpoint(receiver.url, { id: 'other' })]);
    await rig.owe(event, ['my-app']);
    await rig.clock.advance(60_000);
    expect(receiver.requests).toHaveLength(0);
    await rig.configure([endpoint(receiver.url)]);
    await rig.until(() => receiver.requests.length === 1, 'it arrived');
  });
});

describe('a stop', () => {
  test('lets a running attempt end', async () => {
    const answers: (() => void)[] = [];
    await using receiver = await startServer((_, response) => void answers.push(() => response.end()));
    await using rig = await startRig([endpoint(receiver.url)]);
    await rig.owe(event);
    await rig.until(() => answers.length === 1, 'the request arrived');
    const stopping = rig.stop(60_000);
    answers[0]?.();
    await stopping;
    expect(rig.ends).toMatchObject([{ attempt: { outcome: 'delivered' }, verdict: { kind: 'done' } }]);
  });

  test('cuts a running attempt off after the grace time; it is made again, same id, not counted', async () => {
    await using receiver = await startServer((_, response) => {
      if (receiver.requests.length > 1) response.end();
    });
    await using rig = await startRig([endpoint(receiver.url)]);
    await rig.owe(event);
    await rig.until(() => receiver.requests.length === 1, 'the request arrived');
    const stopping = rig.stop(1_000);
    await rig.clock.advance(1_000);
    await stopping;
    expect(rig.ends).toMatchObject([{ fault: { code: 'aborted' }, verdict: { kind: 'postpone' } }]);

    await rig.restart(rig.clock.now());
    await rig.until(() => receiver.requests.length === 2, 'it came again');
    expect(receiver.requests.map(({ headers }) => headers['feedhook-attempt'])).toEqual(['1', '1']);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
  });
});

describe('without endpoints', () => {
  test('each event is one line on standard output', async () => {
    await using rig = await startRig([]);
    await rig.owe(event, ['stdout']);
    await rig.until(() => rig.printed.length === 1, 'it is printed');
    expect(rig.printed).toEqual([`${event.body}\n`]);
    await rig.until(async () => (await rig.deliveryTo('stdout')).state === 'done', 'it is done');
  });

  test('a closed pipe is tried again later, and nothing is lost', async () => {
    await using rig = await startRig([]);
    await rig.stop();
    rig.output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) });
    await rig.start();
    await rig.owe(event, ['stdout']);
    await rig.until(() => rig.ends.length === 1, 'the attempt ended');
    expect(rig.ends[0]).toMatchObject({
      attempt: { outcome: 'unreachable', code: 'output-closed' },
      verdict: { kind: 'retry' },
    });
  });
});

test('no secret, path, query, header or answer reaches the log', async () => {
  await using elsewhere = await startServer(() => {});
  await using receiver = await startServer(({ path, headers }, response, { socket }) => {
    const location = `${elsewhere.url}${path}`;
    const status = Number(path.split('/')[1]);
    if (status === 0) socket.resetAndDestroy();
    else response.writeHead(status, { location }).end(`${path} ${headers.authorization}`);
  });
  const secretive = (status: number) =>
    endpoint(`${receiver.url}/${status}/T00-path-token?key=query-token`, {
      id: `answers-${status}`,
      headers: { Authorization: 'Bearer header-token' },
    });
  await using rig = await startRig([200, 301, 404, 410, 500, 0].map(secretive));
  await rig.owe(event);
  await rig.until(() => rig.ends.length === 6, 'all attempts ended');
  const log = JSON.stringify(rig.lines);
  expect(rig.linesOf('delivery')).toHaveLength(6);
  expect(rig.linesOf('endpoint-disabled')).toHaveLength(1);
  for (const secret of ['path-token', 'query-token', 'header-token', k1, k1.slice(6)]) {
    expect(log).not.toContain(secret);
  }
});

describe('faults of our own, before anything is sent', () => {
  const clock = new FakeClock();

  /** Drives one turn as a queue would; the port is the only thing that is not real. */
  async function turn(
    delivery: Delivery,
    readEvents: () => Promise<never>,
    ends: unknown[] = [],
  ): Promise<AttemptResult> {
    let attempt: Parameters<DeliveryQueue['start']>[0] | undefined;
    const queue: DeliveryQueue = {
      add: async () => {},
      configure: async () => {},
      start: (handed) => {
        attempt = handed;
      },
      stop: async () => {},
    };
    const guard = createGuard({ audience: 'webhooks', allow: [] });
    const deliverer = createDeliverer({
      queue,
      nextTick,
      store: { readEvents, addEvents: async () => {} },
      clock,
      log: silentLog,
      guard,
      userAgent: 'feedhook/test',
      observe: (end) => ends.push(end),
    });
    await deliverer.configure([endpoint('http://127.0.0.1:9/')]);
    deliverer.start();
    if (attempt === undefined) throw new Error('the loop was not started');
    try {
      const { signal } = new AbortController();
      return await attempt([delivery], { signal, isProbe: false, condition: {} });
    } finally {
      await deliverer.stop(0);
    }
  }

  test('a store that cannot be read puts the delivery off, as often as it takes, and costs no attempt', async () => {
    const ends: unknown[] = [];
    for (let n = 0; n < 5; n++) {
      const failing = () => Promise.reject(new StoreError('store-busy', 'busy'));
      expect(await turn(deliveryOf(event), failing, ends)).toEqual({
        verdict: { kind: 'postpone', at: clock.now() + 5_000 },
      });
    }
    expect(ends).toHaveLength(5);
    expect(ends[0]).toMatchObject({ fault: { code: 'store-busy' } });
  });

  test('an endpoint that a reload has just removed puts the delivery off', async () => {
    const ends: unknown[] = [];
    const stored = () => Promise.resolve([event] as never);
    const result = await turn(deliveryOf(event, { endpointId: 'removed' }), stored, ends);
    expect(result.verdict.kind).toBe('postpone');
    expect(ends).toMatchObject([{ fault: { code: 'endpoint-unknown' } }]);
  });

  test('a programming error is nobody’s outcome: it is thrown', async () => {
    await expect(turn(deliveryOf(event), () => Promise.reject(new TypeError('a bug')))).rejects.toThrow(
      'a bug',
    );
  });
});
