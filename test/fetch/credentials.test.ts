// Who is told who asks: challenges as they are written, and credentials on the wire.

import { describe, expect, test } from '@jest/globals';
import { Agent } from 'undici';
import { AnswerReader } from '../../src/fetch/answer-reader.ts';
import { followChain, type Get } from '../../src/fetch/chain.ts';
import {
  authorizationOf,
  ChallengeMemory,
  type Credentials,
  challengesOf,
  offersBasic,
} from '../../src/fetch/credentials.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Answer, startServer, type TestServer } from '../support/http-server.ts';
import { feedClient, limits } from './clients.ts';

const feed = '<rss version="2.0"><channel/></rss>';
const challenge = 'Basic realm="feeds"';
const onChallenge: Credentials = { kind: 'basic', user: 'me', password: 'open sesame', isPreemptive: false };
const preemptive: Credentials = { ...onChallenge, isPreemptive: true };
const bearer: Credentials = { kind: 'bearer', token: 'tok.en' };
const basicValue = `Basic ${Buffer.from('me:open sesame').toString('base64')}`;

const seenBy = ({ requests }: TestServer) => requests.map(({ headers }) => headers.authorization);

/** Opens to whoever says who he is, and asks everyone else. */
const guarded =
  (wanted = basicValue, headers: Record<string, string | string[]> = {}): Answer =>
  (seen, response) => {
    if (seen.headers.authorization === wanted) return void response.writeHead(200, { etag: '"1"' }).end(feed);
    response.writeHead(401, { 'www-authenticate': challenge, ...headers }).end('who?');
  };

const redirecting =
  (location: () => string): Answer =>
  (_seen, response) => {
    response.writeHead(302, { location: location() }).end();
  };

describe('RFC 9110 §11.6.1: WWW-Authenticate', () => {
  const read = (...lines: string[]) =>
    challengesOf({ 'www-authenticate': lines }).map(({ scheme, params }) => [
      scheme,
      Object.fromEntries(params),
    ]);

  test.each<[string, string[], unknown[]]>([
    ['one', ['Basic realm="a"'], [['Basic', { realm: 'a' }]]],
    ['a scheme alone', ['Negotiate'], [['Negotiate', {}]]],
    [
      'with token68',
      ['Negotiate abc/+==, Basic'],
      [
        ['Negotiate', { '': 'abc/+==' }],
        ['Basic', {}],
      ],
    ],
    [
      'two in one line',
      ['Digest realm="d", qop="auth, auth-int", nonce=x, Basic realm="b"'],
      [
        ['Digest', { realm: 'd', qop: 'auth, auth-int', nonce: 'x' }],
        ['Basic', { realm: 'b' }],
      ],
    ],
    [
      'two lines',
      ['Digest realm="d"', 'BASIC REALM=b'],
      [
        ['Digest', { realm: 'd' }],
        ['BASIC', { realm: 'b' }],
      ],
    ],
    [
      'RFC 7617 §2.1: a charset',
      ['Basic realm="foo", charset="UTF-8"'],
      [['Basic', { realm: 'foo', charset: 'UTF-8' }]],
    ],
    ['quotes within quotes', ['Basic realm="a \\"b\\", Digest"'], [['Basic', { realm: 'a "b", Digest' }]]],
    ['spaces round =', ['Basic realm = "a"'], [['Basic', { realm: 'a' }]]],
    [
      'empty list members',
      [', ,Basic realm="a",,Digest x=y'],
      [
        ['Basic', { realm: 'a' }],
        ['Digest', { x: 'y' }],
      ],
    ],
    [
      'without a comma',
      ['Basic Digest x=y'],
      [
        ['Basic', {}],
        ['Digest', { x: 'y' }],
      ],
    ],
    [
      'a quote that never ends',
      ['Digest realm="x, Basic', 'Basic'],
      [
        ['Digest', { realm: 'x, Basic' }],
        ['Basic', {}],
      ],
    ],
    ['a parameter of no scheme', ['realm="a"'], []],
    ['bytes of no grammar', ['\xe9\x01, Basic @ realm=""'], [['Basic', { realm: '' }]]],
    ['nothing', [''], []],
  ])('%s', (_name, lines, expected) => {
    expect(read(...lines)).toEqual(expected);
  });

  test.each([
    [['basic realm=x'], true],
    [['Digest x=y', 'BaSiC'], true],
    [['Digest realm="Basic"'], false],
    [['Digest realm="a, Basic realm=b"'], false],
    [['Basic2 realm="x"'], false],
    [undefined, false],
  ])('%j offers Basic: %s', (lines, expected) => {
    expect(offersBasic({ 'www-authenticate': lines })).toBe(expected);
  });

  test('a line of 16 KB of anything is read in no time', () => {
    for (const piece of ['a', 'a=', 'a ', '"', 'a="', ', ', '\\', 'a b,', '=']) {
      expect(challengesOf({ 'www-authenticate': piece.repeat(16_384) }).length).toBeLessThan(16_385);
    }
  });
});

describe('the value of Authorization', () => {
  test.each<[string, Credentials, string]>([
    ['Basic', onChallenge, basicValue],
    [
      'RFC 7617 §2.1: Basic beyond ASCII is UTF-8',
      { ...onChallenge, user: 'test', password: '123\u00a3' },
      'Basic dGVzdDoxMjPCow==',
    ],
    [
      'RFC 7617 §2.1: and in NFC',
      { ...onChallenge, user: 'test', password: 'e\u0301' },
      `Basic ${Buffer.from('test:\u00e9').toString('base64')}`,
    ],
    ['Bearer', bearer, 'Bearer tok.en'],
    ['Bearer beyond ASCII is UTF-8', { kind: 'bearer', token: '\u20ac' }, 'Bearer \xe2\x82\xac'],
  ])('%s', (_name, credentials, expected) => {
    expect(authorizationOf(credentials)).toBe(expected);
  });
});

describe('credentials on the wire', () => {
  test.each([
    ['bearer', bearer, 'Bearer tok.en'],
    ['preemptive basic', preemptive, basicValue],
  ])('%s goes with the first request', async (_name, auth, value) => {
    await using server = await startServer(guarded(value));
    const fetched = await feedClient().fetch({ url: server.url, auth });
    expect(fetched).toMatchObject({ kind: 'document', figures: { requests: 1 } });
    expect(seenBy(server)).toEqual([value]);
  });

  test('basic waits for its challenge, and asks the same once more', async () => {
    await using server = await startServer(guarded());
    const url = `${server.url}/feed?x=1`;
    const validators = { url, etag: '"0"' };
    const fetched = await feedClient().fetch({ url, validators, auth: onChallenge });
    expect(fetched).toMatchObject({ kind: 'document', validators: { etag: '"1"' }, hops: [] });
    expect(fetched.figures).toMatchObject({ requests: 2, wireBytes: 4 + feed.length, conditional: true });
    expect(seenBy(server)).toEqual([undefined, basicValue]);
    const [first, second] = server.requests.map(({ path, headers }) => [path, headers['if-none-match']]);
    expect(second).toEqual(first);
  });

  test('one of several challenges is enough', async () => {
    const both = ['Digest realm="a", nonce="n"', 'Negotiate, basic realm="b", charset="UTF-8"'];
    await using server = await startServer(guarded(basicValue, { 'www-authenticate': both }));
    expect((await feedClient().fetch({ url: server.url, auth: onChallenge })).kind).toBe('document');
  });

  test('a second 401 is the end, not a loop', async () => {
    await using server = await startServer(guarded('something else'));
    const fetched = await feedClient().fetch({ url: server.url, auth: onChallenge });
    expect(fetched).toMatchObject({ kind: 'failed', status: 401, code: 'http-401' });
    expect(fetched).toHaveProperty('message', 'the origin refused the credentials (401) and offers Basic');
    expect(server.requests).toHaveLength(2);
  });

  test.each<[string, Credentials | undefined, Record<string, string>, string]>([
    ['without auth', undefined, {}, 'the origin answered 401 and offers Basic; the feed has no auth'],
    [
      'with Digest alone',
      onChallenge,
      { 'www-authenticate': 'Digest realm="Basic", NTLM' },
      'the origin answered 401 and offers Digest, NTLM, not Basic; nothing was sent',
    ],
    [
      'with an odd challenge',
      onChallenge,
      { 'www-authenticate': '"' },
      'the origin answered 401 without a challenge; `preemptive: true` sends Basic unasked',
    ],
    ['to a bearer', bearer, {}, 'the origin refused the credentials (401) and offers Basic'],
    [
      'that asks for time',
      onChallenge,
      { 'retry-after': '60' },
      'the origin answered 401 and offers Basic; it asks to be asked later',
    ],
  ])('a 401 %s is http-401 after one request', async (_name, auth, headers, message) => {
    await using server = await startServer(guarded('nobody', headers));
    const fetched = await feedClient().fetch({ url: server.url, ...(auth && { auth }) });
    expect(fetched).toMatchObject({ code: 'http-401', message, figures: { requests: 1 } });
  });

  test('403 and 407 ask for nothing', async () => {
    for (const status of [403, 407]) {
      await using server = await startServer((_seen, response) => {
        const headers = { 'www-authenticate': challenge, 'proxy-authenticate': challenge };
        response.writeHead(status, headers).end();
      });
      const fetched = await feedClient().fetch({ url: server.url, auth: onChallenge });
      expect(fetched).toMatchObject({ code: `http-${status}`, figures: { requests: 1 } });
    }
  });
});

describe('D17: the home origin', () => {
  test.each([
    ['bearer', bearer, 'Bearer tok.en'],
    ['preemptive basic', preemptive, basicValue],
  ])('%s stays at home, and comes back with a chain that returns', async (_name, auth, value) => {
    await using away = await startServer(redirecting(() => `${home.url}/feed`));
    await using home = await startServer((seen, response) => {
      if (seen.path === '/feed') response.end(feed);
      else response.writeHead(307, { location: away.url }).end();
    });
    const fetched = await feedClient().fetch({ url: home.url, auth, headers: { 'X-Key': 'k' } });
    expect(fetched).toMatchObject({ kind: 'document', hops: [{ status: 307 }, { status: 302 }] });
    expect(seenBy(home)).toEqual([value, value]);
    expect(away.requests.map(({ headers }) => [headers.authorization, headers['x-key']])).toEqual([
      [undefined, undefined],
    ]);
  });

  test('a challenge of another origin is not answered, and its 401 says why', async () => {
    await using away = await startServer(guarded());
    await using home = await startServer(redirecting(() => away.url));
    for (const auth of [onChallenge, preemptive, bearer]) {
      const fetched = await feedClient().fetch({ url: home.url, auth });
      const message = `the origin answered 401; the credentials are for ${home.url} alone`;
      expect(fetched).toMatchObject({ code: 'http-401', message });
    }
    expect(new Set(seenBy(away))).toEqual(new Set([undefined]));
    expect(away.requests).toHaveLength(3);
  });

  test('one challenge opens the rest of the chain', async () => {
    await using home = await startServer((seen, response) => {
      if (seen.headers.authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      } else if (seen.path === '/') response.writeHead(302, { location: '/feed' }).end();
      else response.end(feed);
    });
    const fetched = await feedClient().fetch({ url: home.url, auth: onChallenge });
    expect(fetched).toMatchObject({ kind: 'document', figures: { requests: 3 } });
    expect(seenBy(home)).toEqual([undefined, basicValue, basicValue]);
  });

  test('it is that of the configured URL, also when another one is asked', async () => {
    await using moved = await startServer(guarded());
    await using configured = await startServer(guarded());
    const client = feedClient();
    const request = { auth: preemptive, headers: { 'X-Key': 'k' }, configuredUrl: `${configured.url}/old` };
    expect((await client.fetch({ ...request, url: `${configured.url}/new` })).kind).toBe('document');
    expect(await client.fetch({ ...request, url: moved.url })).toMatchObject({ code: 'http-401' });
    expect(moved.requests.map(({ headers }) => [headers.authorization, headers['x-key']])).toEqual([
      [undefined, undefined],
    ]);
    expect(configured.requests.map(({ headers }) => headers['x-key'])).toEqual(['k']);
  });

  test('another host name of the same machine is another origin', async () => {
    await using server = await startServer((seen, response) => {
      if (seen.headers.host?.startsWith('localhost')) return void response.end(feed);
      response.writeHead(302, { location: `http://localhost:${server.port}/feed` }).end();
    });
    const fetched = await feedClient({ allow: ['loopback'] }).fetch({ url: server.url, auth: bearer });
    expect(fetched.kind).toBe('document');
    expect(seenBy(server)).toEqual(['Bearer tok.en', undefined]);
  });
});

// RFC 7617 §2.2: what was asked for once is sent unasked from then on.
describe('an origin that has asked before', () => {
  /** Fetches over real sockets with one memory. */
  async function fetches(
    urls: readonly string[],
    auths: readonly Credentials[],
    memory = new ChallengeMemory(),
  ) {
    const agent = new Agent();
    const clock = new FakeClock();
    const now = () => clock.now();
    const get: Get = (url, headers, signal) =>
      new Promise((resolve, reject) => {
        const reader = new AnswerReader({ limits, now, signal }, resolve, reject);
        agent.dispatch({ origin: url.origin, path: url.pathname, method: 'GET', headers }, reader);
      });
    const tools = { clock, limits, userAgent: 'test', get, challenges: memory };
    try {
      const ended = [];
      for (const auth of auths) {
        for (const url of urls) ended.push(await followChain({ url, auth }, tools));
      }
      return ended;
    } finally {
      await agent.destroy();
    }
  }

  test('is told at once, so that no 401 is paid again', async () => {
    await using server = await startServer(guarded());
    await fetches([server.url], [onChallenge, onChallenge, onChallenge]);
    expect(seenBy(server)).toEqual([undefined, basicValue, basicValue, basicValue]);
  });

  test('by one feed is not told by another', async () => {
    await using server = await startServer(guarded());
    await fetches([`${server.url}/a`, `${server.url}/b`], [onChallenge]);
    expect(seenBy(server)).toEqual([undefined, basicValue, undefined, basicValue]);
  });

  test('is not told other credentials before it asks again', async () => {
    await using server = await startServer((_seen, response) => {
      const isAnonymous = _seen.headers.authorization === undefined;
      response.writeHead(isAnonymous ? 401 : 200, { 'www-authenticate': challenge }).end(feed);
    });
    const other = { ...onChallenge, password: 'another' };
    await fetches([server.url], [onChallenge, other]);
    expect(seenBy(server)).toEqual([undefined, basicValue, undefined, authorizationOf(other)]);
  });

  test('and refuses them now is not asked twice, and asked without at the next poll', async () => {
    await using server = await startServer(guarded());
    const memory = new ChallengeMemory();
    await fetches([server.url], [onChallenge], memory);
    server.answer = guarded('none any more');
    const [refused] = await fetches([server.url], [onChallenge], memory);
    expect(refused).toMatchObject({ code: 'http-401', figures: { requests: 1 } });
    await fetches([server.url], [onChallenge], memory);
    expect(seenBy(server)).toEqual([undefined, basicValue, basicValue, undefined, basicValue]);
  });

  test('is forgotten when more feeds than the memory holds have asked', () => {
    const memory = new ChallengeMemory();
    for (let n = 0; n <= 10_000; n++) memory.note(`https://example.org/${n}`, 'Basic eA==');
    expect(memory.has('https://example.org/0', 'Basic eA==')).toBe(false);
    expect(memory.has('https://example.org/1', 'Basic eA==')).toBe(true);
    expect(memory.has('https://example.org/10000', 'Basic eA==')).toBe(true);
    memory.note('https://example.org/10000', 'Basic eA==');
    expect(memory.has('https://example.org/1', 'Basic eA==')).toBe(true);
  });
});
