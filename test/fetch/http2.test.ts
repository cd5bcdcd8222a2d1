// HTTP/2 by configuration: off unless it is asked for, and then bound to every rule that holds without it.

import type { lookup as systemLookup } from 'node:dns';
import { constants } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeClock, until } from '../support/fake-clock.ts';
import {
  type Authority,
  createAuthority,
  hasOpenssl,
  type Identity,
  startTlsServer,
} from '../support/tls.ts';
import { type ClientSetup, feedClient } from './clients.ts';
import { type FrameConnection, frame, startFrameOrigin } from './http2-frames.ts';
import { type Http2Origin, type StreamAnswer, startHttp2Origin } from './http2-origin.ts';

const host = 'feeds.example';
const feed = '<rss version="2.0"><channel/></rss>';
const modified = 'fri, 20 nov 2026 08:00:00 gmt';

const answerFrames = (connection: FrameConnection, stream: number) => {
  connection.begin(stream);
  connection.body(stream, feed, true);
};

/** Every name is at home. */
const lookup = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof systemLookup;

const withOpenssl = hasOpenssl ? describe : describe.skip;

withOpenssl(`HTTP/2${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  let authority: Authority;
  let identity: Identity;
  beforeAll(async () => {
    authority = await createAuthority();
    identity = authority.issue(host);
  });
  afterAll(async () => {
    await authority?.[Symbol.asyncDispose]();
  });

  const clientOf = (setup: ClientSetup = {}) =>
    feedClient({ lookup, http2For: () => true, tlsFor: () => ({ ca: authority.cert }), ...setup });
  const urlOf = ({ port }: { readonly port: number }, path = '/feed') => `https://${host}:${port}${path}`;
  const originOf = (answer: StreamAnswer, options = {}) => startHttp2Origin(identity, answer, options);

  async function fetchOnce(answer: StreamAnswer, setup: ClientSetup = {}) {
    await using origin = await originOf(answer);
    return await clientOf(setup).fetch({ url: urlOf(origin) });
  }

  const whole: StreamAnswer = (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/rss+xml' });
    stream.end(feed);
  };

  describe('the choice', () => {
    test('is made by the key: without it only HTTP/1.1 is offered', async () => {
      await using origin = await originOf(whole, { allowHTTP1: true });
      const client = clientOf({ http2For: () => false });
      await client.fetch({ url: urlOf(origin) });
      expect(origin.offered).toEqual([['http/1.1']]);
      expect(origin.sessions).toHaveLength(0);
    });

    test('with the key HTTP/2 is offered before HTTP/1.1, and used', async () => {
      await using origin = await originOf(whole);
      expect((await clientOf().fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect(origin.offered).toEqual([['h2', 'http/1.1']]);
      expect(origin.sessions).toHaveLength(1);
    });

    test('an origin that has no HTTP/2 is asked over HTTP/1.1, once', async () => {
      await using server = await startTlsServer(identity, { body: feed });
      expect((await clientOf().fetch({ url: urlOf(server) })).kind).toBe('document');
      expect(server.requests).toEqual([`${host}:${server.port}/feed`]);
    });

    test('is made for each origin', async () => {
      await using first = await originOf(whole);
      await using second = await originOf(whole, { allowHTTP1: true });
      const client = clientOf({ http2For: (origin) => origin === `https://${host}:${first.port}` });
      await client.fetch({ url: urlOf(first) });
      await client.fetch({ url: urlOf(second) });
      expect([first.offered[0]?.[0], second.offered[0]?.[0]]).toEqual(['h2', 'http/1.1']);
    });

    test('a plain http origin is asked over HTTP/1.1 whatever the key says', async () => {
      await using server = await startTlsServer(identity);
      const fetched = await clientOf().fetch({ url: `http://127.0.0.1:${server.port}/` });
      expect(fetched).toMatchObject({ kind: 'failed' });
      expect(server.connections()).toBe(0);
    });
  });

  describe('the request', () => {
    test('carries the headers of HTTP/1.1, and none that HTTP/2 forbids', async () => {
      await using origin = await originOf(whole);
      await clientOf().fetch({ url: urlOf(origin, '/a%20b?q=%7E') });
      // RFC 9113 §8.2.2 and §8.3.1: no Connection, no Host beside :authority.
      expect(Object.fromEntries(Object.entries(origin.requests[0] ?? {}))).toEqual({
        ':method': 'GET',
        ':scheme': 'https',
        ':authority': `${host}:${origin.port}`,
        ':path': '/a%20b?q=%7E',
        'user-agent': 'feedhook/0.0.0 (+https://example.org/)',
        accept: expect.stringContaining('application/atom+xml'),
        'accept-encoding': 'gzip, deflate, br, zstd',
      });
    });

    test.each([
      ['strong', '"abc"'],
      ['weak', 'W/"abc"'],
      ['without quotes', 'abc'],
      ['a comma and a space', '"a, b"'],
      ['bytes beyond ASCII', '"\xe9\xff\x80"'],
    ])('validators go back byte for byte: %s', async (_name, etag) => {
      await using origin = await originOf((stream) => {
        stream.respond({ ':status': 200, etag, 'last-modified': modified });
        stream.end(feed);
      });
      const client = clientOf();
      const first = await client.fetch({ url: urlOf(origin) });
      if (first.kind !== 'document') throw new Error(first.kind);
      expect(first.validators).toEqual({ url: urlOf(origin), etag, lastModified: modified });
      await client.fetch({ url: urlOf(origin), validators: first.validators });
      expect(origin.requests[1]).toMatchObject({
        'if-none-match': etag,
        'if-modified-since': modified,
        'a-im': 'feed',
      });
    });
  });

  describe('the answer', () => {
    test('a 304 is nothing new, also with the length of what it does not bring', async () => {
      await using origin = await originOf((stream) =>
        stream.respond({ ':status': 304, etag: '"1"', 'content-length': '5000000' }, { endStream: true }),
      );
      const client = clientOf();
      const validators = { url: urlOf(origin), etag: '"1"' };
      for (let n = 0; n < 2; n++) {
        expect(await client.fetch({ url: urlOf(origin), validators })).toMatchObject({
          kind: 'notModified',
          validators,
        });
      }
      expect(origin.sessions).toHaveLength(1);
    });

    test('a gzip body is decoded', async () => {
      const fetched = await fetchOnce((stream) => {
        stream.respond({ ':status': 200, 'content-encoding': 'gzip' });
        stream.end(gzipSync(feed.repeat(100)));
      });
      if (fetched.kind !== 'document') throw new Error(fetched.kind);
      expect(Buffer.from(fetched.body).toString()).toBe(feed.repeat(100));
    });

    test('an error status, a redirect and an empty 200 are what they are without it', async () => {
      await using origin = await originOf((stream, headers) => {
        const status = { '/moved': 302, '/gone': 410 }[String(headers[':path'])] ?? 200;
        stream.respond({ ':status': status, location: '/feed' }, { endStream: true });
      });
      const client = clientOf();
      expect(await client.fetch({ url: urlOf(origin, '/gone') })).toMatchObject({ code: 'http-410' });
      expect(await client.fetch({ url: urlOf(origin, '/moved') })).toMatchObject({
        kind: 'document',
        url: urlOf(origin),
        hops: [{ status: 302 }],
      });
    });

    test.each<[string, (connection: FrameConnection, stream: number) => void]>([
      ['RST_STREAM with INTERNAL_ERROR', ({ reset }, stream) => reset(stream, 2)],
      ['RST_STREAM with CANCEL', ({ reset }, stream) => reset(stream, 8)],
      [
        'GOAWAY and the end of the connection',
        ({ goaway, socket }) => {
          goaway(0);
          socket.end();
        },
      ],
      ['the end of the connection', ({ socket }) => socket.end()],
      ['the loss of the connection', ({ socket }) => socket.write('', () => socket.destroy())],
    ])('A01, A02: a body cut by %s is truncated', async (_name, cut) => {
      await using origin = await startFrameOrigin(identity, (connection, stream) => {
        connection.begin(stream);
        connection.body(stream, '<rss>');
        cut(connection, stream);
      });
      expect(await clientOf().fetch({ url: urlOf(origin) })).toMatchObject({
        kind: 'failed',
        status: 200,
        code: 'truncated',
        figures: { requests: 1 },
      });
      expect(origin.requests).toHaveLength(1);
    });

    // Nothing tells it from an end; as after the end of a connection (A03), the parser proves the document whole.
    test('a body cut by RST_STREAM with NO_ERROR passes for whole', async () => {
      await using origin = await startFrameOrigin(identity, (connection, stream) => {
        connection.begin(stream);
        connection.body(stream, '<rss>');
        connection.reset(stream, 0);
      });
      expect((await clientOf().fetch({ url: urlOf(origin) })).kind).toBe('document');
    });

    test('a RST_STREAM with NO_ERROR after the end of the answer takes nothing from it', async () => {
      await using origin = await startFrameOrigin(identity, (connection, stream) => {
        answerFrames(connection, stream);
        connection.reset(stream, 0);
      });
      expect((await clientOf().fetch({ url: urlOf(origin) })).kind).toBe('document');
    });

    test('a frame that breaks the protocol in mid-body is a breach of protocol', async () => {
      await using origin = await startFrameOrigin(identity, (connection, stream) => {
        connection.begin(stream);
        connection.body(stream, '<rss>');
        connection.send(frame.headers, 0, Buffer.alloc(5));
      });
      expect(await clientOf().fetch({ url: urlOf(origin) })).toMatchObject({ code: 'protocol' });
    });

    test('A01: a body that ends before its promised length is truncated', async () => {
      const fetched = await fetchOnce((stream) => {
        stream.respond({ ':status': 200, 'content-length': '100' });
        stream.end('<rss>');
      });
      expect(fetched).toMatchObject({ kind: 'failed', status: 200, code: 'truncated' });
    });

    test('a body that comes byte by byte is put together', async () => {
      await using origin = await startFrameOrigin(identity, (connection, stream) => {
        connection.begin(stream);
        for (const [index, letter] of [...feed].entries()) {
          connection.body(stream, letter, index === feed.length - 1);
        }
      });
      const fetched = await clientOf().fetch({ url: urlOf(origin) });
      expect(fetched.kind === 'document' && Buffer.from(fetched.body).toString()).toBe(feed);
    });

    test('a stream that is reset before its headers is connect-reset, and not asked for again', async () => {
      await using origin = await startFrameOrigin(identity, (connection, stream, nth) => {
        if (nth === 2) connection.reset(stream, 2);
        else answerFrames(connection, stream);
      });
      const client = clientOf();
      expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect(await client.fetch({ url: urlOf(origin) })).toMatchObject({
        code: 'connect-reset',
        figures: { requests: 1 },
      });
      expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect(origin.requests).toEqual([1, 3, 5]);
    });

    test.each<[string, (connection: FrameConnection, stream: number) => void]>([
      ['the end of the connection', ({ socket }) => socket.end()],
      ['the loss of the connection', ({ socket }) => socket.destroy()],
    ])('%s before the headers is connect-reset, asked once', async (_name, cut) => {
      await using origin = await startFrameOrigin(identity, cut);
      expect(await clientOf().fetch({ url: urlOf(origin) })).toMatchObject({
        code: 'connect-reset',
        figures: { requests: 1 },
      });
      expect(origin.requests).toHaveLength(1);
    });

    test('bytes that are no HTTP/2 are a failure', async () => {
      await using origin = await startFrameOrigin(identity, ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
      const fetched = await clientOf().fetch({ url: urlOf(origin) });
      expect(['protocol', 'connect-reset']).toContain(fetched.kind === 'failed' && fetched.code);
    });
  });

  describe('the session', () => {
    test('is kept from request to request', async () => {
      await using origin = await originOf(whole);
      const client = clientOf();
      for (let n = 0; n < 3; n++) {
        expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
      }
      expect(origin.sessions).toHaveLength(1);
    });

    test('carries one request at a time unless lanes say more', async () => {
      for (const connections of [1, 3]) {
        let running = 0;
        let most = 0;
        const waiting: (() => void)[] = [];
        await using origin = await originOf(async (stream) => {
          running += 1;
          most = Math.max(most, running);
          await new Promise<void>((resolve) => waiting.push(resolve));
          running -= 1;
          await whole(stream, {}, 0);
        });
        const client = clientOf({ connectionsTo: () => connections });
        const all = Promise.all([1, 2, 3].map(() => client.fetch({ url: urlOf(origin) })));
        for (let answered = 0; answered < 3; ) {
          await until(() => waiting.length === Math.min(connections, 3 - answered), 'requests wait');
          answered += waiting.length;
          for (const release of waiting.splice(0)) release();
        }
        expect((await all).map(({ kind }) => kind)).toEqual(['document', 'document', 'document']);
        expect(most).toBe(connections);
      }
    });

    test.each([0, 1, 2 ** 31 - 1])(
      'G24: a GOAWAY (last stream %i) between requests costs a new one, and no failure',
      async (lastStream) => {
        await using origin = await startFrameOrigin(identity, answerFrames);
        const client = clientOf();
        expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
        origin.connections[0]?.goaway(lastStream);
        // The client ends the connection, although the origin does not.
        await until(() => origin.connections[0]?.socket.destroyed === true, 'the connection ends');
        expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
        expect(origin.connections).toHaveLength(2);
        expect(origin.requests).toEqual([1, 1]);
      },
    );

    test('a GOAWAY that crosses a request costs a second one, and no failure', async () => {
      await using origin = await startFrameOrigin(identity, (connection, stream, nth) => {
        // It never took the stream: the last one was the first.
        if (nth === 2) connection.goaway(1);
        else answerFrames(connection, stream);
      });
      const client = clientOf();
      expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect(origin.requests).toEqual([1, 3, 1]);
    });

    test('a stream that is refused is asked for once more, and no failure', async () => {
      await using origin = await startFrameOrigin(identity, (connection, stream, nth) => {
        // RFC 9113 §8.7: REFUSED_STREAM says that nothing was done.
        if (nth === 1) connection.reset(stream, 7);
        else answerFrames(connection, stream);
      });
      expect((await clientOf().fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect(origin.requests).toEqual([1, 3]);
    });

    test('a GOAWAY in the middle of an answer lets it end', async () => {
      await using origin = await originOf((stream) => {
        stream.respond({ ':status': 200 });
        stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
        stream.end(feed);
      });
      const client = clientOf();
      expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
    });

    test('that died while it was kept costs a second request, and no failure', async () => {
      await using origin = await originOf((stream, headers, nth) => {
        if (nth !== 2) return whole(stream, headers, nth);
        stream.session?.socket.destroy();
        return undefined;
      });
      const client = clientOf();
      expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect(await client.fetch({ url: urlOf(origin) })).toMatchObject({
        kind: 'document',
        figures: { requests: 2 },
      });
    });

    test.each<[string, (connection: FrameConnection, stream: number) => void]>([
      ['says GOAWAY', ({ goaway }) => goaway(0)],
      ['refuses the stream', ({ reset }, stream) => reset(stream, 7)],
    ])('an origin that always %s is failed, not asked for ever', async (_name, refuse) => {
      await using origin = await startFrameOrigin(identity, refuse);
      expect(await clientOf().fetch({ url: urlOf(origin) })).toMatchObject({
        kind: 'failed',
        code: 'connect-reset',
      });
      expect(origin.requests).toHaveLength(2);
    });

    test('ends with the client', async () => {
      await using origin = await originOf(() => {});
      const clock = new FakeClock();
      const client = clientOf({ clock });
      const fetched = client.fetch({ url: urlOf(origin) });
      await until(() => origin.requests.length === 1, 'the origin is asked');
      await client.close();
      expect(await fetched).toMatchObject({ code: 'aborted' });
      await until(() => origin.sessions[0]?.destroyed === true, 'the session ends');
      expect(clock.timers).toBe(0);
    });
  });

  describe('limits', () => {
    const padded =
      (bytes: number): StreamAnswer =>
      (stream) => {
        // "date" and "x" take what is not padding.
        stream.respond({ ':status': 200, x: 'y'.repeat(bytes - 1) }, { sendDate: false } as object);
        stream.end(feed);
      };

    test('a header block of exactly the limit passes, and one byte more does not', async () => {
      const setup = { limits: { maxHeaderBytes: 1_000 } };
      expect((await fetchOnce(padded(1_000), setup)).kind).toBe('document');
      expect(await fetchOnce(padded(1_001), setup)).toMatchObject({ code: 'headers-too-large' });
    });

    test.each<[string, StreamAnswer]>([
      ['one header of 60 KB', padded(60_000)],
      [
        '120 cookies',
        (stream) => {
          stream.respond({
            ':status': 200,
            'set-cookie': Array.from({ length: 120 }, () => 'c'.repeat(200)),
          });
          stream.end(feed);
        },
      ],
    ])('A11: %s are headers-too-large', async (_name, answer) => {
      expect(await fetchOnce(answer)).toMatchObject({ kind: 'failed', code: 'headers-too-large' });
    });

    test('1,000 headers, which Node refuses by itself, are a reset', async () => {
      const fetched = await fetchOnce((stream) => {
        const many = Array.from({ length: 1_000 }, (_, n) => [`x-${n}`, 'y'.repeat(20)]);
        stream.respond({ ':status': 200, ...Object.fromEntries(many) });
        stream.end(feed);
      });
      expect(fetched).toMatchObject({ kind: 'failed', code: 'connect-reset' });
    });

    const setup = { limits: { maxWireBytes: 1_000, maxBodyBytes: 1_000 } };
    const body =
      (bytes: number, headers = {}): StreamAnswer =>
      (stream) => {
        stream.respond({ ':status': 200, ...headers });
        stream.end('x'.repeat(bytes));
      };

    test.each([
      ['with a length', (bytes: number) => body(bytes, { 'content-length': `${bytes}` })],
      ['without one', (bytes: number) => body(bytes)],
    ])('a body %s of exactly the wire limit passes, and one byte more is too-large', async (_name, of) => {
      expect((await fetchOnce(of(1_000), setup)).kind).toBe('document');
      expect(await fetchOnce(of(1_001), setup)).toMatchObject({ code: 'too-large', status: 200 });
    });

    test('a gzip bomb is decoded-too-large', async () => {
      const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'));
      const fetched = await fetchOnce((stream) => {
        stream.respond({ ':status': 200, 'content-encoding': 'gzip' });
        stream.end(bomb);
      });
      expect(fetched).toMatchObject({ code: 'decoded-too-large' });
    });

    test('the endless body of an error page is not read, and costs no session', async () => {
      let written = 0;
      await using origin = await originOf((stream, headers) => {
        if (headers[':path'] === '/feed') return whole(stream, headers, 0);
        stream.respond({ ':status': 500 });
        const more = () => {
          while (!stream.destroyed && stream.write('x'.repeat(65_536))) written += 65_536;
        };
        stream.on('drain', more);
        more();
        return undefined;
      });
      const client = clientOf();
      expect(await client.fetch({ url: urlOf(origin, '/endless') })).toMatchObject({ code: 'http-500' });
      expect((await client.fetch({ url: urlOf(origin) })).kind).toBe('document');
      expect(written).toBeLessThan(20_000_000);
      expect(origin.sessions).toHaveLength(1);
    });

    test.each([
      [0, 'document'],
      [1, 'document'],
      [2, 'document'],
      [3, 'too-many-1xx'],
    ])('A13: %i interim responses with a limit of 2: %s', async (sent, end) => {
      const fetched = await fetchOnce(
        (stream) => {
          for (let n = 0; n < sent; n++) stream.additionalHeaders({ ':status': 103, link: '</a>' });
          stream.respond({ ':status': 200 });
          stream.end(feed);
        },
        { limits: { maxInterimResponses: 2 } },
      );
      expect(fetched.kind === 'failed' ? fetched.code : fetched.kind).toBe(end);
    });

    test('no headers within their limit is headers-timeout', async () => {
      expect(await fetchOnce(() => {}, { limits: { headersTimeoutMs: 50 } })).toMatchObject({
        code: 'headers-timeout',
      });
    });

    test('a body that stands still longer than its limit is body-timeout', async () => {
      const half: StreamAnswer = (stream) => {
        stream.respond({ ':status': 200 });
        stream.write('<');
      };
      expect(await fetchOnce(half, { limits: { bodyTimeoutMs: 50 } })).toMatchObject({
        code: 'body-timeout',
        status: 200,
      });
    });

    test.each<[string, StreamAnswer]>([
      ['no answer', () => {}],
      ['A15: a body that never ends', (stream) => void stream.respond({ ':status': 200 })],
      [
        'A14: endless 103s',
        async (stream) => {
          while (!stream.destroyed) {
            stream.additionalHeaders({ ':status': 103 });
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
      ],
    ])('%s ends at the total deadline, with its stream', async (_name, answer) => {
      const clock = new FakeClock();
      let streamEnded = false;
      await using origin: Http2Origin = await originOf((stream, headers, nth) => {
        stream.on('close', () => {
          streamEnded = true;
        });
        return answer(stream, headers, nth);
      });
      const limits = { maxInterimResponses: Number.MAX_SAFE_INTEGER };
      const fetched = clientOf({ clock, limits }).fetch({ url: urlOf(origin) });
      await until(() => origin.requests.length === 1, 'the origin is asked');
      await clock.advance(30_000);
      expect(await fetched).toMatchObject({ code: 'timeout' });
      await until(() => streamEnded, 'the stream ends');
    });
  });
});
