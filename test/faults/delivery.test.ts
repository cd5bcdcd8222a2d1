// Group G of the fault matrix, as far as it is about one request: what receivers and networks do to it, what is signed, and where it
// may go. Schedules, lanes and the health of endpoints are tested in test/deliver and test/backend.

import { subscribe } from 'node:diagnostics_channel';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../../src/config/secret.ts';
import { deniedHosts } from '../../src/daemon/denied-hosts.ts';
import { errorOf, oneFeed, read } from '../config/reading.ts';
import { k1, k2, k3, k3Public, storedEvent } from '../deliver/records.ts';
import { signedHeaders, verifiesByPublicKey, verifyByReference } from '../deliver/verifier.ts';
import { until } from '../support/fake-clock.ts';
import { atHome, eachTestItsHooks } from '../support/hook-world.ts';
import { type Answer, type SeenRequest, startServer } from '../support/http-server.ts';
import {
  type Authority,
  createAuthority,
  hasOpenssl,
  type Identity,
  startTlsServer,
} from '../support/tls.ts';

const hookTo = eachTestItsHooks();
const idOf = (request: SeenRequest | undefined) => request?.headers['webhook-id'];

/** Plays the answers in turn, and then 204. */
function playing(...answers: Answer[]): Answer {
  return (request, response, message) => {
    const answer = answers.shift();
    if (answer) return answer(request, response, message);
    response.writeHead(204).end();
  };
}

const reset: Answer = (_, __, { socket }) => void socket.resetAndDestroy();
const wire =
  (bytes: string): Answer =>
  (_, __, { socket }) =>
    void socket.write(bytes);

describe('G02: a receiver that reads everything and then cuts the connection', () => {
  test.each([
    ['G02: without an answer', reset],
    [
      'G02: within the headers',
      ((_, __, { socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nx-half: ', () => socket.resetAndDestroy());
      }) satisfies Answer,
    ],
  ])('%s: it is an attempt, and the next one brings the same id and bytes', async (_, cut) => {
    await using receiver = await startServer(playing(cut));
    const { attempt, read, clock } = hookTo(receiver.url);
    const sent = await attempt();
    expect(read(sent)).toMatchObject({ meaning: 'unreachable', code: 'connect-reset' });
    await clock.advance(5_000);
    expect(read(await attempt())).toEqual({ meaning: 'delivered' });
    const [first, second] = receiver.requests;
    expect(receiver.requests).toHaveLength(2);
    expect(idOf(second)).toBe(idOf(first));
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(receiver.requests.map(({ headers }) => headers['feedhook-attempt'])).toEqual(['1', '2']);
  });
});

describe('G08: an answer without end', () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));

  test('G08: an endless body costs 64 KiB and its connection', async () => {
    let written = 0;
    const pour: Answer = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(50_000, 'x'))) written += 50_000;
      };
      response.on('drain', more);
      more();
    };
    await using receiver = await startServer(playing(pour));
    const { attempt, read } = hookTo(receiver.url);
    const sent = await attempt();
    expect(read(sent)).toEqual({ meaning: 'delivered' });
    expect(sent).toMatchObject({ text: 'x'.repeat(65_536), excerpt: 'x'.repeat(1_024) });
    expect(read(await attempt())).toEqual({ meaning: 'delivered' });
    expect(written).toBeLessThan(20_000_000);
  });

  test.each([
    ['a bomb of headers', wire(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(9_000)}\r\n`), 'headers-too-large'],
    ['a header of 17 KB', wire(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`), 'headers-too-large'],
    ['103s without end', wire('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)), 'too-many-1xx'],
  ])('G08: %s is no answer, and the slot is free again', async (_, answer, code) => {
    await using receiver = await startServer(playing(answer));
    const { attempt, read } = hookTo(receiver.url);
    expect(read(await attempt())).toMatchObject({ meaning: 'unreachable', code });
    expect(read(await attempt())).toEqual({ meaning: 'delivered' });
  });

  test.each([200, 500])('G08: a gzip bomb under a %d is not unpacked', async (status) => {
    const answer: Answer = (_, response) => {
      response.writeHead(status, { 'content-encoding': 'gzip' }).end(bomb);
    };
    await using receiver = await startServer(playing(answer));
    const { attempt, read } = hookTo(receiver.url);
    const sent = await attempt();
    expect(sent).toMatchObject({ status, text: '' });
    expect(sent).not.toHaveProperty('excerpt');
    expect(read(await attempt())).toEqual({ meaning: 'delivered' });
  });

  test.each([
    ['a drip', '{"ok":true}', 200, 'delivered'],
    ['a drip of a refusal', 'no', 500, 'busy'],
  ] as const)(
    'G08: %s ends at the deadline, the status decides, and the slot is free',
    async (_, text, status, meaning) => {
      let isClosed = false;
      const drip: Answer = (_request, response) => {
        response.writeHead(status).write(text);
        response.on('close', () => {
          isClosed = true;
        });
      };
      await using receiver = await startServer(playing(drip));
      const { attempt, read, clock } = hookTo(receiver.url);
      const headersArrived = new Promise((resolve) => subscribe('undici:request:headers', resolve));
      const sending = attempt();
      await headersArrived;
      await clock.advance(15_000);
      expect(read(await sending).meaning).toBe(meaning);
      await until(() => isClosed, 'the receiver sees the end of the connection');
      expect(read(await attempt())).toEqual({ meaning: 'delivered' });
      expect(clock.timers).toBe(0);
    },
  );
});

describe('G17: secrets', () => {
  test('G17: while one replaces another, receivers with either verify, by v1 and by v1a', async () => {
    await using receiver = await startServer(playing());
    const secrets = [k2, k1, k3].map((key) => new Secret(key));
    const { attempt, clock } = hookTo(receiver.url, { secrets });
    await attempt();
    const [request] = receiver.requests;
    const headers = signedHeaders(request?.headers ?? {});
    const body = request?.body ?? Buffer.alloc(0);
    const now = clock.now() / 1_000;
    for (const key of [k1, k2]) expect(() => verifyByReference(key, body, headers, now)).not.toThrow();
    expect(verifiesByPublicKey(k3Public, body, headers)).toBe(true);
    expect(headers['webhook-signature']?.split(' ').map((each) => each.split(',')[0])).toEqual([
      'v1',
      'v1',
      'v1a',
    ]);
  });

  test.each([
    ['nothing', '""'],
    ['a letter', 'w'],
    ['a prefix alone', 'whsec_'],
    ['no base64', '"whsec_%"'],
    ['a word', 'whsec_wronglength'],
    ['a slip in the prefix', k1.replace('whsec_', 'hwsec_')],
    ['a public key', k3Public],
    ['a short Ed25519 key', k3Public.replace('whpk_', 'whsk_')],
    ['a short key', `whsec_${Buffer.alloc(23, 7).toString('base64')}`],
    [
      'more than 64 bytes',
      'whsec_V09IYXZUaFJoSnFobnpJQkpPMXdpdGFNWnJsRzAxdXZCeTVndVpwRmxSSXFsc0oyYzBTRWRUekJhYnlaZ0JSRGNPQ3BGZG1xYjFVVmRGQ3UK',
    ],
  ])('G17: %s is refused at load, and not repeated', (_, secret) => {
    const text = `${oneFeed}endpoints: [{ id: app, url: "https://a.example/hook", secret: ${secret} }]`;
    const [fault] = errorOf(text).faults;
    expect(fault?.path).toContain('secret');
    if (secret.length > 10) expect(fault?.message).not.toContain(secret.slice(6));
  });
});

test('G18: a captured request is refused after 6 minutes, its repeat is not, and clocks may differ by 4', async () => {
  await using receiver = await startServer(playing());
  const { attempt, clock } = hookTo(receiver.url);
  await attempt();
  const sentAt = clock.now() / 1_000;
  await clock.advance(360_000);
  await attempt();
  const [captured, repeated] = receiver.requests.map(({ headers }) => signedHeaders(headers));
  const body = receiver.requests[0]?.body ?? Buffer.alloc(0);
  expect(repeated?.['webhook-id']).toBe(captured?.['webhook-id']);
  expect(() => verifyByReference(k1, body, repeated ?? {}, sentAt + 360)).not.toThrow();
  expect(() => verifyByReference(k1, body, captured ?? {}, sentAt + 360)).toThrow('too old');
  for (const skew of [-240, 240]) {
    expect(() => verifyByReference(k1, body, captured ?? {}, sentAt + skew)).not.toThrow();
  }
});

test('G19: whatever the text, the bytes signed are the bytes stored, sent and received', async () => {
  await using receiver = await startServer(playing());
  const { attempt, clock } = hookTo(receiver.url, { secrets: [k1, k2, k3].map((key) => new Secret(key)) });
  const { id } = storedEvent();
  const bodyWith = (title: string) => JSON.stringify({ id, data: { entry: { title } } });
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('\ud800 lone surrogate', '\u2028\u2029', '</script>', '', '\u0000', '🚀👩‍👩‍👧'),
    fc.constant('x'.repeat(65_536 - bodyWith('').length)),
  );
  await fc.assert(
    fc.asyncProperty(text, async (title) => {
      const event = storedEvent({ id, body: bodyWith(title) });
      await attempt(event);
      const { headers, body } = receiver.requests.at(-1) as SeenRequest;
      expect(body.equals(Buffer.from(event.body, 'utf8'))).toBe(true);
      const signed = signedHeaders(headers);
      for (const key of [k1, k2]) {
        expect(() => verifyByReference(key, body, signed, clock.now() / 1_000)).not.toThrow();
      }
      expect(verifiesByPublicKey(k3Public, body, signed)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

describe('G23: where a webhook may go', () => {
  test('G23: never to our own server, whatever is allowed, and the message says so', async () => {
    await using admin = await startServer(playing());
    const own = () => [{ host: '127.0.0.1', port: admin.port }];
    for (const url of [
      admin.url,
      `http://localhost:${admin.port}`,
      `http://[::ffff:127.0.0.1]:${admin.port}`,
    ]) {
      const { attempt, read } = hookTo(url, {
        guard: { own, allow: ['loopback', '127.0.0.1', 'localhost'], lookup: atHome },
      });
      expect(read(await attempt())).toMatchObject({
        meaning: 'blocked',
        code: 'blocked-address',
        message: expect.stringContaining(
          "is feedhook's own server, which webhooks must not reach; nothing allows it",
        ),
      });
    }
    expect(admin.requests).toEqual([]);
  });

  test('G23: to this machine and its networks, as the operator wrote it', async () => {
    await using receiver = await startServer(playing());
    const { attempt, read } = hookTo(`http://intranet.example:${receiver.port}`, {
      guard: { lookup: atHome },
    });
    expect(read(await attempt())).toEqual({ meaning: 'delivered' });
  });

  const denied = [
    ['metadata', '169.254.169.254'],
    ['metadata', '[fd00:ec2::254]'],
    ['metadata', '100.100.100.200'],
    ['metadata', '168.63.129.16'],
    ['metadata', '[64:ff9b::a9fe:a9fe]'],
    ['link-local', '169.254.1.1'],
    ['link-local', '[fe80::1]'],
    ['reserved', '0.0.0.0'],
    ['reserved', '203.0.113.1'],
    ['reserved', '[2002:a9fe:a9fe::1]'],
    ['reserved', '[::7f00:1]'],
  ] as const;
  const endpoints = (host: string, more = '') =>
    read(`${oneFeed}endpoints: [{ id: app, url: "http://${host}/hook" }]\n${more}`);

  test.each(denied)(
    'G23: a %s address, %s, is refused at load and at connect, and the setting is named',
    async (kind, host) => {
      const said = expect.stringMatching(
        new RegExp(
          `a ${kind} address, which webhooks must not reach; to allow it, add to feeds.yaml: network: \\{ webhooks:`,
        ),
      );
      expect(deniedHosts(endpoints(host))).toMatchObject([{ path: ['endpoints', 0, 'url'], message: said }]);
      const { attempt, read: readBack } = hookTo(`http://${host}/hook`);
      expect(readBack(await attempt())).toMatchObject({
        meaning: 'blocked',
        code: 'blocked-address',
        message: said,
      });
    },
  );

  test.each(denied)('G23: a name that leads to %s %s is refused at connect', async (_, host) => {
    const address = host.replace(/[[\]]/g, '');
    const lookup = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) =>
      callback(null, [{ address, family: address.includes(':') ? 6 : 4 }])) as unknown as typeof atHome;
    const { attempt, read: readBack } = hookTo('http://hook.example/', { guard: { lookup } });
    expect(readBack(await attempt())).toMatchObject({ meaning: 'blocked', code: 'blocked-address' });
  });

  test('G23: a metadata address is taken once it is named itself, and by no wider word', () => {
    const allowing = (what: string) =>
      endpoints('169.254.169.254', `network: { webhooks: { allow: ["${what}"] } }`);
    expect(deniedHosts(allowing('169.254.169.254'))).toEqual([]);
    expect(deniedHosts(allowing('link-local'))).toHaveLength(1);
    expect(deniedHosts(allowing('169.254.0.0/16'))).toHaveLength(1);
  });

  test.each(['127.0.0.1', '10.0.0.5', '172.17.0.1', '192.168.1.1', '100.64.0.9', '[::1]', '[fd12::1]'])(
    'G23: %s is taken at load without a setting',
    (host) => {
      expect(deniedHosts(endpoints(host))).toEqual([]);
    },
  );
});

describe('G24: what becomes of a kept connection', () => {
  test('G24: a reset on it is an attempt, never sent a second time by itself, and the next has the same id', async () => {
    const ports: (number | undefined)[] = [];
    const noting =
      (answer: Answer): Answer =>
      (request, response, message) => {
        ports.push(message.socket.remotePort);
        return answer(request, response, message);
      };
    const good: Answer = (_, response) => void response.end();
    await using receiver = await startServer(playing(noting(good), noting(reset), noting(good)));
    const { attempt, read } = hookTo(receiver.url);
    await attempt();
    expect(read(await attempt())).toMatchObject({ meaning: 'unreachable', code: 'connect-reset' });
    expect(receiver.requests).toHaveLength(2);
    expect(read(await attempt())).toEqual({ meaning: 'delivered' });
    expect(receiver.requests).toHaveLength(3);
    expect(ports[1]).toBe(ports[0]);
    expect(ports[2]).not.toBe(ports[1]);
    expect(new Set(receiver.requests.map(idOf)).size).toBe(1);
  });

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'G24: one that the receiver gave up meanwhile (%s) costs no second request',
    async (how) => {
      const answer: Answer = (_, response, { socket }) => {
        response.end('ok', () => setImmediate(() => socket[how]()));
      };
      await using receiver = await startServer(playing(answer, answer, answer));
      const { attempt } = hookTo(receiver.url);
      for (let turn = 1; turn <= 3; turn++) {
        await attempt();
        expect(receiver.requests.length).toBeLessThanOrEqual(turn);
      }
    },
  );

  const lines = '100 Continue\r\n\r\n';
  test.each<[string, Answer]>([
    ['with the answer', wire(`HTTP/1.1 ${lines}HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n`)],
    [
      'long before it',
      (_, __, { socket }) => {
        socket.write(`HTTP/1.1 ${lines}`, () =>
          setImmediate(() =>
            socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 12\r\n\r\nHTTP/1.1 100'),
          ),
        );
      },
    ],
    ['and nothing else', wire(`HTTP/1.1 ${lines}`.repeat(20))],
  ])(
    'G24: nobody is asked to say 100 first, and whoever says it unasked, %s, is heard out',
    async (how, answer) => {
      await using receiver = await startServer(playing(answer));
      const { attempt, read } = hookTo(receiver.url);
      const isAnswer = how !== 'and nothing else';
      expect(read(await attempt())).toMatchObject(
        isAnswer ? { meaning: 'delivered' } : { meaning: 'unreachable', code: 'protocol' },
      );
      expect(read(await attempt())).toEqual({ meaning: 'delivered' });
      expect(receiver.requests).toHaveLength(2);
      for (const { headers } of receiver.requests) expect(headers.expect).toBeUndefined();
    },
  );
});

const withOpenssl = hasOpenssl ? describe : describe.skip;

withOpenssl(`G25: TLS of an endpoint${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  const host = 'hooks.example';
  const guard = { lookup: atHome };
  let authority: Authority;
  let stranger: Authority;
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;

  beforeAll(async () => {
    authority = await createAuthority();
    stranger = await createAuthority();
  });
  afterAll(async () => {
    await authority?.[Symbol.asyncDispose]();
    await stranger?.[Symbol.asyncDispose]();
  });
  afterEach(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  });

  test.each<[string, () => Identity]>([
    ['tls-expired', () => authority.issue(host, '20200101000000Z', '20210101000000Z')],
    ['tls-not-yet-valid', () => authority.issue(host, '20980101000000Z', '20990101000000Z')],
    ['tls-self-signed', () => authority.selfSigned(host)],
    ['tls-wrong-host', () => authority.issue('other.example')],
    ['tls-unknown-ca', () => stranger.issue(host)],
    ['tls-weak-key', () => authority.issueWeak(host)],
  ])(
    'G25, D22: %s, nothing is sent, and no switch of the environment changes that',
    async (code, identity) => {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      await using receiver = await startTlsServer(identity(), { tls: { ciphers: 'DEFAULT@SECLEVEL=0' } });
      const { attempt, read } = hookTo(`https://${host}:${receiver.port}/hook`, {
        tls: { ca: authority.cert },
        guard,
      });
      expect(read(await attempt())).toMatchObject({ meaning: 'unreachable', code });
      expect(receiver.requests).toEqual([]);
    },
  );

  test('G25: an authority of the endpoint is trusted for it, and for no other', async () => {
    await using receiver = await startTlsServer(authority.issue(host));
    const url = `https://${host}:${receiver.port}/hook`;
    const trusting = hookTo(url, { tls: { ca: authority.cert }, guard });
    expect(trusting.read(await trusting.attempt())).toEqual({ meaning: 'delivered' });
    expect(receiver.names).toEqual([host]);
    const other = hookTo(url, { guard });
    expect(other.read(await other.attempt())).toMatchObject({ code: 'tls-unknown-ca' });
    expect(receiver.requests).toHaveLength(1);
  });

  test('G25: a receiver that wants a client certificate gets the one that is configured', async () => {
    const tls = {
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.cert,
      maxVersion: 'TLSv1.2' as const,
    };
    await using receiver = await startTlsServer(authority.issue(host), { tls });
    const url = `https://${host}:${receiver.port}/hook`;
    const { cert, key } = authority.issue('feedhook');
    const known = hookTo(url, { tls: { ca: authority.cert, cert, key: new Secret(key) }, guard });
    expect(known.read(await known.attempt())).toEqual({ meaning: 'delivered' });
    const unknown = hookTo(url, { tls: { ca: authority.cert }, guard });
    expect(unknown.read(await unknown.attempt())).toMatchObject({ meaning: 'unreachable' });
    expect(receiver.requests).toHaveLength(1);
  });

  test('G24: HTTP/2 is not offered, so no GOAWAY leaves it open whether a request was processed', async () => {
    const protocols: unknown[] = [];
    const tls = {
      ALPNCallback: ({ protocols: offered }: { protocols: string[] }) => {
        protocols.push(...offered);
        return offered[0];
      },
    };
    await using receiver = await startTlsServer(authority.issue(host), { tls });
    const { attempt, read } = hookTo(`https://${host}:${receiver.port}/`, {
      tls: { ca: authority.cert },
      guard,
    });
    expect(read(await attempt())).toEqual({ meaning: 'delivered' });
    expect(protocols).toEqual(['http/1.1']);
  });
});
