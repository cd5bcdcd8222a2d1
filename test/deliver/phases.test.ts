// Where the time of an attempt went: told by a clock that only the test's own receiver and resolver move.

import type { lookup as systemLookup } from 'node:dns';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Clock } from '../../src/clock.ts';
import { systemClock } from '../../src/clock.ts';
import { createSender, type Sender, type SenderOptions } from '../../src/deliver/send.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { startServer } from '../support/http-server.ts';
import { startRawOrigin } from '../support/raw-origin.ts';
import { type Authority, createAuthority, hasOpenssl, startTlsServer } from '../support/tls.ts';

let time = 1_000;
const clock: Clock = { ...systemClock, now: () => time };

const lookup = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) => {
  time += 5;
  callback(null, [{ address: '127.0.0.1', family: 4 }]);
}) as unknown as typeof systemLookup;

const guard = createGuard({ audience: 'webhooks', allow: [], lookup });
const senders: Sender[] = [];
afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.close()));
});

function senderTo(url: string, over: Partial<SenderOptions> = {}): Sender {
  const limits = { concurrency: 1, connectTimeoutMs: 5_000, timeoutMs: 15_000 };
  const sender = createSender({ url, guard, clock, ...limits, ...over });
  senders.push(sender);
  return sender;
}

const request = { method: 'POST', path: '/', headers: [], body: Buffer.from('{}') } as const;
const post = (sender: Sender) => sender.send({ ...request, headers: [] }, new AbortController().signal);

const connectingMs = ({ dnsMs = 0, connectMs = 0 }) => dnsMs + connectMs;

describe('the phases of an attempt', () => {
  test('tell looking up from connecting; a literal is not looked up', async () => {
    await using receiver = await startServer((_seen, response) => void response.end());
    const { phases } = await post(senderTo(`http://a.example:${receiver.port}`));
    expect(phases).toEqual({ dnsMs: 5, connectMs: 0, firstByteMs: 0 });
    expect((await post(senderTo(receiver.url))).phases).toEqual({ connectMs: 0, firstByteMs: 0 });
  });

  test('tell connecting from waiting, and of a kept connection only the waiting', async () => {
    await using receiver = await startServer((_seen, response) => {
      time += 11;
      response.end();
    });
    const sender = senderTo(`http://a.example:${receiver.port}`);
    const { phases } = await post(sender);
    expect(connectingMs(phases)).toBe(5);
    expect(phases.firstByteMs).toBe(11);
    expect((await post(sender)).phases).toEqual({ firstByteMs: 11 });
  });

  test('a connection that is made anew is told again', async () => {
    await using receiver = await startServer((_seen, response) => {
      response.setHeader('connection', 'close').end();
    });
    const sender = senderTo(`http://a.example:${receiver.port}`);
    for (let turn = 0; turn < 3; turn++) expect(connectingMs((await post(sender)).phases)).toBe(5);
  });

  test('of several at a time, each has those of its own connection', async () => {
    await using receiver = await startServer((_seen, response) => void response.end());
    const sender = senderTo(`http://a.example:${receiver.port}`, { concurrency: 3 });
    const sent = await Promise.all([post(sender), post(sender), post(sender)]);
    for (const { phases } of sent) expect(phases.connectMs).toBeDefined();
  });

  test('end where the attempt ended: a reset has no first byte', async () => {
    await using origin = await startRawOrigin(async (connection) => {
      await connection.request();
      connection.reset();
    });
    const sent = await post(senderTo(`http://a.example:${origin.port}`));
    expect(sent).toMatchObject({ kind: 'unanswered', code: 'connect-reset' });
    expect(connectingMs(sent.phases)).toBe(5);
    expect(sent.phases).not.toHaveProperty('firstByteMs');
  });

  test('without a connection there are none', async () => {
    const gone = await startServer(() => {});
    await gone.close();
    expect((await post(senderTo(gone.url))).phases).toEqual({});
  });

  test('are not negative when the clock is set back', async () => {
    await using receiver = await startServer((_seen, response) => {
      time -= 500;
      response.end();
    });
    expect((await post(senderTo(receiver.url))).phases.firstByteMs).toBe(0);
  });
});

const withOpenssl = hasOpenssl ? describe : describe.skip;

withOpenssl(`over TLS${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority();
  });
  afterAll(async () => {
    await authority?.[Symbol.asyncDispose]();
  });

  test('the handshake is a phase of its own, and a kept connection has none', async () => {
    await using receiver = await startTlsServer(authority.issue('a.example'));
    const sender = senderTo(`https://a.example:${receiver.port}`, { tls: { ca: authority.cert } });
    expect((await post(sender)).phases).toMatchObject({ tlsMs: 0, firstByteMs: 0 });
    expect((await post(sender)).phases).toEqual({ firstByteMs: 0 });
  });
});
