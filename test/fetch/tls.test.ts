// Group D of the fault matrix over TLS, and the stages of a connection that is to become secure.

import type { lookup as systemLookup } from 'node:dns';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeClock, until } from '../support/fake-clock.ts';
import { answering, startRawOrigin } from '../support/raw-origin.ts';
import {
  type Authority,
  createAuthority,
  hasOpenssl,
  type Identity,
  startTlsServer,
} from '../support/tls.ts';
import { feedClient } from './clients.ts';

const host = 'feeds.example';

/** Every name is at home. */
const lookup = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof systemLookup;

const withOpenssl = hasOpenssl ? describe : describe.skip;

withOpenssl(`certificates${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  let authority: Authority;
  let stranger: Authority;
  const trusted = getCACertificates('default');

  beforeAll(async () => {
    authority = await createAuthority();
    stranger = await createAuthority();
    setDefaultCACertificates([...trusted, authority.cert]);
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await authority?.[Symbol.asyncDispose]();
    await stranger?.[Symbol.asyncDispose]();
  });

  test('D23: a good one is checked against the name, which Host and SNI carry', async () => {
    await using server = await startTlsServer(authority.issue(host), { body: '<rss/>' });
    const fetched = await feedClient({ lookup }).fetch({ url: `https://${host}:${server.port}/feed` });
    expect(fetched).toMatchObject({ kind: 'document', figures: { wireBytes: 6 } });
    expect(server.names).toEqual([host]);
    expect(server.requests).toEqual([`${host}:${server.port}/feed`]);
  });

  test('polls of one origin share its secure connection', async () => {
    await using server = await startTlsServer(authority.issue(host), { body: '<rss/>' });
    const client = feedClient({ lookup });
    for (let n = 0; n < 3; n++) await client.fetch({ url: `https://${host}:${server.port}/` });
    expect(server.connections()).toBe(1);
  });

  test.each<[string, () => Identity]>([
    ['tls-expired', () => authority.issue(host, '20200101000000Z', '20210101000000Z')],
    ['tls-not-yet-valid', () => authority.issue(host, '20980101000000Z', '20990101000000Z')],
    ['tls-self-signed', () => authority.selfSigned(host)],
    ['tls-wrong-host', () => authority.issue('other.example')],
    ['tls-unknown-ca', () => stranger.issue(host)],
    ['tls-weak-key', () => authority.issueWeak(host)],
  ])('D22: %s, and nothing is sent', async (code, identity) => {
    await using server = await startTlsServer(identity(), { tls: { ciphers: 'DEFAULT@SECLEVEL=0' } });
    const fetched = await feedClient({ lookup }).fetch({ url: `https://${host}:${server.port}/feed` });
    expect(fetched).toMatchObject({ kind: 'failed', code });
    expect(server.requests).toEqual([]);
  });

  test('D15: a redirect from https to http is redirect-downgrade', async () => {
    const headers = { location: `http://${host}/feed` };
    await using server = await startTlsServer(authority.issue(host), { status: 301, headers });
    const fetched = await feedClient({ lookup }).fetch({ url: `https://${host}:${server.port}/` });
    expect(fetched).toMatchObject({ kind: 'failed', status: 301, code: 'redirect-downgrade' });
  });
});

describe('the handshake', () => {
  test('A18: that never begins is tls-timeout', async () => {
    await using origin = await startRawOrigin(() => {});
    const client = feedClient({ limits: { connectTimeoutMs: 50 } });
    const fetched = await client.fetch({ url: origin.url.replace('http', 'https') });
    expect(fetched).toMatchObject({ code: 'tls-timeout' });
    await origin.connections[0]?.closed;
  });

  test.each([
    ['an alert', '\x15\x03\x03\x00\x02\x02\x28'],
    ['plain HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['nothing, and the end of the connection', ''],
  ])('A18: that is answered by %s is tls-failed', async (_name, bytes) => {
    await using origin = await startRawOrigin(async (connection) => {
      await connection.write(bytes);
      connection.end();
    });
    const fetched = await feedClient().fetch({ url: origin.url.replace('http', 'https') });
    expect(fetched).toMatchObject({ kind: 'failed', code: 'tls-failed' });
  });

  test('that is reset is tls-failed', async () => {
    await using origin = await startRawOrigin((connection) => connection.reset());
    const fetched = await feedClient().fetch({ url: origin.url.replace('http', 'https') });
    expect(['tls-failed', 'connect-reset']).toContain(fetched.kind === 'failed' && fetched.code);
  });

  test('ends with the total deadline, and its connection with the client', async () => {
    const clock = new FakeClock();
    await using origin = await startRawOrigin(() => {});
    const client = feedClient({ clock });
    const fetched = client.fetch({ url: origin.url.replace('http', 'https') });
    await until(() => origin.connections.length === 1, 'the origin is asked');
    await clock.advance(30_000);
    expect(await fetched).toMatchObject({ code: 'timeout' });
    await client.close();
    await origin.connections[0]?.closed;
  });

  test('a plain origin is never spoken to in TLS, nor a secure one in plain', async () => {
    await using origin = await startRawOrigin(answering('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    expect((await feedClient().fetch({ url: origin.url })).kind).toBe('document');
    expect(origin.heads[0]).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
  });
});
