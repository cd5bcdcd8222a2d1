import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EndpointConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';
import { stdoutTarget, type Target, webhookTarget } from '../../src/deliver/target.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { deliveryOf, endpoint, k1, k2, k3, k3Public, storedEvent } from './records.ts';
import { signedHeaders, verifiesByPublicKey, verifyByReference } from './verifier.ts';

const guard = createGuard({ audience: 'webhooks', allow: [] });
const never = new AbortController().signal;
const clock = new FakeClock();
const unixNow = () => Math.floor(clock.now() / 1_000);

const targets: Target[] = [];
afterEach(async () => {
  await Promise.all(targets.splice(0).map((target) => target.close()));
});

function targetTo(url: string, over: Partial<EndpointConfig> = {}): Target {
  const target = webhookTarget(endpoint(url, over), { clock, guard, userAgent: 'feedhook/test' });
  targets.push(target);
  return target;
}

test('whatever the text: the bytes signed are the bytes stored, sent and received', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  const target = targetTo(receiver.url, { secrets: [k1, k2, k3].map((key) => new Secret(key)) });
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('\ud800 lone surrogate', '\u2028\u2029', '</script>', '🚀'.repeat(16_000), '', '\u0000'),
  );
  await fc.assert(
    fc.asyncProperty(text, async (title) => {
      const event = storedEvent({ body: JSON.stringify({ data: { entry: { title } } }) });
      await target.prepare(event, deliveryOf(event))(never);
      const request = receiver.requests.at(-1);
      const headers = signedHeaders(request?.headers ?? {});
      const body = request?.body ?? Buffer.alloc(0);
      expect(body.equals(Buffer.from(event.body, 'utf8'))).toBe(true);
      expect(() => verifyByReference(k1, body, headers, unixNow())).not.toThrow();
      expect(() => verifyByReference(k2, body, headers, unixNow())).not.toThrow();
      expect(verifiesByPublicKey(k3Public, body, headers)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('a repeat after 6 minutes carries a fresh timestamp; a captured first one is refused by then', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  const target = targetTo(receiver.url);
  const event = storedEvent();
  await target.prepare(event, deliveryOf(event))(never);
  await clock.advance(360_000);
  await target.prepare(event, deliveryOf(event, { attempts: 1 }))(never);
  const [captured, repeated] = receiver.requests.map(({ headers }) => signedHeaders(headers));
  const body = Buffer.from(event.body);
  expect(captured?.['webhook-id']).toBe(repeated?.['webhook-id']);
  expect(() => verifyByReference(k1, body, repeated ?? {}, unixNow())).not.toThrow();
  expect(() => verifyByReference(k1, body, captured ?? {}, unixNow())).toThrow('too old');
});

test('an endpoint without a secret is sent to unsigned', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  const event = storedEvent();
  await targetTo(receiver.url, { secrets: [] }).prepare(event, deliveryOf(event))(never);
  expect(receiver.requests[0]?.headers['webhook-signature']).toBeUndefined();
  expect(receiver.requests[0]?.headers['webhook-id']).toBe(event.id);
});

test('the digest of the target follows the URL, and nothing else', () => {
  const digestOf = (url: string, over: Partial<EndpointConfig> = {}) => targetTo(url, over).slots.target;
  expect(digestOf('http://a.example/1')).toBe(
    digestOf('http://a.example/1', { secrets: [], concurrency: 1 }),
  );
  expect(digestOf('http://a.example/1')).not.toBe(digestOf('http://a.example/2'));
  expect(digestOf('http://a.example/token')).not.toContain('token');
});

test('an event without a body cannot be prepared', () => {
  const event = storedEvent({ body: '' });
  expect(() => targetTo('http://a.example/').prepare(event, deliveryOf(event))).toThrow('has no body');
});

test('standard output takes one event at a time and has the standard schedule', async () => {
  const target = stdoutTarget(process.stdout);
  expect(target.slots).toMatchObject({ id: 'stdout', concurrency: 1 });
  expect(target.retryMs).toHaveLength(10);
  await target.close();
});
