import { randomBytes } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { createSender, type OutRequest, type Sender, type SenderOptions } from '../../src/deliver/send.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { FakeClock, until } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { answering, startRawOrigin } from '../support/raw-origin.ts';

const guard = createGuard({ audience: 'webhooks', allow: [] });
const never = new AbortController().signal;
const body = Buffer.from('{"type":"test"}');

const senders: Sender[] = [];
afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.close()));
});

function senderTo(url: string, over: Partial<SenderOptions> = {}): Sender {
  const sender = createSender({
    url,
    guard,
    clock: systemClock,
    concurrency: 2,
    connectTimeoutMs: 5_000,
    timeoutMs: 15_000,
    ...over,
  });
  senders.push(sender);
  return sender;
}

const request: OutRequest = {
  method: 'POST',
  path: '/',
  headers: ['content-type', 'application/json'],
  body,
};
const post = (sender: Sender, over: Partial<OutRequest> = {}) => sender.send({ ...request, ...over }, never);

describe('one POST', () => {
  test('brings the bytes, the headers in their case, and the path and query as configured', async () => {
    await using receiver = await startServer((_, response) => void response.writeHead(204).end());
    const path = '/hooks/T0%2Fx?token=a%20b&c';
    const sent = await post(senderTo(receiver.url), { path, headers: ['X-Api-Key', 'abc'] });
    expect(sent).toMatchObject({ kind: 'answered', status: 204 });
    const [received] = receiver.requests;
    expect(received).toMatchObject({ method: 'POST', path, body });
    expect(received?.rawHeaders).toContain('X-Api-Key');
    expect(received?.headers['content-length']).toBe(String(body.length));
    expect(received?.headers['transfer-encoding']).toBeUndefined();
  });

  test('may be a PUT, or an OPTIONS without a body', async () => {
    await using receiver = await startServer((_, response) => void response.end());
    const sender = senderTo(receiver.url);
    await post(sender, { method: 'PUT' });
    await post(sender, { method: 'OPTIONS', body: Buffer.alloc(0), headers: [] });
    expect(receiver.requests).toMatchObject([
      { method: 'PUT', body },
      { method: 'OPTIONS', body: Buffer.alloc(0) },
    ]);
    expect(receiver.requests[1]?.headers['content-length']).toBeUndefined();
  });

  test('an empty body is sent as one', async () => {
    await using receiver = await startServer((_, response) => void response.end());
    await post(senderTo(receiver.url), { body: Buffer.alloc(0) });
    expect(receiver.requests[0]?.headers['content-length']).toBe('0');
  });

  test('tells what the verdict needs of the answer', async () => {
    const date = 'Fri, 20 Nov 2026 09:00:00 GMT';
    await using receiver = await startServer((_, response) => {
      response.writeHead(503, { date, 'retry-after': '120', location: '/later' }).end('come\nback');
    });
    expect(await post(senderTo(receiver.url))).toMatchObject({
      kind: 'answered',
      status: 503,
      headers: { 'retry-after': '120', date, location: '/later' },
      text: 'come\nback',
      excerpt: 'come back',
      phases: { connectMs: expect.any(Number), firstByteMs: expect.any(Number) },
    });
  });

  test('of a header that comes twice, the first is told', async () => {
    await using receiver = await startServer((_, response) => {
      response.writeHead(200, ['X-Twice', 'one', 'x-twice', 'two', '__proto__', 'x']).end();
    });
    const sent = await post(senderTo(receiver.url));
    expect(sent).toMatchObject({ headers: { 'x-twice': 'one' } });
  });

  test('what the answer repeats of our secrets is not in the excerpt, though it is in the text', async () => {
    await using receiver = await startServer(
      ({ path }, response) => void response.end(`Cannot POST ${path}`),
    );
    const sent = await post(senderTo(receiver.url, { secrets: /s3cr3t/g }), { path: '/s3cr3t' });
    expect(sent).toMatchObject({ text: 'Cannot POST /s3cr3t', excerpt: 'Cannot POST /***' });
  });

  test('connections are kept alive and used again', async () => {
    const ports = new Set<number | undefined>();
    await using receiver = await startServer((_, response, message) => {
      ports.add(message.socket.remotePort);
      response.end('ok');
    });
    const sender = senderTo(receiver.url, { concurrency: 1 });
    for (let turn = 0; turn < 3; turn++) await post(sender);
    expect(ports.size).toBe(1);
  });

  test('no cookie is kept', async () => {
    await using receiver = await startServer((_, response) => {
      response.setHeader('set-cookie', 'session=1; Path=/').end();
    });
    const sender = senderTo(receiver.url);
    await post(sender);
    await post(sender);
    expect(receiver.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });

  test.each([301, 302, 303, 307, 308])('a %d is not followed', async (status) => {
    await using elsewhere = await startServer((_, response) => void response.end());
    await using receiver = await startServer((_, response) => {
      response.writeHead(status, { location: `${elsewhere.url}/hook` }).end();
    });
    expect(await post(senderTo(receiver.url))).toMatchObject({
      status,
      headers: { location: `${elsewhere.url}/hook` },
    });
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe('an answer that does not end well: the status decides, and the attempt ends', () => {
  test('an endless body is read up to 64 KiB, then the connection is closed', async () => {
    let isClosed = false;
    await using receiver = await startServer((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384, 'x')));
      };
      response.on('drain', pour).on('close', () => {
        isClosed = true;
      });
      pour();
    });
    const sent = await post(senderTo(receiver.url));
    expect(sent).toMatchObject({ status: 200, excerpt: 'x'.repeat(1_024) });
    await until(() => isClosed, 'the receiver sees the end of the connection');
  });

  test('an answer of 64 KiB that goes on is not waited for', async () => {
    await using receiver = await startServer((_, response) => void response.write(Buffer.alloc(65_536)));
    expect(await post(senderTo(receiver.url))).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('an answer just below 64 KiB is read to its end, and the connection is used again', async () => {
    const ports = new Set<number | undefined>();
    await using receiver = await startServer((_, response, message) => {
      ports.add(message.socket.remotePort);
      response.end(Buffer.alloc(65_535));
    });
    const sender = senderTo(receiver.url, { concurrency: 1 });
    await post(sender);
    await post(sender);
    expect(ports.size).toBe(1);
  });

  test.each([200, 500])('a drip after a %d is cut off at the deadline', async (status) => {
    const clock = new FakeClock();
    let isClosed = false;
    await using receiver = await startServer((_, response) => {
      response.writeHead(status).write('drop');
      response.on('close', () => {
        isClosed = true;
      });
    });
    const headersArrived = new Promise((resolve) => subscribe('undici:request:headers', resolve));
    const sending = post(senderTo(receiver.url, { clock }));
    await headersArrived;
    await clock.advance(14_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    expect(await sending).toMatchObject({ kind: 'answered', status, excerpt: 'drop' });
    await until(() => isClosed, 'the receiver sees the end of the connection');
    expect(clock.timers).toBe(0);
  });

  test('a body that is reset after a 200 is a 200', async () => {
    await using receiver = await startServer((_, response, message) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => {
        message.socket.resetAndDestroy();
      });
    });
    expect(await post(senderTo(receiver.url))).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('a gzip bomb stays packed', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await using receiver = await startServer((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(bomb);
    });
    const sent = await post(senderTo(receiver.url));
    expect(sent).toMatchObject({ status: 200, text: '' });
    expect(sent).not.toHaveProperty('excerpt');
  });

  test('ten interim answers are passed over, more are too-many-1xx', async () => {
    await using origin = await startRawOrigin(async (connection) => {
      const head = await connection.request();
      const count = Number(/^x-count: (\d+)/m.exec(head)?.[1]);
      const interim = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(count);
      await connection.write(`${interim}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`);
    });
    const sender = senderTo(origin.url);
    expect(await post(sender, { headers: ['x-count', '10'] })).toMatchObject({ status: 200 });
    expect(await post(sender, { headers: ['x-count', '11'] })).toMatchObject({ code: 'too-many-1xx' });
  });
});

describe('where the format needs the body of a 2xx', () => {
  const cut = (status: number) => `HTTP/1.1 ${status} X\r\ncontent-length: 100\r\n\r\n{"ok":`;

  test('one that is cut off is no answer', async () => {
    await using origin = await startRawOrigin(answering(cut(200)));
    expect(await post(senderTo(origin.url, { needsBody: true }))).toMatchObject({
      kind: 'unanswered',
      code: 'truncated',
      phases: { firstByteMs: expect.any(Number) },
    });
  });

  test('one that stands still is none at the deadline', async () => {
    const clock = new FakeClock();
    await using origin = await startRawOrigin(async (connection) => {
      await connection.request();
      await connection.write(cut(200));
    });
    const headersArrived = new Promise((resolve) => subscribe('undici:request:headers', resolve));
    const sending = post(senderTo(origin.url, { clock, needsBody: true }));
    await headersArrived;
    await clock.advance(15_000);
    expect(await sending).toMatchObject({ kind: 'unanswered', code: 'timeout' });
    await origin.connections[0]?.closed;
  });

  test('the status of a failure decides all the same', async () => {
    await using origin = await startRawOrigin(answering(cut(400)));
    expect(await post(senderTo(origin.url, { needsBody: true }))).toMatchObject({
      status: 400,
      text: '{"ok":',
    });
  });
});

describe('no answer', () => {
  test.each([
    { name: 'the body is read, then the connection is reset', wire: '', code: 'connect-reset' },
    {
      name: 'the connection is reset within the headers',
      wire: 'HTTP/1.1 200 OK\r\nX-',
      code: 'connect-reset',
    },
  ])('$name', async ({ wire, code }) => {
    await using receiver = await startServer((_, __, { socket }) => {
      if (wire === '') socket.resetAndDestroy();
      else socket.write(wire, () => socket.resetAndDestroy());
    });
    expect(await post(senderTo(receiver.url))).toMatchObject({ kind: 'unanswered', code });
    expect(receiver.requests).toHaveLength(1);
  });

  test.each([
    {
      name: 'a header block of more than 16 KB',
      wire: `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      code: 'headers-too-large',
    },
    {
      name: 'a header bomb of many lines',
      wire: `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(9_000)}\r\n`,
      code: 'headers-too-large',
    },
    { name: 'something that is not HTTP', wire: 'SSH-2.0-OpenSSH_9.6\r\n', code: 'protocol' },
    { name: 'a status that is none', wire: 'HTTP/1.1 000 Zero\r\n\r\n', code: 'protocol' },
  ])('$name', async ({ wire, code }) => {
    await using receiver = await startServer((_, __, { socket }) => void socket.end(wire));
    expect(await post(senderTo(receiver.url))).toMatchObject({ kind: 'unanswered', code });
  });

  test('a receiver that says nothing is left at the deadline', async () => {
    const clock = new FakeClock();
    let isClosed = false;
    await using receiver = await startServer((_, response) => {
      response.on('close', () => {
        isClosed = true;
      });
    });
    const sending = post(senderTo(receiver.url, { clock, timeoutMs: 15_000 }));
    await until(() => receiver.requests.length === 1, 'the request arrived');
    await clock.advance(15_000);
    expect(await sending).toMatchObject({
      kind: 'unanswered',
      code: 'timeout',
      message: 'no complete answer within 15000 ms',
    });
    await until(() => isClosed, 'the receiver sees the end of the connection');
  });

  test('a stop ends the attempt', async () => {
    const stopping = new AbortController();
    await using receiver = await startServer(() => {});
    const sending = senderTo(receiver.url).send(request, stopping.signal);
    await until(() => receiver.requests.length === 1, 'the request arrived');
    stopping.abort();
    expect(await sending).toMatchObject({ kind: 'unanswered', code: 'aborted' });
  });

  test('nothing listens', async () => {
    const gone = await startServer(() => {});
    await gone.close();
    const sent = await post(senderTo(gone.url), { path: '/secret-path?token=secret' });
    expect(sent).toMatchObject({ kind: 'unanswered', code: 'connect-refused' });
    expect(JSON.stringify(sent)).not.toContain('secret');
  });

  test('a name that is not resolved in time', async () => {
    const mute = createGuard({ audience: 'webhooks', allow: [], lookup: (() => {}) as never });
    const sent = await post(senderTo('http://receiver.example/', { guard: mute, connectTimeoutMs: 50 }));
    expect(sent).toMatchObject({ kind: 'unanswered', code: 'connect-timeout' });
  });

  test('the metadata address is refused before any contact', async () => {
    const sent = await post(senderTo('http://169.254.169.254/latest/meta-data'));
    expect(sent).toMatchObject({ kind: 'unanswered', code: 'blocked-address' });
  });

  test('a receiver at a forbidden address is not connected to', async () => {
    await using receiver = await startServer((_, response) => void response.end());
    const strict = createGuard({ audience: 'feeds', allow: [] });
    expect(await post(senderTo(receiver.url, { guard: strict }))).toMatchObject({ code: 'blocked-address' });
    expect(receiver.requests).toHaveLength(0);
  });
});

test('a stop ends an attempt that is still connecting, and the sender closes without waiting for it', async () => {
  const stopping = new AbortController();
  const mute = createGuard({ audience: 'webhooks', allow: [], lookup: (() => {}) as never });
  const sender = senderTo('http://receiver.example/', { guard: mute });
  const sending = sender.send(request, stopping.signal);
  stopping.abort();
  expect(await sending).toMatchObject({ code: 'aborted', phases: {} });
  await sender.close();
});

test('closing waits for the attempts that run', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using receiver = await startServer(async (_, response) => {
    await released;
    response.end('late');
  });
  const sender = senderTo(receiver.url);
  const sending = post(sender);
  await until(() => receiver.requests.length === 1, 'the request arrived');
  const closing = sender.close();
  release();
  expect(await sending).toMatchObject({ status: 200, text: 'late' });
  await closing;
});

test('closing ends a handshake that nobody waits for any more', async () => {
  const stopping = new AbortController();
  await using origin = await startRawOrigin(() => {});
  const sender = senderTo(origin.url.replace('http', 'https'), { connectTimeoutMs: 30_000 });
  const sending = sender.send(request, stopping.signal);
  await until(() => origin.connections.length === 1, 'the receiver is connected to');
  stopping.abort();
  expect(await sending).toMatchObject({ code: 'aborted' });
  expect(origin.connections[0]?.isClosed).toBe(false);
  await sender.close();
  await origin.connections[0]?.closed;
});

test('an attempt whose signal has aborted before is not begun', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  const sent = await senderTo(receiver.url).send(request, AbortSignal.abort());
  expect(sent).toMatchObject({ code: 'aborted' });
  expect(receiver.requests).toHaveLength(0);
});

test('a body of 64 KiB of random bytes arrives as it was sent', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  const bytes = randomBytes(65_536);
  await post(senderTo(receiver.url), { body: bytes });
  expect(receiver.requests[0]?.body.equals(bytes)).toBe(true);
});
