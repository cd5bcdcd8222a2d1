// The proxy of feeds.yaml: everything goes through it, the address rule holds all the same, and no proxy that only
// the environment names is ever asked.

import { spawn } from 'node:child_process';
import type { lookup as systemLookup } from 'node:dns';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeClock, until } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { answering, startRawOrigin } from '../support/raw-origin.ts';
import { type Authority, createAuthority, hasOpenssl, startTlsServer } from '../support/tls.ts';
import { feedClient, limits } from './clients.ts';
import { startConnectProxy } from './connect-proxy.ts';

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<rss>';

/** Answers every name with these addresses. */
function resolver(...addresses: string[]) {
  const names: string[] = [];
  const lookup = (name: string, _options: object, callback: (error: null, all: object[]) => void) => {
    names.push(name);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { names, lookup: lookup as unknown as typeof systemLookup };
}

describe('with a proxy', () => {
  test('a plain http feed goes through a tunnel too, and the proxy sees nothing of it', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startRawOrigin(answering(answer));
    const client = feedClient({ proxy: { url: proxy.url, resolves: 'here' } });
    expect((await client.fetch({ url: `${origin.url}/secret-path` })).kind).toBe('document');
    expect(proxy.asked.map(({ target }) => target)).toEqual([`127.0.0.1:${origin.port}`]);
    expect(proxy.others).toEqual([]);
    expect(Object.keys(proxy.asked[0]?.headers ?? {}).sort()).toEqual(['connection', 'host']);
    expect(origin.heads[0]).toMatch(
      new RegExp(`^GET /secret-path HTTP/1.1\r\nhost: 127.0.0.1:${origin.port}\r\n`),
    );
    expect(origin.heads[0]).not.toMatch(/proxy/i);
  });

  test('polls of one origin share a tunnel', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startServer((_seen, response) => void response.end('<rss/>'));
    const client = feedClient({ proxy: { url: proxy.url, resolves: 'here' } });
    for (let n = 0; n < 3; n++) expect((await client.fetch({ url: origin.url })).kind).toBe('document');
    expect(proxy.asked).toHaveLength(1);
  });

  test('here: the name is looked up here, and the proxy gets the address that was judged', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startRawOrigin(answering(answer));
    const { lookup, names } = resolver('127.0.0.7');
    const client = feedClient({ lookup, proxy: { url: proxy.url, resolves: 'here' } });
    expect((await client.fetch({ url: `http://a.example:${origin.port}/` })).kind).toBe('document');
    expect(names).toEqual(['a.example']);
    expect(proxy.asked.map(({ target }) => target)).toEqual([`127.0.0.7:${origin.port}`]);
    expect(origin.heads[0]).toContain(`host: a.example:${origin.port}`);
  });

  test('here: an IPv6 address stands in brackets', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startRawOrigin(answering(answer));
    const { lookup } = resolver('::1');
    const client = feedClient({ lookup, proxy: { url: proxy.url, resolves: 'here' } });
    expect((await client.fetch({ url: `http://a.example:${origin.port}/` })).kind).toBe('document');
    expect(proxy.asked.map(({ target }) => target)).toEqual([`[::1]:${origin.port}`]);
  });

  test('here: a name that leads inside is blocked-address, and the proxy is not asked', async () => {
    await using proxy = await startConnectProxy();
    const { lookup } = resolver('10.0.0.5', '169.254.169.254');
    const client = feedClient({ lookup, allow: [], proxy: { url: proxy.url, resolves: 'here' } });
    expect(await client.fetch({ url: 'http://rebind.example/' })).toMatchObject({
      code: 'blocked-address',
      message: expect.stringContaining('rebind.example is at 10.0.0.5'),
    });
    expect(proxy.asked).toEqual([]);
  });

  test('here: of several addresses an open one is taken', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startRawOrigin(answering(answer));
    const { lookup } = resolver('10.0.0.5', '127.0.0.1');
    const client = feedClient({ lookup, proxy: { url: proxy.url, resolves: 'here' } });
    expect((await client.fetch({ url: `http://a.example:${origin.port}/` })).kind).toBe('document');
  });

  test('here: a look-up that fails keeps its own code', async () => {
    await using proxy = await startConnectProxy();
    const lookup = ((_name: string, _options: object, callback: (error: Error) => void) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }))) as never;
    const client = feedClient({ lookup, proxy: { url: proxy.url, resolves: 'here' } });
    expect(await client.fetch({ url: 'http://a.example/' })).toMatchObject({ code: 'dns-not-found' });
  });

  test('proxy: a name goes out as it is, and is not looked up here', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startRawOrigin(answering(answer));
    const { lookup, names } = resolver('10.0.0.5');
    const client = feedClient({ lookup, allow: [], proxy: { url: proxy.url, resolves: 'proxy' } });
    expect((await client.fetch({ url: `http://a.example:${origin.port}/` })).kind).toBe('document');
    expect(names).toEqual([]);
    expect(proxy.asked.map(({ target }) => target)).toEqual([`a.example:${origin.port}`]);
  });

  test.each(['here', 'proxy'] as const)('%s: a literal is judged here', async (resolves) => {
    await using proxy = await startConnectProxy();
    const client = feedClient({ allow: [], proxy: { url: proxy.url, resolves } });
    for (const host of ['127.0.0.1', '169.254.169.254', '[::ffff:10.0.0.1]', '2130706433']) {
      expect(await client.fetch({ url: `http://${host}/` })).toMatchObject({ code: 'blocked-address' });
    }
    expect(proxy.asked).toEqual([]);
  });

  test('own servers stay out of reach, also through the proxy', async () => {
    await using proxy = await startConnectProxy();
    const { lookup } = resolver('127.0.0.1');
    const own = () => [{ host: '127.0.0.1', port: 9464 }];
    const client = feedClient({ lookup, own, proxy: { url: proxy.url, resolves: 'here' } });
    expect(await client.fetch({ url: 'http://a.example:9464/' })).toMatchObject({ code: 'blocked-address' });
    expect(proxy.asked).toEqual([]);
  });

  test('its address is the word of the operator and is not judged', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startRawOrigin(answering(answer));
    // Not even with nothing allowed, while the target is.
    const { lookup } = resolver('127.0.0.1');
    const client = feedClient({ lookup, allow: ['a.example'], proxy: { url: proxy.url, resolves: 'here' } });
    expect((await client.fetch({ url: `http://a.example:${origin.port}/` })).kind).toBe('document');
  });
});

describe('credentials of the proxy', () => {
  const secret = 'p%40ss%3Aword';
  const pair = Buffer.from('me:p@ss:word').toString('base64');

  test('go to the proxy as Basic, and to no origin', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startRawOrigin(answering(answer));
    const url = `http://me:${secret}@127.0.0.1:${proxy.port}`;
    const client = feedClient({ proxy: { url, resolves: 'here' } });
    expect((await client.fetch({ url: origin.url })).kind).toBe('document');
    expect(proxy.asked[0]?.headers['proxy-authorization']).toBe(`Basic ${pair}`);
    expect(origin.heads.join()).not.toContain(pair);
  });

  test('are in no message, whatever goes wrong', async () => {
    await using proxy = await startConnectProxy(() => 'HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n');
    for (const port of [proxy.port, 1]) {
      const url = `http://me:${secret}@127.0.0.1:${port}`;
      const fetched = await feedClient({ proxy: { url, resolves: 'proxy' } }).fetch({
        url: 'http://a.example/',
      });
      expect(fetched).toMatchObject({ code: 'proxy-failed' });
      for (const word of [secret, 'p@ss', pair]) expect(JSON.stringify(fetched)).not.toContain(word);
    }
  });

  test('a lone % in them is no escape', async () => {
    await using proxy = await startConnectProxy(() => 'HTTP/1.1 407 No\r\n\r\n');
    const url = `http://me:100%@127.0.0.1:${proxy.port}`;
    await feedClient({ proxy: { url, resolves: 'proxy' } }).fetch({ url: 'http://a.example/' });
    expect(proxy.asked[0]?.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:100%').toString('base64')}`,
    );
  });
});

describe('a proxy that opens no way is proxy-failed', () => {
  test.each([
    ['a refusal', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', 'it answered 403'],
    ['a wish for credentials', 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n', 'it answered 407'],
    ['an unreachable target', 'HTTP/1.1 502 Bad Gateway\r\n\r\n', 'it answered 502'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://a.example/\r\n\r\n', 'it answered 302'],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n', 'HPE_INVALID'],
    ['the end of the connection', '', 'ECONNRESET'],
    ['bytes that no origin was asked for', 'HTTP/1.1 200 OK\r\n\r\n220 ready\r\n', 'it said more than 200'],
    ['an endless header', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
  ])('after %s', async (_name, bytes, why) => {
    await using proxy = await startConnectProxy(() => bytes);
    const client = feedClient({ proxy: { url: proxy.url, resolves: 'proxy' } });
    expect(await client.fetch({ url: 'http://a.example/' })).toMatchObject({
      kind: 'failed',
      code: 'proxy-failed',
      message: expect.stringContaining(why),
      figures: { requests: 1 },
    });
    expect(proxy.asked).toHaveLength(1);
  });

  test('where nothing listens', async () => {
    const gone = await startConnectProxy();
    await gone[Symbol.asyncDispose]();
    const client = feedClient({ proxy: { url: gone.url, resolves: 'proxy' } });
    expect(await client.fetch({ url: 'http://a.example/' })).toMatchObject({
      code: 'proxy-failed',
      message: `the proxy 127.0.0.1:${gone.port} opened no way to a.example:80: ECONNREFUSED`,
    });
  });

  test('without an answer within the connect limit', async () => {
    await using proxy = await startConnectProxy(() => undefined);
    const client = feedClient({
      limits: { connectTimeoutMs: 50 },
      proxy: { url: proxy.url, resolves: 'proxy' },
    });
    expect(await client.fetch({ url: 'http://a.example/' })).toMatchObject({
      code: 'proxy-failed',
      message: expect.stringContaining('no answer within 50 ms'),
    });
  });

  test('and the total deadline and a close end the wait before that', async () => {
    await using proxy = await startConnectProxy(() => undefined);
    const clock = new FakeClock();
    const client = feedClient({ clock, proxy: { url: proxy.url, resolves: 'proxy' } });
    const late = client.fetch({ url: 'http://a.example/' });
    await until(() => proxy.asked.length === 1, 'the proxy is asked');
    await clock.advance(30_000);
    expect(await late).toMatchObject({ code: 'timeout' });
    const other = client.fetch({ url: 'http://b.example/' });
    await until(() => proxy.asked.length === 2, 'the proxy is asked again');
    await client.close();
    expect(await other).toMatchObject({ code: 'aborted' });
    expect(clock.timers).toBe(0);
  });
});

const withOpenssl = hasOpenssl ? describe : describe.skip;

withOpenssl(`TLS in a tunnel${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority();
  });
  afterAll(async () => {
    await authority?.[Symbol.asyncDispose]();
  });

  test.each(['here', 'proxy'] as const)(
    '%s: SNI, Host and certificate are those of the name',
    async (resolves) => {
      await using proxy = await startConnectProxy();
      await using server = await startTlsServer(authority.issue('a.example'), { body: '<rss/>' });
      const { lookup } = resolver('127.0.0.1');
      const client = feedClient({
        lookup,
        tlsFor: () => ({ ca: authority.cert }),
        proxy: { url: proxy.url, resolves },
      });
      expect((await client.fetch({ url: `https://a.example:${server.port}/feed` })).kind).toBe('document');
      expect(server.names).toEqual(['a.example']);
      expect(server.requests).toEqual([`a.example:${server.port}/feed`]);
      expect(await client.fetch({ url: `https://b.example:${server.port}/` })).toMatchObject({
        code: 'tls-wrong-host',
      });
      expect(proxy.others).toEqual([]);
    },
  );

  test('a certificate that nobody vouches for is refused as without a proxy', async () => {
    await using proxy = await startConnectProxy();
    await using server = await startTlsServer(authority.issue('a.example'));
    const client = feedClient({ proxy: { url: proxy.url, resolves: 'proxy' } });
    expect(await client.fetch({ url: `https://a.example:${server.port}/` })).toMatchObject({
      code: 'tls-unknown-ca',
    });
    expect(server.requests).toEqual([]);
  });

  test('a handshake that never ends is tls-timeout', async () => {
    await using proxy = await startConnectProxy();
    await using origin = await startRawOrigin(() => {});
    const client = feedClient({
      limits: { connectTimeoutMs: 50 },
      proxy: { url: proxy.url, resolves: 'proxy' },
    });
    expect(await client.fetch({ url: `https://a.example:${origin.port}/` })).toMatchObject({
      code: 'tls-timeout',
    });
    await origin.connections[0]?.closed;
  });
});

describe('D20: the environment', () => {
  test.each([
    ['without a proxy of feeds.yaml', undefined],
    ['beside one', 'own'],
  ])('%s, names no proxy', async (_name, own) => {
    await using canary = await startConnectProxy();
    await using proxy = await startConnectProxy();
    await using server = await startServer((_seen, response) => void response.end('<rss/>'));
    const options = own ? `proxy: { url: '${proxy.url}', resolves: 'here' },` : '';
    const script = `
      import { systemClock } from './src/clock.ts';
      import { createFeedClient } from './src/fetch/client.ts';
      import { createGuard } from './src/fetch/egress.ts';
      const guard = createGuard({ audience: 'feeds', allow: ['loopback'] });
      const client = createFeedClient({ ${options} clock: systemClock, limits: ${JSON.stringify(limits)}, guard, userAgent: 'test' });
      console.log((await client.fetch({ url: '${server.url}/' })).kind);
      await client.close();`;
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        ...process.env,
        ...Object.fromEntries(names.map((name) => [name, canary.url])),
        NO_PROXY: '',
        no_proxy: '',
        NODE_USE_ENV_PROXY: '1',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += String(chunk);
    });
    await once(child, 'close');
    expect(printed.trim()).toBe('document');
    expect([canary.asked, canary.others]).toEqual([[], []]);
    expect(proxy.asked).toHaveLength(own ? 1 : 0);
  });
});
