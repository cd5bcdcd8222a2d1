import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { FetchedFeed } from '../../src/model/poll.ts';
import { FakeClock, settle, until } from '../support/fake-clock.ts';
import { type Answer, startServer } from '../support/http-server.ts';
import {
  answering,
  type RawConnection,
  repeating,
  type Script,
  startRawOrigin,
} from '../support/raw-origin.ts';
import { feedClient } from './clients.ts';

const feed = '<rss version="2.0"><channel/></rss>';
const modified = 'Fri, 20 Nov 2026 08:00:00 GMT';

/** Answers with this status, these headers and this body. */
const saying =
  (status: number, headers: Record<string, string | string[]> = {}, body: string | Buffer = ''): Answer =>
  (_seen, response) => {
    response.writeHead(status, headers).end(body);
  };

const textOf = (fetched: FetchedFeed) =>
  fetched.kind === 'document' ? Buffer.from(fetched.body).toString() : fetched.kind;

describe('a document', () => {
  test('a 200 brings its bytes, its type, its validators and its figures', async () => {
    const headers = { 'content-type': 'application/rss+xml', etag: '"1"', 'last-modified': modified };
    await using server = await startServer(saying(200, headers, feed));
    const url = `${server.url}/feed?x=1`;
    const fetched = await feedClient().fetch({ url });
    expect(fetched).toMatchObject({
      kind: 'document',
      status: 200,
      url,
      hops: [],
      contentType: 'application/rss+xml',
      validators: { url, etag: '"1"', lastModified: modified },
      figures: {
        requests: 1,
        conditional: false,
        wireBytes: feed.length,
        decodedBytes: feed.length,
        durationMs: 0,
      },
      terms: { endedAt: Date.parse('2026-11-20T09:00:00Z') },
    });
    expect(textOf(fetched)).toBe(feed);
  });

  test('an empty 200 stays a document; the parser says that it is empty', async () => {
    await using server = await startServer(saying(200, { 'content-encoding': 'gzip' }));
    expect(textOf(await feedClient().fetch({ url: server.url }))).toBe('');
  });

  test.each([
    ['a 226', 226, {}],
    ['a 200 with IM: feed', 200, { im: 'gzip, Feed' }],
  ])('%s is a partial document, and its ETag is kept', async (_name, status, headers) => {
    await using server = await startServer(saying(status, { ...headers, etag: '"2"' }, feed));
    const fetched = await feedClient().fetch({ url: server.url });
    expect(fetched).toMatchObject({ kind: 'document', status: 226, validators: { etag: '"2"' } });
  });

  test('a compressed body is counted twice: on the wire and decoded', async () => {
    const long = feed.repeat(50);
    await using server = await startServer(saying(200, { 'content-encoding': 'gzip' }, gzipSync(long)));
    const fetched = await feedClient().fetch({ url: server.url });
    expect(textOf(fetched)).toBe(long);
    expect(fetched.figures).toMatchObject({ wireBytes: gzipSync(long).length, decodedBytes: long.length });
  });
});

describe('the request on the wire', () => {
  const head = (lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

  test('the first request of a feed, byte for byte', async () => {
    await using origin = await startRawOrigin(answering(ok));
    await feedClient().fetch({ url: `http://user:pw@127.0.0.1:${origin.port}/a%20b/feed?q=%7E#top` });
    expect(origin.heads).toEqual([
      head([
        'GET /a%20b/feed?q=%7E HTTP/1.1',
        `host: 127.0.0.1:${origin.port}`,
        'connection: keep-alive',
        'User-Agent: feedhook/0.0.0 (+https://example.org/)',
        'Accept: application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, ' +
          'application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1',
        'Accept-Encoding: gzip, deflate, br, zstd',
      ]),
    ]);
  });

  test.each([
    ['strong', '"abc"'],
    ['weak', 'W/"abc"'],
    ['without quotes', 'abc'],
    ['the word null', 'null'],
    ['half a quote', '"abc'],
    ['a comma and a space', '"a, b"'],
    ['a tab inside', '"a\tb"'],
    ['bytes beyond ASCII', '"\xe9\xff\x80\xa0"'],
    ['UTF-8', '"\xe2\x82\xac"'],
  ])('an ETag goes back as it came: %s', async (_name, etag) => {
    await using origin = await startRawOrigin(
      repeating(`HTTP/1.1 200 OK\r\nETag: ${etag}\r\nContent-Length: 0\r\n\r\n`),
    );
    const client = feedClient();
    const first = await client.fetch({ url: origin.url });
    if (first.kind !== 'document') throw new Error(first.kind);
    await client.fetch({ url: origin.url, validators: first.validators });
    expect(origin.heads[1]).toContain(`\r\nIf-None-Match: ${etag}\r\nA-IM: feed\r\n`);
  });

  test.each([
    'Fri, 20 Nov 2026 08:00:00 GMT',
    'fri, 20 nov 2026 08:00:00 gmt',
    'Mon, 19 Jan 2038 03:14:08',
    '0',
  ])('a Last-Modified goes back as it came: %s', async (date) => {
    await using origin = await startRawOrigin(
      repeating(`HTTP/1.1 200 OK\r\nLast-Modified: ${date}\r\nContent-Length: 0\r\n\r\n`),
    );
    const client = feedClient();
    const first = await client.fetch({ url: origin.url });
    if (first.kind !== 'document') throw new Error(first.kind);
    await client.fetch({ url: origin.url, validators: first.validators });
    expect(origin.heads[1]).toContain(`\r\nIf-Modified-Since: ${date}\r\n`);
    expect(origin.heads[1]).not.toMatch(/if-none-match|a-im/i);
  });

  test('never a Cookie, whatever was set, and never a Referer after a redirect', async () => {
    await using server = await startServer((seen, response) => {
      const location = seen.path === '/' ? { location: '/feed' } : {};
      response.writeHead(seen.path === '/' ? 302 : 200, { 'set-cookie': 'a=b', ...location }).end();
    });
    const client = feedClient();
    await client.fetch({ url: server.url });
    await client.fetch({ url: server.url });
    expect(server.requests).toHaveLength(4);
    for (const { headers } of server.requests) {
      expect(Object.keys(headers).sort()).toEqual([
        'accept',
        'accept-encoding',
        'connection',
        'host',
        'user-agent',
      ]);
    }
  });

  test('polls of one origin share a connection, a 304 and an unwanted error page included', async () => {
    const answers = [saying(200, {}, feed), saying(304), saying(404, {}, 'x'.repeat(60_000)), saying(302)];
    const sockets = new Set<unknown>();
    await using server = await startServer(async (seen, response, message) => {
      sockets.add(message.socket);
      await (answers[server.requests.length - 1] ?? saying(200))(seen, response, message);
    });
    const client = feedClient();
    for (let n = 0; n < 5; n++) await client.fetch({ url: server.url });
    expect(sockets.size).toBe(1);
  });

  test('to one origin they go out side by side only as far as its lanes do', async () => {
    await using server = await startServer(() => {});
    const asked: string[] = [];
    const client = feedClient({ connectionsTo: (origin) => asked.push(origin) && 2 });
    const url = server.url;
    const polls = [client.fetch({ url }), client.fetch({ url }), client.fetch({ url })];
    await until(() => server.requests.length === 2, 'two requests have arrived');
    await settle();
    expect(server.requests).toHaveLength(2);
    expect(new Set(asked)).toEqual(new Set([server.url]));
    await client.close();
    expect((await Promise.all(polls)).map((end) => end.kind === 'failed' && end.code)).toEqual([
      'aborted',
      'aborted',
      'aborted',
    ]);
  });
});

// RFC 9110 §9.2.2, RFC 9112 §9.3.1
describe('a kept connection that dies under a request', () => {
  const full = `HTTP/1.1 200 OK\r\nContent-Length: ${feed.length}\r\n\r\n${feed}`;
  /** The first connection answers once and dies under its second request; what the others do is up to the test. */
  const dying = (die: (connection: RawConnection) => void, others: Script): Script => {
    let connections = 0;
    return async (connection) => {
      connections += 1;
      if (connections > 1) return others(connection);
      await connection.request();
      await connection.write(full);
      await connection.request();
      die(connection);
    };
  };

  test.each<[string, (connection: RawConnection) => void]>([
    ['FIN', (connection) => connection.end()],
    ['RST', (connection) => connection.reset()],
  ])('by %s is asked once more on a fresh one', async (_name, die) => {
    await using origin = await startRawOrigin(dying(die, repeating(full)));
    const client = feedClient();
    await client.fetch({ url: origin.url });
    const fetched = await client.fetch({ url: origin.url });
    expect(fetched).toMatchObject({ kind: 'document', figures: { requests: 2 } });
    expect(origin.heads[2]).toBe(origin.heads[1]);
  });

  test('is asked no third time', async () => {
    const resetting: Script = async (connection) => {
      await connection.request();
      connection.reset();
    };
    await using origin = await startRawOrigin(dying((connection) => connection.reset(), resetting));
    const client = feedClient();
    await client.fetch({ url: origin.url });
    expect(await client.fetch({ url: origin.url })).toMatchObject({ code: 'connect-reset' });
    expect(origin.heads).toHaveLength(3);
  });

  test('is not asked again when its answer had begun', async () => {
    const half = (connection: RawConnection) =>
      void connection.write(full.slice(0, -5)).then(() => connection.end());
    await using origin = await startRawOrigin(dying(half, repeating(full)));
    const client = feedClient();
    await client.fetch({ url: origin.url });
    expect(await client.fetch({ url: origin.url })).toMatchObject({ code: 'truncated' });
    expect(origin.heads).toHaveLength(2);
  });

  test('is told from a fresh one that is reset, which is not asked again', async () => {
    await using origin = await startRawOrigin(async (connection) => {
      await connection.request();
      connection.reset();
    });
    expect(await feedClient().fetch({ url: origin.url })).toMatchObject({
      code: 'connect-reset',
      figures: { requests: 1 },
    });
    expect(origin.heads).toHaveLength(1);
  });
});

describe('a 304', () => {
  test('to sent validators is notModified and keeps them', async () => {
    await using server = await startServer(saying(304));
    const validators = { url: `${server.url}/`, etag: '"1"', lastModified: modified };
    expect(await feedClient().fetch({ url: server.url, validators })).toMatchObject({
      kind: 'notModified',
      status: 304,
      validators,
      figures: { requests: 1, conditional: true, wireBytes: 0, decodedBytes: 0 },
    });
  });

  test('A20: with another ETag leaves none, so that the next poll is unconditional', async () => {
    await using server = await startServer(saying(304, { etag: '"2"' }));
    const validators = { url: `${server.url}/`, etag: '"1"' };
    const fetched = await feedClient().fetch({ url: server.url, validators });
    expect(fetched.kind).toBe('notModified');
    expect(fetched).not.toHaveProperty('validators');
  });

  test('with a new Last-Modified brings it', async () => {
    await using server = await startServer(saying(304, { etag: '"1"', 'last-modified': modified }));
    const validators = { url: `${server.url}/`, etag: '"1"' };
    const fetched = await feedClient().fetch({ url: server.url, validators });
    expect(fetched).toHaveProperty('validators', { ...validators, lastModified: modified });
  });

  test('to a request without validators is a failure', async () => {
    await using server = await startServer(saying(304));
    const fetched = await feedClient().fetch({ url: server.url });
    expect(fetched).toMatchObject({ kind: 'failed', status: 304, code: 'unsolicited-304' });
  });

  test('is a failure too when the validators belong to another URL and were not sent', async () => {
    await using server = await startServer(saying(304));
    const validators = { url: `${server.url}/other`, etag: '"1"' };
    const fetched = await feedClient().fetch({ url: server.url, validators });
    expect(fetched).toMatchObject({
      kind: 'failed',
      code: 'unsolicited-304',
      figures: { conditional: false },
    });
  });
});

describe('any other answer is a failure of its own name', () => {
  test.each([201, 203, 204, 205, 300, 305, 400, 401, 403, 404, 418, 429, 451, 500, 502, 503, 511, 599, 999])(
    '%i',
    async (status) => {
      await using origin = await startRawOrigin(
        answering(`HTTP/1.1 ${status} Any\r\nContent-Length: 0\r\nETag: "no"\r\n\r\n`),
      );
      const fetched = await feedClient().fetch({ url: origin.url });
      expect(fetched).toMatchObject({ kind: 'failed', status, code: `http-${status}` });
    },
  );

  test('A24: an unasked 206 is partial-content', async () => {
    await using server = await startServer(saying(206, { 'content-range': 'bytes 0-3/99' }, '<rss'));
    const fetched = await feedClient().fetch({ url: server.url });
    expect(fetched).toMatchObject({ kind: 'failed', status: 206, code: 'partial-content' });
  });

  test('A29: a 410 says gone', async () => {
    await using server = await startServer(saying(410));
    const fetched = await feedClient().fetch({ url: server.url });
    expect(fetched).toMatchObject({ kind: 'failed', code: 'http-410', terms: { gone: true } });
  });
});

describe('what an answer asks of the next request', () => {
  test.each([
    [200, { 'cache-control': 'max-age=900' }, { freshnessMs: 900_000, freshnessSource: 'max-age' }],
    [404, { 'cache-control': 'max-age=900' }, { freshnessMs: 900_000, freshnessSource: 'max-age' }],
    [
      429,
      { 'retry-after': '120', 'cache-control': 'max-age=60' },
      { retryAfterMs: 120_000, freshnessMs: 60_000 },
    ],
    [
      503,
      { 'retry-after': 'Fri, 20 Nov 2026 10:00:00 GMT', date: 'Fri, 20 Nov 2026 09:00:00 GMT' },
      { retryAfterMs: 3_600_000 },
    ],
    [404, { 'retry-after': '7' }, { retryAfterMs: 7_000 }],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' }, { rateLimitMs: 60_000 }],
    [200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' }, { rateLimitMs: 60_000 }],
  ])('%i %j', async (status, headers, terms) => {
    await using server = await startServer(saying(status, headers as Record<string, string>));
    const fetched = await feedClient().fetch({ url: server.url });
    expect(fetched.terms).toMatchObject(terms);
  });

  test('a 304 carries its own lifetime', async () => {
    await using server = await startServer(saying(304, { 'cache-control': 'max-age=60' }));
    const validators = { url: `${server.url}/`, etag: '"1"' };
    expect((await feedClient().fetch({ url: server.url, validators })).terms).toMatchObject({
      freshnessMs: 60_000,
    });
  });

  test('Retry-After beside a good document asks for nothing', async () => {
    await using server = await startServer(saying(200, { 'retry-after': '60' }, feed));
    expect((await feedClient().fetch({ url: server.url })).terms).not.toHaveProperty('retryAfterMs');
  });

  test('a redirect with Retry-After is not followed before that time', async () => {
    await using server = await startServer(saying(302, { location: '/feed', 'retry-after': '60' }));
    const fetched = await feedClient().fetch({ url: server.url });
    expect(fetched).toMatchObject({ kind: 'failed', code: 'http-302', terms: { retryAfterMs: 60_000 } });
    expect(server.requests).toHaveLength(1);
  });
});

describe('redirects', () => {
  test('are followed and recorded, and each hop gets only its own validators', async () => {
    await using server = await startServer((seen, response) => {
      const next: Record<string, [number, string]> = { '/': [301, '/b'], '/b': [302, '/c'] };
      const [status, location] = next[seen.path] ?? [304, ''];
      response.writeHead(status, { location, etag: `"${seen.path}"` }).end('moved');
    });
    const validators = { url: `${server.url}/c`, etag: '"/c"' };
    expect(await feedClient().fetch({ url: server.url, validators })).toMatchObject({
      kind: 'notModified',
      url: `${server.url}/c`,
      validators,
      hops: [
        { url: `${server.url}/`, status: 301 },
        { url: `${server.url}/b`, status: 302 },
      ],
      figures: { requests: 3, conditional: true, wireBytes: 10 },
    });
    const sent = server.requests.map(({ headers }) => headers['if-none-match']);
    expect(sent).toEqual([undefined, undefined, '"/c"']);
  });

  test('the fifth is followed and the sixth is too-many-redirects', async () => {
    await using server = await startServer((seen, response) => {
      const left = Number(seen.path.slice(1));
      response.writeHead(left === 0 ? 200 : 302, { location: `/${left - 1}` }).end(left === 0 ? feed : '');
    });
    const client = feedClient();
    expect(textOf(await client.fetch({ url: `${server.url}/5` }))).toBe(feed);
    expect(await client.fetch({ url: `${server.url}/6` })).toMatchObject({
      code: 'too-many-redirects',
      status: 302,
      url: `${server.url}/1`,
      figures: { requests: 6 },
    });
  });

  test.each([
    ['of one', { '/': '/' }, 1],
    ['of two', { '/': '/b', '/b': '/' }, 2],
  ])('a loop %s ends at once', async (_name, next: Record<string, string>, requests) => {
    await using server = await startServer((seen, response) => {
      response.writeHead(302, { location: next[seen.path] }).end();
    });
    const fetched = await feedClient().fetch({ url: server.url });
    expect(fetched).toMatchObject({ code: 'too-many-redirects', figures: { requests } });
  });

  test('D01: into a closed address is blocked, before anything is sent', async () => {
    await using server = await startServer(saying(302, { location: 'http://169.254.169.254/latest' }));
    expect(await feedClient().fetch({ url: server.url })).toMatchObject({
      code: 'blocked-address',
      url: 'http://169.254.169.254/latest',
      message: expect.stringContaining('metadata'),
      hops: [{ url: `${server.url}/`, status: 302 }],
    });
  });

  test.each([
    ['with an injected header is a Location and a header', '/a\r\nX-Evil: 1', 'too-many-redirects', 2],
    ['with a NUL is a breach of protocol', '/a\0b', 'protocol', 1],
    ['with a bare LF is a breach of protocol', '/a\nX-Evil: 1', 'protocol', 1],
  ])('D13: a Location %s', async (_name, location, code, requests) => {
    await using origin = await startRawOrigin(
      repeating(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`),
    );
    expect(await feedClient().fetch({ url: origin.url })).toMatchObject({ code, figures: { requests } });
    for (const head of origin.heads) expect(head).not.toMatch(/evil/i);
  });

  test('D13: a Location beyond the header limit is headers-too-large', async () => {
    await using server = await startServer(saying(302, { location: `/${'x'.repeat(65_536)}` }));
    expect(await feedClient().fetch({ url: server.url })).toMatchObject({ code: 'headers-too-large' });
  });

  test('D14: user-info of a Location is neither sent nor reported', async () => {
    await using server = await startServer((seen, response) => {
      const location = `http://user:secret@127.0.0.1:${server.port}/feed`;
      response.writeHead(seen.path === '/' ? 302 : 200, { location }).end();
    });
    const fetched = await feedClient().fetch({ url: server.url });
    expect(JSON.stringify([fetched, server.requests[1]])).not.toMatch(/secret|authorization/i);
  });

  test('D17: configured headers go to the configured origin alone, on the way back too', async () => {
    await using away = await startServer((_seen, response) => {
      response.writeHead(302, { location: `${home.url}/feed` }).end();
    });
    await using home = await startServer((seen, response) => {
      if (seen.path === '/') response.writeHead(302, { location: away.url }).end();
      else response.end(feed);
    });
    const fetched = await feedClient().fetch({
      url: home.url,
      headers: { Authorization: 'Basic eA==', 'X-Key': 'k' },
    });
    expect(textOf(fetched)).toBe(feed);
    expect(away.requests.map(({ headers }) => [headers.authorization, headers['x-key']])).toEqual([
      [undefined, undefined],
    ]);
    expect(home.requests.map(({ headers }) => headers['x-key'])).toEqual(['k', 'k']);
  });
});

describe('what ends a fetch from outside', () => {
  test('an abort while the origin thinks is aborted, and frees the connection', async () => {
    await using origin = await startRawOrigin(async (connection) => void (await connection.request()));
    const stop = new AbortController();
    const fetched = feedClient().fetch({ url: origin.url, signal: stop.signal });
    await until(() => origin.heads.length === 1, 'the request is there');
    stop.abort();
    expect(await fetched).toMatchObject({ kind: 'failed', code: 'aborted' });
    await origin.connections[0]?.closed;
  });

  test('an abort before the start is aborted without a connection', async () => {
    await using origin = await startRawOrigin(() => {});
    const fetched = await feedClient().fetch({ url: origin.url, signal: AbortSignal.abort() });
    expect(fetched).toMatchObject({ code: 'aborted' });
    expect(origin.connections).toHaveLength(0);
  });

  test('close ends a request in mid-body, and leaves no connection and no timer', async () => {
    const clock = new FakeClock();
    const client = feedClient({ clock });
    await using origin = await startRawOrigin(async (connection) => {
      await connection.request();
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    });
    const fetched = client.fetch({ url: origin.url });
    await until(() => origin.heads.length === 1, 'the request is there');
    await client.close();
    expect(await fetched).toMatchObject({ kind: 'failed', code: 'aborted' });
    await origin.connections[0]?.closed;
    expect(clock.timers).toBe(0);
  });

  test('close ends a TLS handshake too, however long it may take', async () => {
    const client = feedClient({ limits: { connectTimeoutMs: 600_000 } });
    await using origin = await startRawOrigin(() => {});
    const fetched = client.fetch({ url: origin.url.replace('http', 'https') });
    await until(() => origin.connections.length === 1, 'the handshake has begun');
    await client.close();
    expect(await fetched).toMatchObject({ kind: 'failed' });
    await origin.connections[0]?.closed;
  });

  test('a finished fetch leaves no timer and no listener', async () => {
    const clock = new FakeClock();
    await using server = await startServer(saying(200, {}, feed));
    await feedClient({ clock }).fetch({ url: server.url });
    expect(clock.timers).toBe(0);
  });

  test('D20: a proxy of the environment is not asked', async () => {
    await using canary = await startServer(saying(502));
    await using server = await startServer(saying(200, {}, feed));
    const script = `
      import { systemClock } from './src/clock.ts';
      import { createFeedClient } from './src/fetch/client.ts';
      import { createGuard } from './src/fetch/egress.ts';
      const limits = { connectTimeoutMs: 5e3, headersTimeoutMs: 5e3, bodyTimeoutMs: 5e3, requestTimeoutMs: 5e3,
        maxHeaderBytes: 16384, maxWireBytes: 1e6, maxBodyBytes: 1e6, maxRedirects: 5 };
      const guard = createGuard({ audience: 'feeds', allow: ['loopback'] });
      const client = createFeedClient({ clock: systemClock, limits, guard, userAgent: 'test' });
      console.log((await client.fetch({ url: '${server.url}/' })).kind);
      await client.close();`;
    const proxies = {
      HTTP_PROXY: canary.url,
      http_proxy: canary.url,
      ALL_PROXY: canary.url,
      NODE_USE_ENV_PROXY: '1',
    };
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...process.env, ...proxies },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += String(chunk);
    });
    await once(child, 'close');
    expect(printed.trim()).toBe('document');
    expect(canary.requests).toHaveLength(0);
  });
});
