import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';
import { stdoutTarget, type Target, webhookTarget } from '../../src/deliver/target.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { answering, startRawOrigin } from '../support/raw-origin.ts';
import { deliveryOf, endpoint, k1, k2, storedEvent } from './records.ts';
import { signedHeaders, verifyByReference } from './verifier.ts';

const guard = createGuard({ audience: 'webhooks', allow: [] });
const never = new AbortController().signal;
const clock = new FakeClock();
const unixNow = () => Math.floor(clock.now() / 1_000);

const nextTick = (): number => {
  throw new Error('no endpoint here has a schedule');
};

const targets: Target[] = [];
afterEach(async () => {
  await Promise.all(targets.splice(0).map((target) => target.close()));
});

function targetTo(url: string, over: Partial<EndpointConfig> = {}): Target {
  const target = webhookTarget(endpoint(url, over), { clock, guard, userAgent: 'feedhook/test', nextTick });
  targets.push(target);
  return target;
}

const send = (target: Target, event: StoredEvent, over: Partial<Delivery> = {}) =>
  target.prepare([event], [deliveryOf(event, over)], {}).send(never);

test('an endpoint without a secret is sent to unsigned', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  const event = storedEvent();
  await send(targetTo(receiver.url, { secrets: [] }), event);
  expect(receiver.requests[0]?.headers['webhook-signature']).toBeUndefined();
  expect(receiver.requests[0]?.headers['webhook-id']).toBe(event.id);
});

describe('the digest of the target', () => {
  const digestOf = (url: string, over: Partial<EndpointConfig> = {}) => targetTo(url, over).plan.target;
  const usual = () => digestOf('http://a.example/1');

  test('stays the same while what is sent, whereto and how does', () => {
    const schedule = { concurrency: 1, retryMs: [0], maxKept: 1, ordering: 'feed', events: [] } as const;
    expect(digestOf('http://a.example/1', schedule)).toBe(usual());
    expect(usual()).toMatch(/^[0-9a-f]{64} [0-9a-f]{4}$/);
  });

  test.each<[string, Partial<EndpointConfig>]>([
    ['the URL', { url: 'http://a.example/2' }],
    ['the chat', { to: 'b' }],
    ['the secret', { secrets: [new Secret(k2)] }],
    ['a secret more', { secrets: [new Secret(k1), new Secret(k2)] }],
    ['another signature', { lookAlikes: [{ scheme: 'github', secret: new Secret('text') }] }],
    ['the password', { auth: { kind: 'basic', user: 'me', password: new Secret('pass') } }],
    ['a token in a header', { headers: { 'x-token': 'abc' } }],
    ['a certificate', { tls: { cert: 'pem', key: new Secret('pem') } }],
    ['the format', { format: 'mattermost' }],
  ])('follows %s', (_, over) => {
    expect(digestOf('http://a.example/1', over)).not.toBe(usual());
  });
});

test('an event without a body cannot be prepared', () => {
  const event = storedEvent({ body: '' });
  const target = targetTo('http://a.example/');
  expect(() => target.prepare([event], [deliveryOf(event)], {})).toThrow('is not its JSON');
});

test('a batch is one request with an id of its own', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  const entry = (key: string) => ({
    id: key,
    title: key,
    _feedhook: { key, first_seen: '2026-11-20T09:00:00Z' },
  });
  const events = ['evt_a', 'evt_b'].map((id) =>
    storedEvent({
      id,
      body: JSON.stringify({
        id,
        type: 'entry.new',
        timestamp: '2026-11-20T09:00:00Z',
        data: { entry: entry(id) },
      }),
    }),
  ) as [StoredEvent, StoredEvent];
  const target = targetTo(receiver.url, { format: 'jsonfeed', maxBytes: 262_144 });
  const deliveries = events.map((event) => deliveryOf(event)) as [Delivery, Delivery];
  await target.prepare(events, deliveries, {}).send(never);
  await target.prepare(events, deliveries, {}).send(never);
  const [first, second] = receiver.requests;
  expect(first?.headers['webhook-id']).toMatch(/^bat_[a-z2-7]{26}$/);
  expect(first?.headers['feedhook-batch']).toBe('2');
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  const headers = signedHeaders(first?.headers ?? {});
  expect(() => verifyByReference(k1, first?.body ?? Buffer.alloc(0), headers, unixNow())).not.toThrow();
});

test('what is known without a request', () => {
  const target = targetTo('https://hooks.example:8443/s3cr3t', { format: 'slack' });
  expect(target).toMatchObject({ format: 'slack', isChat: true, host: 'hooks.example:8443' });
  expect(JSON.stringify(target)).not.toContain('s3cr3t');
});

test('where a handshake is wanted, nothing is sent before there is consent', async () => {
  await using receiver = await startServer((_, response) => void response.writeHead(405).end());
  const event = storedEvent();
  const sent = await send(targetTo(receiver.url, { handshake: true }), event);
  expect(sent).toMatchObject({ kind: 'unanswered', code: 'handshake-refused' });
  expect(receiver.requests.map(({ method }) => method)).toEqual(['OPTIONS']);
});

test.each([
  ['telegram', { to: '1' }, 'truncated'],
  ['teams', {}, 'truncated'],
  ['slack', {}, undefined],
] as const)('%s: a 200 whose body is cut off', async (format, over, code) => {
  await using origin = await startRawOrigin(answering('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'));
  const id = 'evt_ping';
  const ping = JSON.stringify({
    id,
    type: 'test.ping',
    timestamp: '2026-11-20T09:00:00Z',
    data: { message: 'm' },
  });
  const target = targetTo(origin.url, { format, ...over });
  const sent = await send(target, storedEvent({ id, type: 'test.ping', feedId: '', body: ping }));
  if (code === undefined) expect(sent).toMatchObject({ kind: 'answered', status: 200 });
  else expect(sent).toMatchObject({ kind: 'unanswered', code });
});

test('what an answer repeats of the URL and the credentials is not kept', async () => {
  await using receiver = await startServer(({ path, headers }, response) => {
    response.writeHead(404).end(`Cannot POST ${path} with ${headers.authorization}`);
  });
  const auth = { kind: 'bearer', token: new Secret('t0kent0ken') } as const;
  const sent = await send(
    targetTo(`${receiver.url}/hooks/s3cr3tS3cr3t?key=k3yk3yk3y`, { auth }),
    storedEvent(),
  );
  expect(sent).toMatchObject({ status: 404, excerpt: expect.stringMatching(/^Cannot POST .*\*{3}/) });
  const { excerpt } = sent as { excerpt?: string };
  expect(excerpt).not.toMatch(/s3cr3t|k3y|t0ken/i);
});

test('standard output takes one event at a time and has the standard schedule', async () => {
  const target = stdoutTarget(process.stdout);
  expect(target.plan).toMatchObject({ id: 'stdout', concurrency: 1, ordering: 'none' });
  expect(target.retryMs).toHaveLength(10);
  await target.close();
});
