// A chain from its first request to its end: where it goes and where it does not, what is kept of each request, and
// what the last answer leaves for the next poll.

import type { lookup as systemLookup } from 'node:dns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FeedRequest } from '../../src/fetch/chain.ts';
import type { FetchedFeed, Validators } from '../../src/model/poll.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Answer, startServer } from '../support/http-server.ts';
import { answering, repeating, startRawOrigin, toEachRequest } from '../support/raw-origin.ts';
import { type Authority, createAuthority, hasOpenssl, startTlsServer } from '../support/tls.ts';
import { feedClient } from './clients.ts';

const feed = '<rss version="2.0"><channel/></rss>';
const early = 'Fri, 20 Nov 2026 08:00:00 GMT';
const later = 'Fri, 20 Nov 2026 08:30:00 GMT';

const saying =
  (status: number, headers: Record<string, string | string[]> = {}, body = ''): Answer =>
  (_seen, response) => {
    response.writeHead(status, headers).end(body);
  };

describe('RFC 9110 §15.4: every 3xx with a Location', () => {
  const followed = [301, 302, 303, 307, 308];

  test.each(Array.from({ length: 100 }, (_, n) => 300 + n))('%i', async (status) => {
    await using origin = await startRawOrigin(
      toEachRequest((connection, head) =>
        connection.write(
          head.startsWith('GET / ')
            ? `HTTP/1.1 ${status} Any\r\nLocation: /feed\r\nContent-Length: 0\r\n\r\n`
            : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
        ),
      ),
    );
    const fetched = await feedClient().fetch({ url: origin.url });
    if (followed.includes(status)) {
      expect(fetched).toMatchObject({ kind: 'document', hops: [{ url: `${origin.url}/`, status }] });
    } else {
      const code = status === 304 ? 'unsolicited-304' : `http-${status}`;
      expect(fetched).toMatchObject({ kind: 'failed', status, code, hops: [] });
    }
    expect(origin.heads).toHaveLength(followed.includes(status) ? 2 : 1);
  });
});

describe('D13: a Location as it comes', () => {
  /** Every request but the first is answered with a feed; 127.0.0.9 is not open. */
  async function follow(location: string, limits = {}) {
    await using origin = await startRawOrigin(
      toEachRequest((connection, head) =>
        connection.write(
          head.startsWith('GET /first ')
            ? `HTTP/1.1 302 Found\r\nLocation: ${location.replaceAll('PORT', String(origin.port))}\r\nContent-Length: 0\r\n\r\n`
            : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
        ),
      ),
    );
    const client = feedClient({ allow: ['127.0.0.1'], limits });
    const fetched = await client.fetch({ url: `${origin.url}/first` });
    return { fetched, heads: origin.heads, path: origin.heads[1]?.split(' ')[1] };
  }

  test.each([
    ['relative', 'second?a=1', '/second?a=1'],
    ['with a fragment', '/second#part', '/second'],
    ['with user-info', 'http://user:pw@127.0.0.1:PORT/second', '/second'],
    ['with a tab inside the scheme', 'ht\ttp://127.0.0.1:PORT/second', '/second'],
    ['with backslashes', 'http:\\\\127.0.0.1:PORT\\second', '/second'],
    ['with slashes that are missing', 'http:127.0.0.1:PORT/second', '/127.0.0.1:PORT/second'],
    ['in raw latin1', '/caf\xe9', '/caf%C3%A9'],
    ['in raw UTF-8', '/caf\xc3\xa9', '/caf%C3%A9'],
    ['with spaces', '/a b', '/a%20b'],
    ['with a quote and angle brackets', '/"<a>"', '/%22%3Ca%3E%22'],
    ['escaped line breaks stay escaped', '/a%0d%0aX-Evil:%201', '/a%0d%0aX-Evil:%201'],
    ['with dots', '/x/../second', '/second'],
  ])('%s', async (_name, location, path) => {
    const { fetched, heads, ...asked } = await follow(location);
    expect(fetched.kind).toBe('document');
    expect(asked.path).toBe(path.replace('PORT', new URL(fetched.url).port));
    expect(heads[1]).not.toMatch(/^x-evil|authorization/im);
  });

  test.each([
    ['//127.0.0.9', '//127.0.0.9/', 'blocked-address'],
    ['http:/\\127.0.0.9', 'http:/\\127.0.0.9/', 'blocked-address'],
    ['http:\\/127.0.0.9', 'http:\\/127.0.0.9:81/', 'blocked-address'],
    ['an odd spelling', 'http://0x7f.9/', 'blocked-address'],
    ['two Locations', '/a\r\nLocation: /b', 'redirect-invalid'],
    ['of 5 KB', `/${'x'.repeat(5_000)}`, 'redirect-invalid'],
    ['of 64 KB', `/${'x'.repeat(65_536)}`, 'headers-too-large'],
    ['with a NUL', '/a\0b', 'protocol'],
    ['with a bare LF', '/a\nX: y', 'protocol'],
    ['empty', '', 'redirect-invalid'],
    ['a file', 'file:///etc/passwd', 'redirect-invalid'],
    ['a port that is none', 'http://127.0.0.1:99999/', 'redirect-invalid'],
  ])('%s is the end', async (_name, location, code) => {
    const { fetched, heads } = await follow(location);
    expect(fetched).toMatchObject({ kind: 'failed', code });
    expect(heads).toHaveLength(1);
  });

  test('of 64 KB is redirect-invalid where such headers may come', async () => {
    const { fetched } = await follow(`/${'x'.repeat(65_536)}`, { maxHeaderBytes: 100_000 });
    expect(fetched).toMatchObject({ code: 'redirect-invalid', status: 302 });
  });
});

describe('D11: chains that do not end', () => {
  test.each([
    ['a loop of one', (path: string) => path, 1],
    ['a loop of one that grows a fragment', (path: string) => `${path}#x`, 1],
    ['a loop of two', (path: string) => (path === '/' ? '/b' : '/'), 2],
    ['a URL that grows', (path: string) => `${path}x/`, 6],
    ['a query that grows', (path: string) => `${path}${path.includes('?') ? '&' : '?'}n`, 6],
  ])('%s', async (_name, next, requests) => {
    await using server = await startServer(({ path }, response) => {
      response.writeHead(301, { location: next(path) }).end();
    });
    const fetched = await feedClient().fetch({ url: server.url });
    expect(fetched).toMatchObject({ kind: 'failed', code: 'too-many-redirects', status: 301 });
    expect(fetched.hops).toHaveLength(requests - 1);
    expect(server.requests).toHaveLength(requests);
  });
});

describe('D19: what an answer only mentions is never asked', () => {
  test.each([
    ['Refresh', 200],
    ['Refresh on an error', 503],
    ['Refresh beside a 300', 300],
  ])('%s, Link, a meta refresh and Content-Location', async (_name, status) => {
    await using canary = await startServer(saying(200, {}, feed));
    await using server = await startServer((_seen, response) => {
      const rels = ['hub', 'self', 'icon', 'canonical', 'preload', 'next', 'alternate'];
      response.writeHead(status, {
        'content-type': 'text/html',
        refresh: `0; url=${canary.url}/refresh`,
        link: rels.map((rel) => `<${canary.url}/${rel}>; rel=${rel}`),
        'content-location': `${canary.url}/content`,
        'alt-svc': `h2="127.0.0.1:${canary.port}"`,
      });
      response.end(
        `<html><head><meta http-equiv="refresh" content="0; url=${canary.url}/meta"></head></html>`,
      );
    });
    const client = feedClient();
    for (let n = 0; n < 2; n++) await client.fetch({ url: server.url });
    expect(canary.requests).toHaveLength(0);
    expect(server.requests).toHaveLength(2);
  });
});

const withOpenssl = hasOpenssl ? describe : describe.skip;

withOpenssl(`D15: from https to http${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  const host = 'feeds.example';
  const lookup = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof systemLookup;
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority();
  });
  afterAll(async () => {
    await authority?.[Symbol.asyncDispose]();
  });

  async function fetchDown(request: Partial<FeedRequest>) {
    await using plain = await startServer(saying(200, {}, feed));
    const headers = { location: `http://${host}:${plain.port}/feed` };
    await using server = await startTlsServer(authority.issue(host), { status: 302, headers });
    const client = feedClient({ lookup, tlsFor: () => ({ ca: authority.cert }) });
    const fetched = await client.fetch({ url: `https://${host}:${server.port}/`, ...request });
    return { fetched, requests: plain.requests };
  }

  test('is followed for a feed that allows it', async () => {
    const { fetched, requests } = await fetchDown({ allowDowngrade: true, headers: {} });
    expect(fetched).toMatchObject({ kind: 'document', hops: [{ status: 302 }] });
    expect(requests).toHaveLength(1);
  });

  test.each<[string, Partial<FeedRequest>]>([
    ['that says nothing', {}],
    ['that forbids it', { allowDowngrade: false }],
    ['with a bearer', { allowDowngrade: true, auth: { kind: 'bearer', token: 't' } }],
    [
      'with a password that was not asked for',
      { allowDowngrade: true, auth: { kind: 'basic', user: 'u', password: 'p', isPreemptive: false } },
    ],
    ['with headers of its own', { allowDowngrade: true, headers: { 'X-Key': 'k' } }],
  ])('is refused for a feed %s', async (_name, request) => {
    const { fetched, requests } = await fetchDown(request);
    expect(fetched).toMatchObject({ kind: 'failed', code: 'redirect-downgrade' });
    expect(requests).toHaveLength(0);
  });
});

describe('the record of each request', () => {
  const start = Date.parse('2026-11-20T09:00:00Z');

  test('says what went out, what came back, and when', async () => {
    await using server = await startServer(saying(304, { etag: 'W/"a"', 'last-modified': later }));
    const url = `${server.url}/feed`;
    const validators = { url, etag: '"a"', lastModified: early };
    const { figures } = await feedClient({ clock: new FakeClock(start) }).fetch({ url, validators });
    expect(figures.exchanges).toEqual([
      {
        url,
        startedAt: start,
        endedAt: start,
        sent: { ifNoneMatch: '"a"', ifModifiedSince: early },
        status: 304,
        received: { etag: 'W/"a"', lastModified: later },
      },
    ]);
  });

  test('is one for each hop, and without validators where none went', async () => {
    await using server = await startServer((seen, response) => {
      const isFirst = seen.path === '/';
      response.writeHead(isFirst ? 302 : 200, isFirst ? { location: '/feed', etag: '"hop"' } : {}).end();
    });
    const validators = { url: `${server.url}/other`, etag: '"a"' };
    const { figures } = await feedClient().fetch({ url: server.url, validators });
    expect(figures).toMatchObject({
      requests: 2,
      conditional: false,
      exchanges: [
        { url: `${server.url}/`, status: 302, sent: {}, received: { etag: '"hop"' } },
        { url: `${server.url}/feed`, status: 200, sent: {} },
      ],
    });
    expect(figures.exchanges[1]).not.toHaveProperty('received');
  });

  test('names what a poller should not send, read from what was sent', async () => {
    await using server = await startServer(saying(200, {}, feed));
    const headers = { Cookie: 'a=b', REFERER: 'http://x/', pragma: 'no-cache' };
    const { figures } = await feedClient().fetch({ url: server.url, headers, noCache: true });
    expect(figures.exchanges[0]?.sent).toEqual({
      improper: ['cookie', 'referer', 'pragma', 'cache-control'],
    });
    const plain = await feedClient().fetch({ url: server.url });
    expect(plain.figures.exchanges[0]?.sent).toEqual({});
  });

  test('is there for a request that found no answer, and for the second try', async () => {
    let served = 0;
    await using origin = await startRawOrigin(async (connection) => {
      await connection.request();
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      await connection.request();
      served += 1;
      connection.reset();
    });
    const client = feedClient();
    await client.fetch({ url: origin.url });
    const { figures } = await client.fetch({ url: origin.url });
    expect(served).toBe(1);
    expect(figures.requests).toBe(2);
    expect(figures.exchanges.map(({ status }) => status)).toEqual([undefined, 200]);
  });

  test('is not there for a request that never left', async () => {
    await using origin = await startRawOrigin(() => {});
    const fetched = await feedClient({ allow: [] }).fetch({ url: origin.url });
    expect(fetched).toMatchObject({ code: 'blocked-address', figures: { exchanges: [] } });
  });
});

describe('what was said of the next request', () => {
  const date = 'Fri, 20 Nov 2026 09:00:00 GMT';
  const inOneHour = 'Fri, 20 Nov 2026 10:00:00 GMT';

  test.each<[string, number, Record<string, string | string[]>, object | undefined]>([
    ['nothing', 200, {}, undefined],
    [
      'max-age, as it was written',
      200,
      { 'cache-control': 'Public, max-age=43200' },
      { freshness: 'Cache-Control: Public, max-age=43200' },
    ],
    [
      'max-age on two lines, and Age',
      200,
      { 'cache-control': ['public', 'max-age=7200'], age: '1800' },
      { freshness: 'Cache-Control: public, max-age=7200; Age: 1800' },
    ],
    ['Expires', 404, { expires: inOneHour, date }, { freshness: `Expires: ${inOneHour}; Date: ${date}` }],
    ['a lifetime that is over', 200, { 'cache-control': 'max-age=60', age: '60' }, undefined],
    ['Retry-After in seconds', 429, { 'retry-after': '120', date }, { retryAfter: 'Retry-After: 120' }],
    [
      'Retry-After as a date',
      503,
      { 'retry-after': inOneHour, date },
      { retryAfter: `Retry-After: ${inOneHour}; Date: ${date}` },
    ],
    ['Retry-After: 0', 503, { 'retry-after': '0' }, undefined],
    ['Retry-After beside a document', 200, { 'retry-after': '60' }, undefined],
    [
      'a spent quota',
      200,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' },
      { rateLimit: 'X-RateLimit-Remaining: 0; X-RateLimit-Reset: 60' },
    ],
    [
      'all at once',
      429,
      {
        'cache-control': 'max-age=1',
        'retry-after': '2',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '3',
      },
      {
        freshness: 'Cache-Control: max-age=1',
        retryAfter: 'Retry-After: 2',
        rateLimit: 'X-RateLimit-Remaining: 0; X-RateLimit-Reset: 3',
      },
    ],
    [
      'control characters are shown as such',
      200,
      { 'cache-control': 'max-age=60, x="\x9b31m"' },
      { freshness: 'Cache-Control: max-age=60, x="\\u009b31m"' },
    ],
  ])('%s', async (_name, status, headers, said) => {
    await using server = await startServer((_seen, response) => {
      response.sendDate = false;
      response.writeHead(status, headers).end();
    });
    expect((await feedClient().fetch({ url: server.url })).terms.said).toEqual(said);
  });

  test('is cut at 200 characters', async () => {
    await using server = await startServer(
      saying(200, { 'cache-control': `max-age=60, ${'x'.repeat(500)}` }),
    );
    const { said } = (await feedClient().fetch({ url: server.url })).terms;
    expect(said?.freshness).toHaveLength(200);
    expect(said?.freshness).toMatch(/^Cache-Control: max-age=60, x+…$/);
  });
});

// Politeness, rules 3 to 9: what the request after each answer carries.
describe('the validators that the next request carries', () => {
  /** As a poll keeps them: a document and a 304 replace, nothing else does. */
  const keptAfter = (fetched: FetchedFeed, before: Validators): Validators | undefined =>
    fetched.kind === 'failed' ? before : fetched.validators;

  const head = (status: number, ...lines: string[]) => `HTTP/1.1 ${status} Any\r\n${lines.join('\r\n')}\r\n`;
  const whole = (status: number, ...lines: string[]) => `${head(status, ...lines, 'Content-Length: 0')}\r\n`;
  const none = [undefined, undefined];

  test.each<[string, string, (string | undefined)[]]>([
    ['a 200 with both', whole(200, 'ETag: "2"', `Last-Modified: ${later}`), ['"2"', later]],
    ['a 200 with an ETag alone: rule 8', whole(200, 'ETag: "2"'), ['"2"', undefined]],
    ['a 200 with a date alone: rule 8', whole(200, `Last-Modified: ${later}`), [undefined, later]],
    ['a 200 with neither: rule 8', whole(200, 'X: y'), none],
    ['a 200 with the first pair again', whole(200, 'ETag: "1"', `Last-Modified: ${early}`), ['"1"', early]],
    ['a 226', whole(226, 'IM: feed', 'ETag: "2"'), ['"2"', undefined]],
    ['a 200 with IM: feed', whole(200, 'IM: feed', 'ETag: "2"'), ['"2"', undefined]],
    ['a 304 with neither: rule 8', whole(304, 'X: y'), ['"1"', early]],
    ['a 304 with the same ETag', whole(304, 'ETag: "1"'), ['"1"', early]],
    ['a 304 with a weakly equal ETag', whole(304, 'ETag: W/"1"'), ['W/"1"', early]],
    ['a 304 with a new date: rule 7', whole(304, `Last-Modified: ${later}`), ['"1"', later]],
    ['a 304 with both new: rule 7', whole(304, 'ETag: W/"1"', `Last-Modified: ${later}`), ['W/"1"', later]],
    ['A20: a 304 with another ETag', whole(304, 'ETag: "2"', `Last-Modified: ${later}`), none],
    ['A24: a 206', whole(206, 'ETag: "2"', 'Content-Range: bytes 0-0/1'), ['"1"', early]],
    ['a 204', `${head(204, 'ETag: "2"')}\r\n`, ['"1"', early]],
    ['a 301 that leads nowhere', whole(301, 'ETag: "2"'), ['"1"', early]],
    ['a 401', whole(401, 'ETag: "2"', 'WWW-Authenticate: Basic'), ['"1"', early]],
    ['a 404', whole(404, 'ETag: "2"', `Last-Modified: ${later}`), ['"1"', early]],
    ['a 410', whole(410, 'ETag: "2"'), ['"1"', early]],
    ['a 412', whole(412, 'ETag: "2"'), ['"1"', early]],
    ['a 429', whole(429, 'ETag: "2"'), ['"1"', early]],
    ['a 500', whole(500, 'ETag: "2"'), ['"1"', early]],
    ['a 503', whole(503, 'ETag: "2"', 'Retry-After: 1'), ['"1"', early]],
    ['a cut 200', `${head(200, 'ETag: "2"', 'Content-Length: 9')}\r\n<rss>`, ['"1"', early]],
    ['a cut 226', `${head(226, 'ETag: "2"', 'Content-Length: 9')}\r\n<rss>`, ['"1"', early]],
    [
      'a damaged 200',
      `${head(200, 'ETag: "2"', 'Content-Encoding: gzip', 'Content-Length: 1')}\r\nx`,
      ['"1"', early],
    ],
    ['no answer', '', ['"1"', early]],
    ['no HTTP', 'hello\r\n\r\n', ['"1"', early]],
  ])('%s', async (_name, bytes, expected) => {
    const seen: string[] = [];
    await using origin = await startRawOrigin(async (connection) => {
      seen.push(await connection.request());
      await connection.write(bytes);
      connection.end();
    });
    const client = feedClient();
    const known = { url: `${origin.url}/`, etag: '"1"', lastModified: early };
    const kept = keptAfter(await client.fetch({ url: origin.url, validators: known }), known);
    await client.fetch({ url: origin.url, ...(kept && { validators: kept }) });
    expect(seen).toHaveLength(2);
    const line = (name: string) => new RegExp(`^${name}: (.*)\r$`, 'm').exec(seen[1] ?? '')?.[1];
    expect([line('If-None-Match'), line('If-Modified-Since')]).toEqual(expected);
    expect(line('A-IM')).toBe(expected[0] === undefined ? undefined : 'feed');
  });

  test('an unasked 304 leaves none', async () => {
    await using origin = await startRawOrigin(repeating(whole(304, 'ETag: "2"')));
    const fetched = await feedClient().fetch({ url: origin.url });
    expect(fetched).toMatchObject({ kind: 'failed', code: 'unsolicited-304' });
    expect(fetched).not.toHaveProperty('validators');
  });

  test('RFC 3229: A-IM asks for a part, which comes with the ETag of the whole', async () => {
    await using server = await startServer((seen, response) => {
      const isPart = seen.headers['a-im'] === 'feed' && seen.headers['if-none-match'] === '"1"';
      if (isPart) response.writeHead(226, { im: 'feed', etag: '"2"', 'cache-control': 'no-store, im' });
      else response.writeHead(200, { etag: '"1"' });
      response.end(isPart ? '<rss>new</rss>' : '<rss>all</rss>');
    });
    const client = feedClient();
    const first = await client.fetch({ url: server.url });
    if (first.kind !== 'document') throw new Error(first.kind);
    const second = await client.fetch({ url: server.url, validators: first.validators });
    expect(second).toMatchObject({ kind: 'document', status: 226, validators: { etag: '"2"' } });
    expect(server.requests.map(({ headers }) => headers['a-im'])).toEqual([undefined, 'feed']);
  });

  test('a document is whole when its connection ends, and an empty one is a document', async () => {
    await using origin = await startRawOrigin(answering(`${head(200, 'Connection: close')}\r\n`));
    expect(await feedClient().fetch({ url: origin.url })).toMatchObject({
      kind: 'document',
      figures: { decodedBytes: 0 },
    });
  });
});
