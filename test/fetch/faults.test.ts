// Group A of the fault matrix: what an origin, or the network before it, can do wrong.

import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { FakeClock, until } from '../support/fake-clock.ts';
import { answering, type Script, startRawOrigin } from '../support/raw-origin.ts';
import { type ClientSetup, feedClient } from './clients.ts';
import { startFullOrigin } from './full-origin.ts';

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

async function fetchFrom(script: Script, setup: ClientSetup = {}) {
  await using origin = await startRawOrigin(script);
  return await feedClient(setup).fetch({ url: origin.url });
}

/** Fetches under a clock that is moved once the origin has been asked. */
async function fetchUntil(ms: number, script: Script, scheme = 'http') {
  const clock = new FakeClock();
  await using origin = await startRawOrigin(script);
  const fetched = feedClient({ clock }).fetch({ url: origin.url.replace('http', scheme) });
  await until(() => origin.connections.length === 1, 'the origin is asked');
  await clock.advance(ms);
  const ended = await fetched;
  await origin.connections[0]?.closed;
  return ended;
}

describe('framing', () => {
  test.each<[string, Script]>([
    ['A01: a body shorter than its Content-Length', answering(`${ok}Content-Length: 100\r\n\r\n<rss>`)],
    [
      'A01: the same with Connection: close',
      answering(`${ok}Connection: close\r\nContent-Length: 9\r\n\r\n<rss>`),
    ],
    ['A02: chunks without the last one', answering(`${chunked}5\r\n<rss>\r\n`)],
    ['A02: a chunk that is cut', answering(`${chunked}ff\r\n<rss>`)],
    [
      'A01: a body cut by RST',
      async (connection) => {
        await connection.request();
        await connection.write(`${ok}Content-Length: 100\r\n\r\n<rss>`);
        connection.reset();
      },
    ],
  ])('%s is truncated', async (_name, script) => {
    expect(await fetchFrom(script)).toMatchObject({ kind: 'failed', status: 200, code: 'truncated' });
  });

  test('A03: a body that only the end of the connection ends is a document; the parser proves it whole', async () => {
    const fetched = await fetchFrom(answering(`${ok}Connection: close\r\n\r\n<rss><item>`));
    expect(fetched).toMatchObject({ kind: 'document', figures: { wireBytes: 11 } });
  });

  test('a body that comes in single bytes is put together', async () => {
    const body = '<rss>h\xe9llo</rss>';
    const bytes = [...`${ok}Content-Length: ${body.length}\r\n\r\n${body}`];
    const fetched = await fetchFrom(answering(...bytes));
    if (fetched.kind !== 'document') throw new Error(fetched.kind);
    expect(Buffer.from(fetched.body).toString('latin1')).toBe(body);
  });

  test.each([
    ['A10: a chunk size that is no number', `${chunked}ZZ\r\n<rss>\r\n0\r\n\r\n`],
    ['A10: a chunk size beyond every number', `${chunked}FFFFFFFFFFFFFFFFF\r\n<rss>\r\n0\r\n\r\n`],
    ['A10: a negative chunk size', `${chunked}-1\r\n<rss>\r\n0\r\n\r\n`],
    ['A32: HTTP/0.9', '<rss></rss>'],
    ['A32: lines that end in LF alone', 'HTTP/1.1 200 OK\nContent-Length: 5\n\n<rss>'],
    ['A32: a NUL in a header', `${ok}X: a\0b\r\nContent-Length: 5\r\n\r\n<rss>`],
    ['A32: HTTP/3.7', 'HTTP/3.7 200 OK\r\nContent-Length: 5\r\n\r\n<rss>'],
    ['A32: status 000', 'HTTP/1.1 000 No\r\nContent-Length: 5\r\n\r\n<rss>'],
    [
      'a length and chunks at once',
      `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n0\r\n\r\n`,
    ],
    ['two lengths', `${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\n<rss>`],
    [
      'a 101 that nobody asked for',
      'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n',
    ],
  ])('%s is a breach of protocol', async (_name, bytes) => {
    expect(await fetchFrom(answering(bytes))).toMatchObject({ kind: 'failed', code: 'protocol' });
  });

  test('A10: a chunk extension of 1 MB is read over', async () => {
    const before = process.memoryUsage().rss;
    const extension = 'y'.repeat(1_000_000);
    const fetched = await fetchFrom(answering(`${chunked}5;x=${extension}\r\n<rss>\r\n0\r\n\r\n`));
    expect(fetched).toMatchObject({ kind: 'document', figures: { wireBytes: 5 } });
    expect(process.memoryUsage().rss - before).toBeLessThan(20_000_000);
  });

  test('A32: an answer in HTTP/1.0 with keep-alive is read', async () => {
    const bytes = 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n<rss>';
    expect((await fetchFrom(answering(bytes))).kind).toBe('document');
  });
});

describe('header limits', () => {
  test.each([
    ['one header of 64 KB', `X: ${'y'.repeat(65_536)}\r\n`],
    ['10,000 small headers', 'X: y\r\n'.repeat(10_000)],
    ['500 cookies', `Set-Cookie: ${'c'.repeat(60)}\r\n`.repeat(500)],
  ])('A11: %s are headers-too-large', async (_name, headers) => {
    const fetched = await fetchFrom(answering(`${ok}${headers}Content-Length: 0\r\n\r\n`));
    expect(fetched).toMatchObject({ kind: 'failed', code: 'headers-too-large' });
  });

  test('a header block of exactly the limit passes, and one byte more does not', async () => {
    // Counted are names and values: "Content-Length" and "0" are 15 bytes, "X" is one.
    const answer = (bytes: number) =>
      answering(`${ok}Content-Length: 0\r\nX: ${'y'.repeat(bytes - 16)}\r\n\r\n`);
    const setup = { limits: { maxHeaderBytes: 1_000 } };
    expect((await fetchFrom(answer(1_000), setup)).kind).toBe('document');
    expect(await fetchFrom(answer(1_001), setup)).toMatchObject({ code: 'headers-too-large' });
  });
});

describe('body limits', () => {
  const setup = { limits: { maxWireBytes: 1_000, maxBodyBytes: 1_000 } };
  const declared = (bytes: number) => answering(`${ok}Content-Length: ${bytes}\r\n\r\n`, 'x'.repeat(bytes));
  const undeclared = (bytes: number) =>
    answering(chunked, `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`);

  test.each([
    ['with a length', declared],
    ['in chunks', undeclared],
  ])('a body %s of exactly the wire limit passes, and one byte more is too-large', async (_name, body) => {
    expect((await fetchFrom(body(1_000), setup)).kind).toBe('document');
    expect(await fetchFrom(body(1_001), setup)).toMatchObject({
      kind: 'failed',
      code: 'too-large',
      status: 200,
    });
  });

  test('a limit of 0 lets no byte pass, and an empty body', async () => {
    const none = { limits: { maxWireBytes: 0, maxBodyBytes: 0 } };
    expect(await fetchFrom(undeclared(1), none)).toMatchObject({ code: 'too-large' });
    expect((await fetchFrom(declared(0), none)).kind).toBe('document');
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('A34: a %s bomb is decoded-too-large', async (coding, compress) => {
    const bomb = compress(Buffer.alloc(50_000_000, 'a'));
    const head = `${ok}Content-Encoding: ${coding}\r\nContent-Length: ${bomb.length}\r\n\r\n`;
    expect(await fetchFrom(answering(head, bomb))).toMatchObject({ code: 'decoded-too-large', status: 200 });
  });

  test.each([
    ['foo', 'encoding'],
    ['gzip, gzip', 'encoding'],
    ['gzip\r\nContent-Encoding: gzip', 'encoding'],
    ['gzip', 'encoding-corrupt'],
  ])('A33: Content-Encoding %j of a plain body is %s', async (coding, code) => {
    const bytes = `${ok}Content-Encoding: ${coding}\r\nContent-Length: 5\r\n\r\n<rss>`;
    expect(await fetchFrom(answering(bytes))).toMatchObject({ kind: 'failed', code });
  });

  test.each([
    ['an error page', 'HTTP/1.1 500 No'],
    ['a redirect', 'HTTP/1.1 302 Found'],
  ])('the endless body of %s is not read', async (_name, status) => {
    let written = 0;
    const script: Script = async (connection) => {
      await connection.request();
      await connection.write(`${status}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      while (!connection.isClosed) {
        await connection.write(`10000\r\n${'x'.repeat(65_536)}\r\n`);
        written += 65_536;
      }
    };
    expect((await fetchFrom(script)).kind).toBe('failed');
    expect(written).toBeLessThan(20_000_000);
  });
});

describe('time limits', () => {
  const silent: Script = () => {};

  test('A15: a body that never ends ends at the total deadline, and its connection with it', async () => {
    const script: Script = async (connection) => {
      await connection.request();
      await connection.write(`${ok}Content-Length: 100\r\n\r\n<`);
    };
    expect(await fetchUntil(30_000, script)).toMatchObject({ kind: 'failed', code: 'timeout' });
  });

  test('an error page that never ends is known by its status all the same', async () => {
    const script: Script = async (connection) => {
      await connection.request();
      await connection.write('HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 100\r\n\r\n<');
    };
    expect(await fetchFrom(script, { limits: { bodyTimeoutMs: 50 } })).toMatchObject({
      code: 'http-503',
      terms: { retryAfterMs: 60_000 },
    });
  });

  test('one millisecond before the deadline nothing has ended', async () => {
    const clock = new FakeClock();
    let isOver = false;
    await using origin = await startRawOrigin(silent);
    const fetched = feedClient({ clock })
      .fetch({ url: origin.url })
      .finally(() => {
        isOver = true;
      });
    await until(() => origin.connections.length === 1, 'the origin is asked');
    await clock.advance(29_999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(await fetched).toMatchObject({ code: 'timeout', figures: { durationMs: 30_000 } });
  });

  test('a deadline of 0 is no time, not no limit', async () => {
    const clock = new FakeClock();
    await using origin = await startRawOrigin(silent);
    const fetched = feedClient({ clock, limits: { requestTimeoutMs: 0 } }).fetch({ url: origin.url });
    await clock.advance(0);
    expect(await fetched).toMatchObject({ code: 'timeout' });
  });

  test('A17: no header block within its limit is headers-timeout', async () => {
    const fetched = await fetchFrom(silent, { limits: { headersTimeoutMs: 50 } });
    expect(fetched).toMatchObject({ code: 'headers-timeout' });
  });

  test('a limit of 0 for the headers is no time, not no limit', async () => {
    expect(await fetchFrom(silent, { limits: { headersTimeoutMs: 0 } })).toMatchObject({
      code: 'headers-timeout',
    });
  });

  test('a body that stands still longer than its limit is body-timeout', async () => {
    const script: Script = async (connection) => {
      await connection.request();
      await connection.write(`${ok}Content-Length: 100\r\n\r\n<`);
    };
    expect(await fetchFrom(script, { limits: { bodyTimeoutMs: 50 } })).toMatchObject({
      code: 'body-timeout',
      status: 200,
    });
  });
});

describe('no answer', () => {
  test('A17: a connection that is reset at once is connect-reset', async () => {
    expect(await fetchFrom((connection) => connection.reset())).toMatchObject({ code: 'connect-reset' });
  });

  test('A17: a connection that is closed without an answer is connect-reset', async () => {
    const script: Script = async (connection) => {
      await connection.request();
      connection.end();
    };
    expect(await fetchFrom(script)).toMatchObject({ code: 'connect-reset' });
  });

  test('A17: a port where nothing listens is connect-refused', async () => {
    const { url } = await closedOrigin();
    expect(await feedClient().fetch({ url })).toMatchObject({ kind: 'failed', code: 'connect-refused', url });
  });

  test('A17: a listener that takes no connection any more is connect-timeout', async () => {
    await using origin = await startFullOrigin();
    const fetched = await feedClient({ limits: { connectTimeoutMs: 50 } }).fetch({ url: origin.url });
    expect(fetched).toMatchObject({ code: 'connect-timeout' });
  });

  test('the deadline and an abort end a connection that is still being made', async () => {
    await using origin = await startFullOrigin();
    const clock = new FakeClock();
    const client = feedClient({ clock });
    const late = client.fetch({ url: origin.url });
    await clock.advance(30_000);
    expect(await late).toMatchObject({ code: 'timeout' });
    const stop = new AbortController();
    const stopped = client.fetch({ url: origin.url, signal: stop.signal });
    stop.abort();
    expect(await stopped).toMatchObject({ code: 'aborted' });
  });

  test('a name that does not exist is a failure of its look-up', async () => {
    const fetched = await feedClient().fetch({ url: 'http://nonexistent.invalid/feed' });
    // Without any resolver the system cannot tell the one from the other.
    expect(['dns-not-found', 'dns-failed']).toContain(fetched.kind === 'failed' && fetched.code);
  });

  test('a closed address is blocked-address', async () => {
    await using origin = await startRawOrigin(() => {});
    const fetched = await feedClient({ allow: [] }).fetch({ url: origin.url });
    expect(fetched).toMatchObject({ code: 'blocked-address', figures: { requests: 1, wireBytes: 0 } });
    expect(origin.connections).toHaveLength(0);
  });
});

async function closedOrigin(): Promise<{ url: string }> {
  const origin = await startRawOrigin(() => {});
  await origin[Symbol.asyncDispose]();
  return { url: `${origin.url}/` };
}
