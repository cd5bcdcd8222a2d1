// `--wire`: the conversation for people. Secrets are planted wherever one can stand, and looked for in every line.

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Credentials, FeedRequest } from '../../src/fetch/chain.ts';
import { type Answer, startServer } from '../support/http-server.ts';
import { answering, startRawOrigin, toEachRequest } from '../support/raw-origin.ts';
import { feedClient } from './clients.ts';

const feed = '<rss version="2.0"><channel/></rss>';
const bearer: Credentials = { kind: 'bearer', token: 'PLANTED-token' };
const basic: Credentials = { kind: 'basic', user: 'me', password: 'PLANTED pass', isPreemptive: false };
const base64 = Buffer.from('me:PLANTED pass').toString('base64');

/** The lines of one fetch. */
async function linesOf(request: FeedRequest): Promise<string[]> {
  const lines: string[] = [];
  await feedClient().fetch({ ...request, wire: (line) => lines.push(line) });
  return lines;
}

async function linesAbout(answer: Answer, request: Partial<FeedRequest> = {}): Promise<string[]> {
  await using server = await startServer(answer);
  // Awaited here, or the server would be gone.
  return await linesOf({ url: server.url, ...request });
}

const saying =
  (status: number, headers: Record<string, string | string[]> = {}, body: string | Buffer = ''): Answer =>
  (_seen, response) => {
    response.sendDate = false;
    response.writeHead(status, headers).end(body);
  };

describe('the conversation', () => {
  test('from the request line to the body', async () => {
    const body = gzipSync(feed);
    const headers = { 'content-encoding': 'gzip', etag: '"1"', 'content-length': String(body.length) };
    await using server = await startServer(saying(200, headers, body));
    const url = `${server.url}/feed`;
    const host = `127.0.0.1:${server.port}`;
    const validators = { url, etag: 'W/"0"' };
    expect(await linesOf({ url, validators })).toEqual([
      '> GET /feed HTTP/1.1',
      `> host: ${host}`,
      '> User-Agent: feedhook/0.0.0 (+https://example.org/)',
      expect.stringMatching(/^> Accept: application\/atom\+xml, /),
      '> Accept-Encoding: gzip, deflate, br, zstd',
      '> If-None-Match: W/"0"',
      '> A-IM: feed',
      `* connected to ${host} in 0 ms`,
      '< HTTP/1.1 200',
      '< content-encoding: gzip',
      '< etag: "1"',
      `< content-length: ${body.length}`,
      '< connection: keep-alive',
      '< keep-alive: timeout=60',
      `* body ${body.length} bytes gzip -> ${feed.length} bytes, headers after 0 ms, done after 0 ms`,
    ]);
  });

  test('over a redirect, a kept connection and a failure', async () => {
    const lines = await linesAbout((seen, response) => {
      response.sendDate = false;
      const isFirst = seen.path === '/';
      response.writeHead(isFirst ? 301 : 404, isFirst ? { location: '/feed?key=PLANTED' } : {});
      response.end('moved');
    });
    expect(lines.filter((line) => /^(\*|> GET|< HTTP|< loc)/.test(line))).toEqual([
      '> GET / HTTP/1.1',
      expect.stringMatching(/^\* connected to 127\.0\.0\.1:\d+ in 0 ms$/),
      '< HTTP/1.1 301',
      '< location: /feed?key=***',
      '* body 5 bytes, headers after 0 ms, done after 0 ms',
      expect.stringMatching(/^\* following 301 to http:\/\/127\.0\.0\.1:\d+\/feed\?key=\*\*\*$/),
      '> GET /feed?key=*** HTTP/1.1',
      expect.stringMatching(/^\* kept connection to 127\.0\.0\.1:\d+$/),
      '< HTTP/1.1 404',
      '* body 5 bytes, headers after 0 ms, done after 0 ms',
      '* failed: http-404: the origin answered 404',
    ]);
  });

  test('over a challenge', async () => {
    const lines = await linesAbout(
      (seen, response) => {
        const headers = { 'www-authenticate': 'Digest realm="my feeds", nonce="PLANTED", Basic realm="b"' };
        response.writeHead(seen.headers.authorization ? 200 : 401, headers).end(feed);
      },
      { auth: basic },
    );
    expect(lines).toContain('< www-authenticate: Digest realm="my feeds", nonce=***, Basic realm="b"');
    expect(lines).toContain('* asking again: with credentials');
    expect(lines).toContain('> Authorization: ***');
    expect(lines.filter((line) => line.startsWith('> GET'))).toHaveLength(2);
  });

  test('without an answer', async () => {
    const lines: string[] = [];
    const wire = (line: string) => lines.push(line);
    await feedClient({ allow: [] }).fetch({ url: 'http://127.0.0.1/?token=PLANTED', wire });
    expect(lines.at(-1)).toMatch(/^\* failed: blocked-address: /);
    expect(lines.join('\n')).not.toMatch(/PLANTED|connect|< /);
  });

  test('is not told unless somebody listens', async () => {
    await using server = await startServer(saying(200, {}, feed));
    expect((await feedClient().fetch({ url: server.url })).kind).toBe('document');
  });
});

describe('secrets', () => {
  test.each<[string, Record<string, string | string[]>]>([
    ['Set-Cookie', { 'set-cookie': ['a=PLANTED', 'b=PLANTED; HttpOnly'] }],
    ['Authentication-Info', { 'authentication-info': 'nextnonce="PLANTED"' }],
    ['X-Auth-Token', { 'x-auth-token': 'PLANTED' }],
    ['X-API-Key', { 'x-api-key': 'PLANTED' }],
    [
      'WWW-Authenticate with parameters',
      { 'www-authenticate': 'Digest realm="r", nonce="PLANTED", opaque=PLANTED' },
    ],
    ['WWW-Authenticate with token68', { 'www-authenticate': 'Negotiate PLANTED==' }],
    ['WWW-Authenticate that cannot be read', { 'www-authenticate': '"PLANTED' }],
    ['a URL in a realm', { 'www-authenticate': 'Basic realm="https://a/?x=PLANTED"' }],
    ['the query of a Location', { location: 'ftp://example.org/?a=PLANTED&PLANTED&b=PLANTED=PLANTED' }],
    ['a query with spaces', { location: 'ftp://example.org/?a=x PLANTED' }],
    ['a relative Location', { location: '?PLANTED' }],
    ['the fragment of a Location', { location: 'ftp://example.org/#access=PLANTED' }],
    ['user-info', { location: 'ftp://user:PLANTED@example.org/' }],
    ['user-info with backslashes', { location: 'http:\\\\user:PLANTED@[' }],
    ['user-info without slashes', { location: 'https:user:PLANTED@[' }],
    ['user-info with two @', { location: '//user:x@PLANTED@[' }],
    [
      'Link',
      { link: '<https://u:PLANTED@hub.example/?a=PLANTED, PLANTED>; rel=hub, </?a=PLANTED>; rel=self' },
    ],
    ['Link without a scheme', { link: '<//u:PLANTED@example.org/?PLANTED>; rel=self' }],
    ['Refresh', { refresh: '0; url=https://example.org/?a=PLANTED;PLANTED' }],
    ['Refresh without a scheme', { refresh: '0; url=/feed?a=PLANTED' }],
    ['a URL in any field', { 'x-debug': 'asked HTTPS://example.org/?a=PLANTED' }],
    ['Content-Location', { 'content-location': '/feed?PLANTED' }],
  ])('of %s are masked', async (_name, headers) => {
    for (const status of [200, 302]) {
      const lines = await linesAbout(saying(status, headers));
      expect(lines.join('\n')).not.toMatch(/PLANTED/);
      expect(lines.join('\n')).toMatch(/\*\*\*/);
    }
  });

  test.each<[string, Partial<FeedRequest>]>([
    ['a bearer', { auth: bearer }],
    ['preemptive basic', { auth: { ...basic, isPreemptive: true } }],
    ['basic on challenge', { auth: basic }],
    [
      'configured headers',
      { headers: { 'X-Key': 'PLANTED-key', Cookie: 'sid=PLANTED', Accept: 'PLANTED/x' } },
    ],
  ])('of the request are masked, also where the origin repeats them: %s', async (_name, request) => {
    const lines = await linesAbout((seen, response) => {
      const sent = seen.headers;
      const all = [sent.authorization, sent['x-key'], sent.cookie, 'PLANTED pass', 'PLANTED%20pass'].join(
        ' | ',
      );
      const headers = { 'www-authenticate': `Basic realm="${all}"`, etag: `"${all}"`, 'x-echo': all };
      const isAsked = sent.authorization === undefined && request.auth !== undefined;
      if (isAsked) return void response.writeHead(401, headers).end();
      const path = `/${sent.authorization?.split(' ')[1] ?? sent['x-key']}`;
      response.writeHead(302, { ...headers, location: seen.path === '/' ? path : 'ftp://x/' }).end();
    }, request);
    const text = lines.join('\n').replaceAll(/PLANTED(%20| )pass/g, request.auth === basic ? '$&' : '');
    expect(text).not.toMatch(/PLANTED/);
    expect(text).not.toContain(base64.replace(/=+$/, ''));
    expect(text).toMatch(/^> GET \/\*\*\* HTTP/m);
  });

  const odd = 'pläin "PLANTED" +/? key';
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');
  const inBase64 = (text: string) => Buffer.from(text).toString('base64');
  const escaped = (text: string) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

  test.each<[string, (secret: string) => string]>([
    ['as it is', utf8],
    ['in another case', (secret) => utf8(secret.toUpperCase().replace('Ä', 'ä'))],
    ['escaped where it must be', encodeURIComponent],
    ['escaped as a form', (secret) => new URLSearchParams({ secret }).toString().slice(7)],
    ['escaped altogether', escaped],
    ['escaped twice', (secret) => escaped(secret).replaceAll('%', '%25')],
    ['as JSON', (secret) => utf8(JSON.stringify(secret))],
    ['in Base64', inBase64],
    ['in Base64 behind one byte', (secret) => inBase64(`:${secret}`)],
    ['in Base64 behind two bytes', (secret) => inBase64(`me${secret}`)],
    ['in Base64 between others', (secret) => inBase64(`{"me:${secret}","more"}`)],
    ['in Base64 for URLs', (secret) => Buffer.from(`a:${secret}!`).toString('base64url')],
  ])('of the request are masked, also where the origin repeats them %s', async (_name, echo) => {
    const subjects: Partial<FeedRequest>[] = [
      { auth: { kind: 'bearer', token: odd } },
      { auth: { kind: 'basic', user: 'x', password: odd, isPreemptive: true } },
      { headers: { 'X-Key': encodeURIComponent(odd) } },
    ];
    for (const subject of subjects) {
      const secret = subject.headers?.['X-Key'] ?? odd;
      const headers = { 'x-echo': `(${echo(secret)})`, location: `ftp://example.org/${echo(secret)}` };
      for (const line of (await linesAbout(saying(302, headers), subject)).slice(2)) {
        expect(line).not.toMatch(/planted|PLANTED|%50|%5[0-9a-f]%|%(25)+50|UExBTl|BMQU5U|QTEFOV/);
      }
    }
  });

  test('of a configured query are masked as they are written there, too', async () => {
    await using server = await startServer((_seen, response) => {
      response.writeHead(200, { 'x-echo': 'you sent PLANT%ffED-query and %50LANT%45D-query' }).end();
    });
    const url = `${server.url}/?key=PLANT%FFED-query&other=PLANTED-query`;
    expect((await linesOf({ url })).filter((line) => line.startsWith('< x-echo'))).toEqual([
      '< x-echo: you sent *** and ***',
    ]);
  });

  test('short values of configured headers are masked too, and our own are shown', async () => {
    const lines = await linesAbout(saying(200), { headers: { 'X-Short': 'abc', accept: 'text/xml' } });
    expect(lines).toContain('> X-Short: ***');
    expect(lines).toContain('> accept: ***');
    expect(lines).toContain('> Accept-Encoding: gzip, deflate, br, zstd');
  });

  test('of the configured URL are masked wherever they come back', async () => {
    await using server = await startServer((_seen, response) => {
      response.writeHead(200, { 'x-echo': 'you are PLANTED-query' }).end();
    });
    const url = `http://user:PLANTED-password@127.0.0.1:${server.port}/?key=PLANTED-query`;
    const own = await linesOf({ url });
    expect(own.join('\n')).not.toMatch(/PLANTED/);
    expect(own).toContain('> GET /?key=*** HTTP/1.1');
    expect(own).toContain('< x-echo: you are ***');
  });

  test('with signs that mean something in a pattern are masked', async () => {
    const token = 'a+b(c[d.*$^|\\PLANTED?{2}';
    const lines = await linesAbout(saying(200, { 'x-echo': `<${token}> aab(c` }), {
      auth: { kind: 'bearer', token },
    });
    expect(lines).toContain('< x-echo: <***> aab(c');
  });

  test('in the message of a failure are masked', async () => {
    const headers = { 'content-encoding': 'PLANTED-token' };
    const lines = await linesAbout(saying(200, headers, 'x'), { auth: bearer });
    expect(lines.at(-1)).toBe('* failed: encoding: unknown content coding "***"');
    expect(lines.join('\n')).not.toMatch(/PLANTED/i);
  });

  test('of fewer than four characters are masked where they belong alone, as the holes would spell them', async () => {
    const lines = await linesAbout(saying(200, { etag: '"abc"' }), {
      auth: { kind: 'bearer', token: 'abc' },
    });
    expect(lines).toContain('> Authorization: ***');
    expect(lines).toContain('< etag: "abc"');
  });
});

describe('what an origin sends steers no terminal', () => {
  test('control characters are shown as such', async () => {
    await using origin = await startRawOrigin(
      answering('HTTP/1.1 200 OK\r\nX: a\tb\x9b31m\x85c\xad\r\nContent-Length: 0\r\n\r\n'),
    );
    const lines = await linesOf({ url: origin.url });
    expect(lines).toContain('< x: a\\u0009b\\u009b31m\\u0085c\\u00ad');
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });

  test('a line has at most 500 characters, however long its header', async () => {
    const lines = await linesAbout(saying(200, { x: 'x'.repeat(10_000), y: 'y'.repeat(497) }));
    const longest = lines.filter((line) => line.startsWith('< x: '));
    expect(longest).toEqual([`< x: ${'x'.repeat(494)}…`]);
    expect(Math.max(...lines.map(({ length }) => length))).toBe(500);
  });

  test('of a secret that the cut would part nothing is left', async () => {
    const value = `${'x'.repeat(490)}PLANTED-token`;
    const lines = await linesAbout(saying(200, { x: value }), { auth: bearer });
    expect(lines.join('\n')).not.toMatch(/PLAN/);
  });

  test.each([
    ['question marks', '?'],
    ['slashes', '/'],
    ['brackets', '<'],
    ['schemes', 'https:'],
  ])('a header of nothing but %s is shown as it is, without delay', async (_name, sign) => {
    const value = sign.repeat(8_000 / sign.length);
    const lines = await linesAbout(saying(200, { x: value }));
    expect(lines).toContain(`< x: ${value.slice(0, 494)}…`);
  });

  test('of its header lines 200 are shown, and how many there were', async () => {
    const many = Array.from({ length: 450 }, (_, n) => `X-${n}: y\r\n`).join('');
    await using origin = await startRawOrigin(
      toEachRequest((connection) => connection.write(`HTTP/1.1 200 OK\r\n${many}Content-Length: 0\r\n\r\n`)),
    );
    const lines = await linesOf({ url: origin.url });
    expect(lines.filter((line) => /^< x-/.test(line))).toHaveLength(200);
    expect(lines).toContain('* and 251 header lines more');
  });
});
