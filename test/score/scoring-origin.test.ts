// The whole way from the socket to the verdict: real requests that break rules, against the real origin.

import { type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type Authority, createAuthority, hasOpenssl } from '../support/tls.ts';
import { feed, hourMs, notModified, redirect } from './answer.ts';
import { judge } from './judge.ts';
import { ScaledClock } from './scaled-clock.ts';
import { type Resource, ScoringOrigin } from './scoring-origin.ts';
import type { Rule } from './tally.ts';

const modified = 'Fri, 20 Nov 2026 06:00:00 GMT';
const polite = { 'user-agent': 'reader/1 (+https://example.org/)', 'accept-encoding': 'gzip' };
const pair = { ...polite, 'if-none-match': '"a"', 'if-modified-since': modified, 'a-im': 'feed' };
const log: Resource = {
  name: 'log',
  target: '/log',
  script: [feed({ etag: '"a"', modified })],
  rest: notModified(),
};
const secret: Resource = {
  name: 'secret',
  target: '/secret',
  script: [],
  rest: feed(),
  authorization: 'Basic x',
  isChallenging: true,
};

type Headers = Readonly<Record<string, string>>;

/** One request; resolves with its status when the answer has ended. */
function ask(url: string, headers: Headers, { ca, method = 'GET' }: { ca?: string; method?: string } = {}) {
  return new Promise<number | undefined>((resolve, reject) => {
    const end = (response: IncomingMessage) =>
      response.resume().on('end', () => resolve(response.statusCode));
    const asked = url.startsWith('https:')
      ? secureRequest(url, { headers, method, agent: false, ...(ca !== undefined && { ca }) }, end)
      : request(url, { headers, method, agent: false }, end);
    asked.on('error', reject).end();
  });
}

describe('a scoring origin', () => {
  async function rulesBroken(
    steps: readonly { path?: string; headers: Headers; method?: string; afterMs?: number }[],
  ) {
    const scaled = new ScaledClock(1);
    await using origin = await ScoringOrigin.start(scaled);
    origin.serve([log, secret]);
    for (const { path = '/log', headers, method = 'GET', afterMs = hourMs } of steps) {
      scaled.jump(afterMs);
      await ask(`http://${origin.host}${path}`, headers, { method });
    }
    return new Set(judge({ visits: origin.visits, restarts: [] }).breaches.map(({ rule }) => rule));
  }

  test('sees nothing to hold against polite requests', async () => {
    expect(await rulesBroken([{ headers: polite }, { headers: pair }, { headers: pair }])).toEqual(new Set());
  });

  test.each<[Rule, string, Headers, { path?: string; method?: string; afterMs?: number }]>([
    [1, 'no validators', polite, {}],
    [2, 'a HEAD', pair, { method: 'HEAD' }],
    [3, 'another date', { ...pair, 'if-modified-since': 'Thu, 19 Nov 2026 06:00:00 GMT' }, {}],
    [4, 'another tag', { ...pair, 'if-none-match': 'W/"a"' }, {}],
    [5, 'a made-up tag', { ...pair, 'if-none-match': 'null' }, {}],
    [10, 'a minute', pair, { afterMs: 60_000 }],
    [15, 'a cookie', { ...pair, cookie: 'id=1' }, {}],
    [15, 'a referrer', { ...pair, referer: 'http://tides.example/' }, {}],
    [16, 'a cache-buster', pair, { path: '/log?_=1' }],
    [17, 'no-cache', { ...pair, 'cache-control': 'no-cache' }, {}],
    [18, 'no gzip', { ...pair, 'accept-encoding': 'identity' }, {}],
    [19, 'no contact', { ...pair, 'user-agent': 'curl/8' }, {}],
    ['§6', 'another manipulation', { ...pair, 'a-im': 'vcdiff' }, {}],
  ])('sees rule %s broken by %s', async (rule, _name, headers, more) => {
    expect(await rulesBroken([{ headers: polite }, { headers, ...more }])).toContain(rule);
  });

  test('asks for credentials before it plays its script', async () => {
    await using origin = await ScoringOrigin.start(new ScaledClock(1));
    origin.serve([secret]);
    const url = origin.urlOf(secret);
    expect(await ask(url, polite)).toBe(401);
    expect(await ask(url, { ...polite, authorization: 'Basic x' })).toBe(200);
    expect(origin.countOf(secret)).toBe(1);
  });
});

// Without openssl there is no certificate to try it with.
(hasOpenssl ? describe : describe.skip)('a scoring origin with a certificate', () => {
  let authority: Authority | undefined;
  afterAll(async () => {
    await authority?.[Symbol.asyncDispose]();
  });

  test('speaks http and https on one port, and tells them apart', async () => {
    authority = await createAuthority();
    await using origin = await ScoringOrigin.start(new ScaledClock(1), authority.issue('localhost'));
    const [plain, safe] = [`http://${origin.host}/log`, `https://${origin.host}/log`];
    origin.serve([
      { ...log, target: plain, script: [], rest: redirect(301, safe) },
      { ...log, target: safe },
    ]);
    const ca = authority.cert;
    expect([await ask(plain, {}), await ask(safe, {}, { ca }), await ask(safe, {}, { ca })]).toEqual([
      301, 200, 304,
    ]);
    expect(origin.visits.map(({ url }) => url)).toEqual([plain, safe, safe]);
  });
});
