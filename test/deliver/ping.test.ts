import { expect, test } from '@jest/globals';
import type { EndpointConfig } from '../../src/config/config.ts';
import { formats, traitsOf } from '../../src/config/formats.ts';
import { type PingResult, ping } from '../../src/deliver/ping.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { endpoint, k1 } from './records.ts';
import { signedHeaders, verifyByReference } from './verifier.ts';

const never = new AbortController().signal;
const clock = new FakeClock();
const guard = createGuard({ audience: 'webhooks', allow: [] });
const tools = { clock, guard, userAgent: 'feedhook/test' };

const pingTo = (url: string, over: Partial<EndpointConfig> = {}): Promise<PingResult> =>
  ping(endpoint(url, over), tools, never);

test('one signed test.ping is sent, and what came of it is told', async () => {
  await using receiver = await startServer((_, response) => void response.writeHead(202).end('thanks'));
  const result = await pingTo(`${receiver.url}/hook?token=s3cr3t`);
  const [request] = receiver.requests;
  const body = request?.body ?? Buffer.alloc(0);
  expect(result).toEqual({
    request: {
      id: expect.stringMatching(/^evt_[a-z2-7]{26}$/),
      method: 'POST',
      host: new URL(receiver.url).host,
      format: 'standard',
      bytes: body.length,
      isSigned: true,
    },
    answer: { status: 202, excerpt: 'thanks' },
    reading: { meaning: 'delivered' },
    phases: expect.objectContaining({ firstByteMs: 0 }),
    durationMs: 0,
  });
  expect(JSON.parse(body.toString())).toEqual({
    id: result.request.id,
    type: 'test.ping',
    timestamp: '2026-11-20T09:00:00Z',
    data: { message: expect.any(String) },
  });
  expect(request?.headers).toMatchObject({ 'feedhook-event': 'test.ping' });
  expect(request?.headers).not.toHaveProperty('feedhook-feed');
  const headers = signedHeaders(request?.headers ?? {});
  expect(() => verifyByReference(k1, body, headers, clock.now() / 1_000)).not.toThrow();
  expect(receiver.requests).toHaveLength(1);
});

test.each(formats)('%s: a test can be sent', async (format) => {
  await using receiver = await startServer((_, response) => void response.end('{"ok":true}'));
  const to = traitsOf[format].to === undefined ? {} : { to: 'somewhere' };
  const template = format === 'template' ? { template: { text: '{{message}}' } } : {};
  const { reading } = await pingTo(receiver.url, { format, ...to, ...template });
  expect(reading.meaning).toBe('delivered');
  expect(receiver.requests).toHaveLength(1);
});

test('a failure is told as it would be for an event, and nothing of the URL is', async () => {
  const gone = await startServer(() => {});
  await gone.close();
  const result = await pingTo(`${gone.url}/s3cr3t?token=s3cr3t`);
  expect(result).toMatchObject({ reading: { meaning: 'unreachable', code: 'connect-refused' }, phases: {} });
  expect(result).not.toHaveProperty('answer');
  expect(JSON.stringify(result)).not.toContain('s3cr3t');
});

test('with a handshake, consent is asked for first', async () => {
  await using receiver = await startServer(({ method }, response) => {
    if (method === 'OPTIONS') response.setHeader('WebHook-Allowed-Origin', 'feedhook');
    response.end();
  });
  const over = { format: 'cloudevents' as const, handshake: true };
  expect(await pingTo(`${receiver.url}/hook`, over)).toMatchObject({ reading: { meaning: 'delivered' } });
  expect(receiver.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'OPTIONS /hook',
    'POST /hook',
  ]);
  for (const { headers } of receiver.requests) expect(headers['webhook-request-origin']).toBe('feedhook');
  expect(receiver.requests[0]?.headers).not.toHaveProperty('webhook-signature');
});
