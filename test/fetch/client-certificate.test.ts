// TLS by explicit configuration: authorities of one's own and client certificates, each for its origin alone; and
// nothing, configured or in the environment, that switches the verification off.

import { spawn } from 'node:child_process';
import type { lookup as systemLookup } from 'node:dns';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../support/temporary.ts';
import { type Authority, createAuthority, hasOpenssl, startTlsServer } from '../support/tls.ts';
import { feedClient, limits } from './clients.ts';

const host = 'feeds.example';

/** Every name is at home. */
const lookup = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof systemLookup;

const withOpenssl = hasOpenssl ? describe : describe.skip;

withOpenssl(`TLS by configuration${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  let authority: Authority;
  let stranger: Authority;

  beforeAll(async () => {
    authority = await createAuthority();
    stranger = await createAuthority();
  });
  afterAll(async () => {
    await authority?.[Symbol.asyncDispose]();
    await stranger?.[Symbol.asyncDispose]();
  });

  const fetchFrom = (port: number, settings: { ca?: string; cert?: string; key?: string }, name = host) =>
    feedClient({ lookup, tlsFor: () => settings }).fetch({ url: `https://${name}:${port}/feed` });

  test('ca: an authority of an origin is trusted', async () => {
    await using server = await startTlsServer(authority.issue(host), { body: '<rss/>' });
    expect((await fetchFrom(server.port, { ca: authority.cert })).kind).toBe('document');
    expect(await fetchFrom(server.port, {})).toMatchObject({ code: 'tls-unknown-ca' });
    expect(await fetchFrom(server.port, { ca: stranger.cert })).toMatchObject({ code: 'tls-unknown-ca' });
  });

  test('ca: one text may hold several, and a self-signed certificate may vouch for itself', async () => {
    const lonely = stranger.selfSigned(host);
    await using first = await startTlsServer(authority.issue(host), { body: '<rss/>' });
    await using second = await startTlsServer(lonely, { body: '<rss/>' });
    const ca = authority.cert + lonely.cert;
    expect((await fetchFrom(first.port, { ca })).kind).toBe('document');
    expect((await fetchFrom(second.port, { ca })).kind).toBe('document');
  });

  test.each([
    ['tls-expired', () => authority.issue(host, '20200101000000Z', '20210101000000Z')],
    ['tls-wrong-host', () => authority.issue('other.example')],
    ['tls-weak-key', () => authority.issueWeak(host)],
  ])('ca: trusting an authority excuses nothing else: %s', async (code, identity) => {
    await using server = await startTlsServer(identity(), { tls: { ciphers: 'DEFAULT@SECLEVEL=0' } });
    expect(await fetchFrom(server.port, { ca: authority.cert })).toMatchObject({ code });
    expect(server.requests).toEqual([]);
  });

  test('ca: what one origin trusts, another does not', async () => {
    await using first = await startTlsServer(authority.issue('a.example'), { body: '<rss/>' });
    await using second = await startTlsServer(authority.issue('b.example'), { body: '<rss/>' });
    const asked: string[] = [];
    const client = feedClient({
      lookup,
      tlsFor(origin) {
        asked.push(origin);
        return origin.startsWith('https://a.example') ? { ca: authority.cert } : undefined;
      },
    });
    expect((await client.fetch({ url: `https://a.example:${first.port}/` })).kind).toBe('document');
    expect(await client.fetch({ url: `https://b.example:${second.port}/` })).toMatchObject({
      code: 'tls-unknown-ca',
    });
    expect(asked).toEqual([`https://a.example:${first.port}`, `https://b.example:${second.port}`]);
  });

  test('a client certificate is shown to the origin that it is configured for', async () => {
    const tls = { requestCert: true, ca: authority.cert };
    await using server = await startTlsServer(authority.issue(host), { body: '<rss/>', tls });
    const { cert, key } = authority.issue('me');
    const ca = authority.cert;
    expect((await fetchFrom(server.port, { ca, cert, key })).kind).toBe('document');
  });

  test.each([
    ['none', () => ({})],
    ['one of a strange authority', () => stranger.issue('me')],
  ])(
    'an origin that wants a client certificate and gets %s is tls-failed, asked once',
    async (_name, own) => {
      const tls = { requestCert: true, rejectUnauthorized: true, ca: authority.cert };
      await using server = await startTlsServer(authority.issue(host), { tls });
      const fetched = await fetchFrom(server.port, { ca: authority.cert, ...own() });
      // RFC 8446 §4.4.2.4: the refusal may come after the client's handshake, with the first answer.
      expect(['tls-failed', 'connect-reset']).toContain(fetched.kind === 'failed' && fetched.code);
      expect(fetched.figures.requests).toBe(1);
      expect(server.requests).toEqual([]);
    },
  );

  test('a key that is no key is tls-failed, and shows nothing of itself', async () => {
    await using server = await startTlsServer(authority.issue(host));
    const { cert } = authority.issue('me');
    const fetched = await fetchFrom(server.port, { cert, key: 'not a key but a secret' });
    expect(fetched).toMatchObject({ kind: 'failed', code: 'tls-failed' });
    expect(JSON.stringify(fetched)).not.toContain('a secret');
  });

  describe('the environment', () => {
    async function kindIn(env: Record<string, string>, port: number): Promise<string> {
      const script = `
        import { systemClock } from './src/clock.ts';
        import { createFeedClient } from './src/fetch/client.ts';
        import { createGuard } from './src/fetch/egress.ts';
        const lookup = (name, options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
        const guard = createGuard({ audience: 'feeds', allow: ['loopback'], lookup });
        const client = createFeedClient({ clock: systemClock, limits: ${JSON.stringify(limits)}, guard, userAgent: 'test' });
        const fetched = await client.fetch({ url: 'https://${host}:${port}/' });
        console.log(fetched.code ?? fetched.kind);
        await client.close();`;
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
        cwd: join(import.meta.dirname, '../..'),
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let printed = '';
      child.stdout.on('data', (chunk) => {
        printed += String(chunk);
      });
      await once(child, 'close');
      return printed.trim();
    }

    test('NODE_TLS_REJECT_UNAUTHORIZED=0 switches nothing off', async () => {
      await using server = await startTlsServer(authority.issue(host), { body: '<rss/>' });
      expect(await kindIn({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, server.port)).toBe('tls-unknown-ca');
      expect(server.requests).toEqual([]);
    });

    test('NODE_EXTRA_CA_CERTS adds an authority', async () => {
      await using folder = await temporaryFolder();
      writeFileSync(folder.file('ca.pem'), authority.cert);
      await using server = await startTlsServer(authority.issue(host), { body: '<rss/>' });
      expect(await kindIn({ NODE_EXTRA_CA_CERTS: folder.file('ca.pem') }, server.port)).toBe('document');
    });
  });
});
