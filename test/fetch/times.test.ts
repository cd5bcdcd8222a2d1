// Where the time of a request went: told by a clock that only the test's own origin and resolver move.

import type { lookup as systemLookup } from 'node:dns';
import { createSecureContext } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AnswerReader } from '../../src/fetch/answer-reader.ts';
import type { Unanswered } from '../../src/fetch/chain.ts';
import type { ConnectorOptions } from '../../src/fetch/connector.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { OriginClient } from '../../src/fetch/origin-client.ts';
import type { Answer } from '../../src/fetch/outcome.ts';
import { startServer } from '../support/http-server.ts';
import { startRawOrigin } from '../support/raw-origin.ts';
import { type Authority, createAuthority, hasOpenssl, startTlsServer } from '../support/tls.ts';
import { limits } from './clients.ts';

let time = 1_000;
const now = () => time;

const lookup = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) => {
  time += 5;
  callback(null, [{ address: '127.0.0.1', family: 4 }]);
}) as unknown as typeof systemLookup;

const open: OriginClient[] = [];
afterEach(async () => {
  for (const client of open.splice(0)) await client.destroy();
});

function clientTo(origin: string, options: Partial<ConnectorOptions> = {}): OriginClient {
  const guard = createGuard({ audience: 'feeds', allow: ['loopback'], lookup });
  const connect = guard.connector({ timeout: 5_000, now, ...options });
  const client = new OriginClient(origin, { connect, now });
  open.push(client);
  return client;
}

function get(client: OriginClient): Promise<Answer | Unanswered> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader({ limits, now, signal: new AbortController().signal }, resolve, reject);
    client.dispatch({ path: '/', method: 'GET' }, reader);
  });
}

describe('the times of a request', () => {
  test('tell connecting from waiting, and of a kept connection only the waiting', async () => {
    await using server = await startServer((_seen, response) => {
      time += 11;
      response.end('<rss/>');
    });
    const client = clientTo(`http://a.example:${server.port}`);
    const peer = `127.0.0.1:${server.port}`;
    expect((await get(client)).times).toEqual({
      connectMs: 5,
      headersMs: 16,
      totalMs: 16,
      peer,
      protocol: 'HTTP/1.1',
    });
    expect((await get(client)).times).toEqual({ headersMs: 11, totalMs: 11, peer, protocol: 'HTTP/1.1' });
  });

  test('of a request without an answer end with its failure', async () => {
    await using origin = await startRawOrigin(async (connection) => {
      await connection.request();
      time += 3;
      connection.reset();
    });
    const answer = await get(clientTo(`http://a.example:${origin.port}`));
    expect(answer).toMatchObject({ fault: { code: 'connect-reset' }, wasKept: false });
    expect(answer.times).toEqual({
      connectMs: 5,
      totalMs: 8,
      peer: `127.0.0.1:${origin.port}`,
      protocol: 'HTTP/1.1',
    });
  });

  test('of a request without a connection are the total alone', async () => {
    const origin = await startRawOrigin(() => {});
    await origin[Symbol.asyncDispose]();
    const answer = await get(clientTo(`http://a.example:${origin.port}`));
    expect(answer).toMatchObject({ fault: { code: 'connect-refused' }, wasKept: false });
    expect(answer.times).toEqual({ totalMs: 5 });
  });

  test('an IPv6 peer stands in brackets', async () => {
    await using server = await startServer((_seen, response) => void response.end(), '::1');
    expect((await get(clientTo(server.url))).times?.peer).toBe(`[::1]:${server.port}`);
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

    test('the handshake has a time of its own', async () => {
      const identity = authority.issue('a.example');
      const context = createSecureContext(identity);
      const tls = {
        SNICallback(_name: string, answer: (error: null, found: typeof context) => void) {
          time += 7;
          answer(null, context);
        },
      };
      await using server = await startTlsServer(identity, { body: '<rss/>', tls });
      const client = clientTo(`https://a.example:${server.port}`, { tlsFor: () => ({ ca: authority.cert }) });
      expect((await get(client)).times).toEqual({
        connectMs: 5,
        tlsMs: 7,
        headersMs: 12,
        totalMs: 12,
        peer: `127.0.0.1:${server.port}`,
        protocol: 'HTTP/1.1',
      });
      expect((await get(client)).times).toMatchObject({ totalMs: 0, protocol: 'HTTP/1.1' });
    });
  });
});
