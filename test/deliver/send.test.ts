import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { createSender, type Sender, type SenderOptions } from '../../src/deliver/send.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { FakeClock, until } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { temporaryFolder } from '../support/temporary.ts';

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

const post = (sender: Sender) => sender.send(['content-type', 'application/json'], body, never);

describe('one POST', () => {
  test('brings the bytes, the headers in their case, and the path and query as configured', async () => {
    await using receiver = await startServer((_, response) => void response.writeHead(204).end());
    const url = `${receiver.url}/hooks/T0%2Fx?token=a%20b&c`;
    const sent = await senderTo(url).send(['X-Api-Key', 'abc'], body, never);
    expect(sent).toMatchObject({ kind: 'answered', status: 204 });
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/hooks/T0%2Fx?token=a%20b&c', body });
    expect(request?.rawHeaders).toContain('X-Api-Key');
    expect(request?.headers['content-length']).toBe(String(body.length));
    expect(request?.headers['transfer-encoding']).toBeUndefined();
  });

  test('tells what the verdict needs of the answer', async () => {
    const date = 'Fri, 20 Nov 2026 09:00:00 GMT';
    await using receiver = await startServer((_, response) => {
      response.writeHead(503, { date, 'retry-after': '120', location: '/later' }).end('come\nback');
    });
    expect(await post(senderTo(receiver.url))).toEqual({
      kind: 'answered',
      status: 503,
      retryAfter: '120',
      date,
      location: '/later',
      excerpt: 'come back',
    });
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
    expect(await post(senderTo(receiver.url))).toMatchObject({ status, location: `${elsewhere.url}/hook` });
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
    expect(await post(senderTo(receiver.url))).toMatchObject({ status: 200, excerpt: undefined });
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
    expect(await sending).toEqual({
      kind: 'unanswered',
      code: 'timeout',
      message: 'no complete answer within 15000 ms',
    });
    await until(() => isClosed, 'the receiver sees the end of the connection');
  });

  test('a stop ends the attempt', async () => {
    const stopping = new AbortController();
    await using receiver = await startServer(() => {});
    const sending = senderTo(receiver.url).send([], body, stopping.signal);
    await until(() => receiver.requests.length === 1, 'the request arrived');
    stopping.abort();
    expect(await sending).toMatchObject({ kind: 'unanswered', code: 'aborted' });
  });

  test('nothing listens', async () => {
    const gone = await startServer(() => {});
    await gone.close();
    const sent = await post(senderTo(`${gone.url}/secret-path?token=secret`));
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

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
(hasOpenssl ? test : test.skip)('TLS is verified: a self-signed certificate gets nothing', async () => {
  await using folder = await temporaryFolder();
  const [key, cert] = [folder.file('key.pem'), folder.file('cert.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
      .concat(['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'])
      .concat(['-keyout', key, '-out', cert]),
    { stdio: 'ignore' },
  );
  let requests = 0;
  const receiver = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, 'localhost', resolve));
  const { port } = receiver.address() as AddressInfo;
  expect(await post(senderTo(`https://localhost:${port}/`))).toMatchObject({ code: 'tls-self-signed' });
  expect(requests).toBe(0);
  await new Promise((resolve) => receiver.close(resolve));
});

test('a body of 64 KiB of random bytes arrives as it was sent', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  const bytes = randomBytes(65_536);
  await senderTo(receiver.url).send([], bytes, never);
  expect(receiver.requests[0]?.body.equals(bytes)).toBe(true);
});
