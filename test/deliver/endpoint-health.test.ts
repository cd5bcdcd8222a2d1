// Endpoints that fail, refuse, or ask for patience: real receivers, on the real queue.

import { describe, expect, jest, test } from '@jest/globals';
import { Secret } from '../../src/config/secret.ts';
import { StoreError } from '../../src/errors.ts';
import { type SeenRequest, startServer } from '../support/http-server.ts';
import { type DeliveryRig, startRig } from './delivery-rig.ts';
import { endpoint, eventOf, k1, k2 } from './records.ts';
import { signedHeaders, verifyByReference } from './verifier.ts';

const second = 1_000;
const minute = 60 * second;

const idOf = ({ headers }: SeenRequest) => headers['webhook-id'];
const idsOf = (requests: readonly SeenRequest[]) => requests.map(idOf);
const idOfEvent = (n: number) => eventOf(n).id;

async function statesOf(rig: DeliveryRig, endpointId: string): Promise<Record<string, number>> {
  const all = await rig.backend.deliveries.list({ endpointId }, 1_000);
  const states: Record<string, number> = {};
  for (const { state } of all) states[state] = (states[state] ?? 0) + 1;
  return states;
}

/** Five events to an endpoint that fails them all, one after the other: its circuit is open then. */
async function failing(rig: DeliveryRig): Promise<void> {
  for (let n = 1; n <= 5; n++) await rig.owe(eventOf(n), ['my-app']);
  await rig.until(() => rig.linesOf('endpoint-circuit-opened').length === 1, 'the circuit is open');
}

describe('an endpoint that is down', () => {
  test('is left alone, and the oldest event asks whether it is well; then everything goes', async () => {
    let status = 500;
    await using receiver = await startServer((_, response) => void response.writeHead(status).end());
    await using rig = await startRig([endpoint(receiver.url, { concurrency: 1 })]);
    await failing(rig);
    await rig.owe(eventOf(6));
    await rig.clock.advance(29 * second);
    expect(receiver.requests).toHaveLength(5);

    await rig.clock.advance(second);
    await rig.until(() => rig.ends.length === 6, 'it was probed');
    expect(idsOf(receiver.requests).at(-1)).toBe(idOfEvent(1));
    const [oldest] = await rig.backend.deliveries.list({ eventId: idOfEvent(1) }, 1);
    expect(oldest).toMatchObject({ state: 'pending', attempts: 1 });
    expect(rig.ends.at(-1)?.attempt).toMatchObject({ isProbe: true, status: 500, nextReason: 'probe' });

    status = 200;
    await rig.clock.advance(59 * second);
    expect(receiver.requests).toHaveLength(6);
    await rig.clock.advance(second);
    await rig.until(async () => (await statesOf(rig, 'my-app')).done === 6, 'all have arrived');
    expect(idsOf(receiver.requests)[6]).toBe(idOfEvent(1));
    expect(rig.linesOf('endpoint-circuit-closed')).toHaveLength(1);
    expect((await rig.conditionOf('my-app')).circuit).toBeUndefined();
  });

  test('is still left alone after a restart', async () => {
    await using receiver = await startServer((_, response) => void response.writeHead(500).end());
    await using rig = await startRig([endpoint(receiver.url, { concurrency: 1 })]);
    await failing(rig);
    await rig.until(async () => (await rig.conditionOf('my-app')).circuit !== undefined, 'it is recorded');
    await rig.restart(rig.clock.now() + 10 * second);
    await rig.owe(eventOf(6));
    await rig.clock.advance(19 * second);
    expect(receiver.requests).toHaveLength(5);
    await rig.clock.advance(second);
    await rig.until(() => receiver.requests.length === 6, 'it is probed when that was due');
  });

  test('slows no other', async () => {
    await using sick = await startServer((_, response) => void response.writeHead(503).end());
    await using receiver = await startServer((_, response) => void response.end());
    await using rig = await startRig([
      endpoint(sick.url, { id: 'sick' }),
      endpoint(receiver.url, { id: 'lively' }),
    ]);
    for (let n = 0; n < 60; n++) await rig.owe(eventOf(n));
    await rig.until(() => receiver.requests.length === 60, 'the lively one has them all');
    expect(sick.requests.length).toBeLessThan(10);
    expect(await rig.conditionOf('lively')).toEqual({ recent: [[rig.clock.now(), 25, 0]] });
  });

  test('that denies is asked once, and its events wait without losing an attempt', async () => {
    await using receiver = await startServer((_, response) => void response.writeHead(401).end());
    await using ops = await startServer((_, response) => void response.end());
    await using rig = await startRig([
      endpoint(receiver.url, { concurrency: 1 }),
      endpoint(ops.url, { id: 'ops', events: ['endpoint.warning'] }),
    ]);
    for (let n = 1; n <= 3; n++) await rig.owe(eventOf(n), ['my-app']);
    await rig.until(() => ops.requests.length === 1, 'the operator knows');
    expect(receiver.requests).toHaveLength(1);
    expect(await rig.backend.deliveries.list({ endpointId: 'my-app' }, 5)).toMatchObject(
      [0, 0, 0].map((attempts) => ({ state: 'pending', attempts })),
    );
    expect(JSON.parse(String(ops.requests[0]?.body)).data).toMatchObject({
      endpoint: 'my-app',
      reason: 'refused',
      code: 'http-401',
    });
  });
});

describe('alerts', () => {
  const alerts = ['endpoint.disabled', 'delivery.exhausted'] as const;

  test('G05: of an endpoint that is gone reach another one, signed by its own secret', async () => {
    await using gone = await startServer((_, response) => void response.writeHead(410).end());
    await using ops = await startServer((_, response) => void response.end());
    await using rig = await startRig([
      endpoint(gone.url, { events: ['entry.new', ...alerts] }),
      endpoint(ops.url, { id: 'ops', events: alerts, secrets: [new Secret(k2)] }),
    ]);
    await rig.owe(eventOf(1), ['my-app']);
    await rig.until(() => ops.requests.length === 1, 'the alert arrived');
    const [{ body, headers }] = ops.requests as [SeenRequest];
    expect(() => verifyByReference(k2, body, signedHeaders(headers), rig.clock.now() / second)).not.toThrow();
    expect(() => verifyByReference(k1, body, signedHeaders(headers), rig.clock.now() / second)).toThrow();
    expect(JSON.parse(String(body))).toMatchObject({
      id: headers['webhook-id'],
      type: 'endpoint.disabled',
      data: { endpoint: 'my-app', reason: 'http-410', since: '2026-11-20T09:00:00Z' },
    });
    expect(gone.requests).toHaveLength(1);
    expect(await statesOf(rig, 'my-app')).toEqual({ pending: 1 });
  });

  test('of a dead letter name the event; one that is a dead letter itself makes no other', async () => {
    await using receiver = await startServer((_, response) => void response.writeHead(500).end());
    await using rig = await startRig([
      endpoint(`${receiver.url}/one`, { retryMs: [0] }),
      endpoint(`${receiver.url}/ops`, { id: 'ops', events: alerts, retryMs: [0] }),
      endpoint(`${receiver.url}/more`, { id: 'more', events: alerts, retryMs: [0] }),
    ]);
    await rig.owe(eventOf(1), ['my-app']);
    await rig.until(() => rig.ends.length === 3, 'everybody was told in vain');
    await rig.clock.advance(minute);
    expect(receiver.requests.map(({ path }) => path).sort()).toEqual(['/more', '/one', '/ops']);
    expect(JSON.parse(String(receiver.requests[1]?.body))).toMatchObject({
      type: 'delivery.exhausted',
      data: {
        feed: { id: 'example-security' },
        endpoint: 'my-app',
        event_id: idOfEvent(1),
        attempts: 1,
        last_error: { code: 'http-500', message: 'the receiver answered 500' },
      },
    });
    expect(await rig.backend.deliveries.count({ state: 'dead' })).toBe(3);
  });

  test('of deliveries that were given up are owed like any other', async () => {
    await using ops = await startServer((_, response) => void response.end());
    await using rig = await startRig([
      endpoint('http://127.0.0.1:9/'),
      endpoint(ops.url, { id: 'ops', events: ['endpoint.warning'] }),
    ]);
    await rig.deliverer.alertGivenUp([{ endpointId: 'my-app', reason: 'overflow', count: 12 }]);
    await rig.until(() => ops.requests.length === 1, 'the alert arrived');
    expect(JSON.parse(String(ops.requests[0]?.body)).data).toEqual({
      endpoint: 'my-app',
      reason: 'overflow',
      since: '2026-11-20T09:00:00Z',
      given_up: 12,
    });
    expect(rig.linesOf('deliveries-given-up')).toMatchObject([
      { level: 'warn', fields: { endpoint: 'my-app', reason: 'overflow', count: 12 } },
    ]);
  });

  test('of deliveries that were given up are missing when the store fails, but the log has told of them', async () => {
    await using rig = await startRig([
      endpoint('http://127.0.0.1:9/'),
      endpoint('http://127.0.0.1:9/', { id: 'ops', events: ['endpoint.warning'] }),
    ]);
    const full = jest
      .spyOn(rig.backend.store, 'addEvents')
      .mockRejectedValue(new StoreError('store-full', 'full'));
    const givenUp = ['expired', 'overflow'] as const;
    const telling = rig.deliverer.alertGivenUp(
      givenUp.map((reason) => ({ endpointId: 'my-app', reason, count: 3 })),
    );
    await expect(telling).rejects.toThrow('full');
    full.mockRestore();
    expect(rig.linesOf('deliveries-given-up')).toMatchObject(
      givenUp.map((reason) => ({ level: 'warn', fields: { endpoint: 'my-app', reason, count: 3 } })),
    );
  });

  test('hold no secret, path or query of the endpoint', async () => {
    await using receiver = await startServer(({ path }, response) => {
      response.writeHead(path.startsWith('/T00') ? 401 : 200, { location: path }).end(path);
    });
    await using rig = await startRig([
      endpoint(`${receiver.url}/T00-path-token?key=query-token`, {
        headers: { Authorization: 'header-token' },
      }),
      endpoint(`${receiver.url}/ops`, { id: 'ops', events: ['endpoint.warning'] }),
    ]);
    await rig.owe(eventOf(1), ['my-app']);
    await rig.until(() => receiver.requests.length === 2, 'the alert arrived');
    const alert = String(receiver.requests[1]?.body);
    expect(alert).toContain('http-401');
    for (const secret of ['path-token', 'query-token', 'header-token', '/T00'])
      expect(alert).not.toContain(secret);
  });
});

describe('an event that is refused', () => {
  test('does not keep those behind it from going, and has its own schedule', async () => {
    await using receiver = await startServer((request, response) => {
      response.writeHead(idOf(request) === idOfEvent(1) ? 422 : 200).end();
    });
    await using rig = await startRig([endpoint(receiver.url, { ordering: 'feed', concurrency: 1 })]);
    for (let n = 1; n <= 4; n++) await rig.owe(eventOf(n));
    await rig.until(() => receiver.requests.length === 4, 'all were tried');
    expect(idsOf(receiver.requests)).toEqual([1, 2, 3, 4].map(idOfEvent));
    await rig.until(async () => (await statesOf(rig, 'my-app')).done === 3, 'the others are done');
    const [refused] = await rig.backend.deliveries.list({ eventId: idOfEvent(1) }, 1);
    expect(refused).toMatchObject({ state: 'pending', place: 'aside', attempts: 1 });
    await rig.clock.advance(7 * second);
    await rig.until(() => receiver.requests.length === 5, 'it is tried again');
    expect(idOf(receiver.requests[4] as SeenRequest)).toBe(idOfEvent(1));
  });

  test('is nobody’s fault but the endpoint’s when three in a row are, and the next probes are other events', async () => {
    let isBroken = true;
    await using receiver = await startServer((request, response) => {
      const isRefused = isBroken || idOf(request) === idOfEvent(1);
      response.writeHead(isRefused ? 400 : 200).end();
    });
    await using rig = await startRig([endpoint(receiver.url, { concurrency: 1 })]);
    for (let n = 1; n <= 6; n++) await rig.owe(eventOf(n));
    await rig.until(() => rig.linesOf('endpoint-circuit-opened').length === 1, 'the circuit is open');
    expect(receiver.requests).toHaveLength(3);
    expect(rig.linesOf('endpoint-warning')).toMatchObject([
      { fields: { reason: 'poison', code: 'http-400' } },
    ]);

    await rig.clock.advance(30 * second);
    await rig.until(() => rig.ends.length === 4, 'it was probed');
    isBroken = false;
    await rig.clock.advance(minute);
    await rig.until(
      async () => (await statesOf(rig, 'my-app')).done === 5,
      'those that were not refused have arrived',
    );
    expect(idsOf(receiver.requests).slice(3, 5)).toEqual([1, 2].map(idOfEvent));
    expect(rig.ends[2]?.attempt).toMatchObject({ nextReason: 'circuit' });
  });

  test('together with others on their way, says of each what it waits for', async () => {
    const answers: (() => void)[] = [];
    await using receiver = await startServer((_, response) => {
      answers.push(() => response.writeHead(400).end());
      if (answers.length === 4) for (const answer of answers) answer();
    });
    await using rig = await startRig([endpoint(receiver.url, { concurrency: 4 })]);
    for (let n = 1; n <= 4; n++) await rig.owe(eventOf(n));
    await rig.until(() => rig.ends.length === 4, 'all were refused');
    const waiting = await rig.backend.deliveries.list({ state: 'pending' }, 5);
    const reasons = await Promise.all(
      waiting.map(async (each) => [each.attempts, (await rig.attemptsOf(each))[0]?.nextReason]),
    );
    expect(reasons.sort()).toEqual([
      [0, 'circuit'],
      [0, 'circuit'],
      [1, 'schedule'],
      [1, 'schedule'],
    ]);
  });

  test('on its way with others is told of and counted as it was recorded, not as it looked before', async () => {
    const answers: (() => void)[] = [];
    await using receiver = await startServer((_, response) => {
      answers.push(() => response.writeHead(400).end());
      if (answers.length === 4) for (const answer of answers) answer();
    });
    await using rig = await startRig([endpoint(receiver.url, { concurrency: 4, retryMs: [0] })]);
    for (let n = 1; n <= 4; n++) await rig.owe(eventOf(n));
    await rig.until(() => rig.ends.length === 4, 'all were refused');
    expect(await statesOf(rig, 'my-app')).toEqual({ dead: 2, pending: 2 });
    expect(rig.ends.map(({ verdict }) => verdict.kind).sort()).toEqual([
      'dead',
      'dead',
      'postpone',
      'postpone',
    ]);
    const told = rig
      .linesOf('delivery')
      .map(({ level, fields }) => [level, fields.verdict, fields.nextReason]);
    expect(told.sort()).toEqual([
      ['info', 'postpone', 'circuit'],
      ['info', 'postpone', 'circuit'],
      ['warn', 'dead', undefined],
      ['warn', 'dead', undefined],
    ]);
  });

  test('by a chat is sent once more in its plainest form, under the same id', async () => {
    await using receiver = await startServer((_, response) => {
      response.writeHead(receiver.requests.length === 1 ? 400 : 200).end('ok');
    });
    await using rig = await startRig([
      endpoint(receiver.url, { format: 'mattermost', ordering: 'feed', secrets: [] }),
    ]);
    await rig.owe(eventOf(1));
    await rig.until(async () => (await rig.deliveryTo('my-app')).state === 'done', 'it is done');
    const [usual, plain] = receiver.requests.map(({ body }) => String(body));
    expect(plain).not.toBe(usual);
    expect(await rig.deliveryTo('my-app')).toMatchObject({ attempts: 2, isFallback: true });
  });

  test('by a chat in its plainest form too is a dead letter', async () => {
    await using receiver = await startServer((request, response) => {
      response.writeHead(String(request.body).includes('1') ? 400 : 200).end('ok');
    });
    await using rig = await startRig([
      endpoint(receiver.url, { format: 'mattermost', ordering: 'feed', secrets: [] }),
    ]);
    for (const n of [1, 2]) await rig.owe(eventOf(n));
    await rig.until(async () => (await statesOf(rig, 'my-app')).done === 1, 'the other is done');
    expect(await rig.backend.deliveries.list({ state: 'dead' }, 5)).toMatchObject([
      { eventId: idOfEvent(1), reason: 'poison', attempts: 2 },
    ]);
  });

  test('together with others is found by sending each alone', async () => {
    await using receiver = await startServer((request, response) => {
      response.writeHead(String(request.body).includes('Entry *2*') ? 400 : 200).end();
    });
    const batch = { count: 3, withinMs: 0 };
    await using rig = await startRig([endpoint(receiver.url, { format: 'jsonfeed', batch, concurrency: 1 })]);
    await rig.stop();
    await rig.start();
    await rig.backend.store.addEvents([1, 2, 3].map((n) => eventOf(n)));
    await rig.backend.deliveries.add(
      [1, 2, 3].map((n) => ({ eventId: idOfEvent(n), endpointId: 'my-app', feedId: 'example-security' })),
    );
    await rig.until(async () => (await statesOf(rig, 'my-app')).done === 2, 'the others are done');
    expect(idOf(receiver.requests[0] as SeenRequest)).toMatch(/^bat_/);
    expect(idsOf(receiver.requests).slice(1, 4).sort()).toEqual([1, 2, 3].map(idOfEvent));
    const [refused] = await rig.backend.deliveries.list({ state: 'pending' }, 5);
    expect(refused).toMatchObject({ eventId: idOfEvent(2), place: 'aside', attempts: 1 });
  });
});

describe('an endpoint that it is too much for', () => {
  test('a Retry-After holds for all its events', async () => {
    await using receiver = await startServer((_, response) => {
      const isFirst = receiver.requests.length === 1;
      response.writeHead(isFirst ? 429 : 200, isFirst ? { 'retry-after': '60' } : {}).end();
    });
    await using rig = await startRig([endpoint(receiver.url, { concurrency: 1 })]);
    for (let n = 1; n <= 3; n++) await rig.owe(eventOf(n));
    await rig.until(() => rig.linesOf('endpoint-slowed').length === 1, 'it is slowed');
    await rig.clock.advance(59 * second);
    expect(receiver.requests).toHaveLength(1);
    await rig.clock.advance(second);
    await rig.until(() => receiver.requests.length === 2, 'the next one goes');
    await rig.clock.advance(10 * second);
    await rig.until(async () => (await statesOf(rig, 'my-app')).done === 3, 'all have arrived');
    expect(await rig.conditionOf('my-app')).toMatchObject({ pace: { gapMs: 100 } });
  });

  test('a limit that is used up is waited for, though all went well', async () => {
    await using receiver = await startServer((_, response) => {
      response.writeHead(204, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '2' }).end();
    });
    await using rig = await startRig([endpoint(receiver.url, { concurrency: 1 })]);
    for (let n = 1; n <= 2; n++) await rig.owe(eventOf(n));
    await rig.until(async () => (await statesOf(rig, 'my-app')).done === 1, 'the first is done');
    await rig.clock.advance(1_999);
    expect(receiver.requests).toHaveLength(1);
    await rig.clock.advance(1);
    await rig.until(() => receiver.requests.length === 2, 'the second goes');
  });
});

test('G27: two attempts at once, the first with a receiver that is slow, have one id and one body, and are both logged', async () => {
  const answers: (() => void)[] = [];
  await using receiver = await startServer((_, response) => {
    answers.push(() => response.end());
    if (answers.length === 2) for (const answer of answers) answer();
  });
  await using rig = await startRig([endpoint(receiver.url)]);
  await rig.owe(eventOf(1));
  await rig.until(() => answers.length === 1, 'the receiver works on the first');
  await rig.clock.advance(15 * second);
  await rig.until(() => rig.ends.length === 1, 'it was given up on');
  await rig.clock.advance(7 * second);
  await rig.until(async () => (await rig.deliveryTo('my-app')).state === 'done', 'it is done');

  const [first, again] = receiver.requests as [SeenRequest, SeenRequest];
  expect(receiver.requests).toHaveLength(2);
  expect(idOf(again)).toBe(idOf(first));
  expect(again.body.equals(first.body)).toBe(true);
  expect(await rig.attemptsOf(await rig.deliveryTo('my-app'))).toMatchObject([
    { number: 1, outcome: 'unreachable', code: 'timeout' },
    { number: 2, outcome: 'delivered', status: 200 },
  ]);
});
