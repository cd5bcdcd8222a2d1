// The judge must catch each offence that it looks for, or an all-pass score would mean nothing: small logs of
// clients that break one rule, and of one that breaks none.

import { describe, expect, test } from '@jest/globals';
import { type Answer, dayMs, failure, feed, hourMs, minuteMs, notModified, silence } from './answer.ts';
import { rss } from './documents.ts';
import { judge } from './judge.ts';
import type { Resource, Visit } from './scoring-origin.ts';
import type { Rule } from './tally.ts';

const start = Date.parse('2026-11-20T09:00:00Z');
const modified = 'Fri, 20 Nov 2026 06:00:00 GMT';
const resource: Resource = { name: 'log', target: '/log', script: [], rest: notModified() };
const first = feed({ etag: '"a"', modified });
const pair = { 'if-none-match': '"a"', 'if-modified-since': modified, 'a-im': 'feed' };
const polite = { 'user-agent': 'reader/1 (+https://example.org/)', 'accept-encoding': 'gzip' };

interface Step {
  readonly afterMs?: number;
  readonly answer?: Answer;
  readonly fields?: Readonly<Record<string, string>>;
  readonly takesMs?: number;
  readonly more?: Partial<Visit>;
}

/** One visit a step, each `afterMs` (one hour) after the end of the one before. */
function visitsOf(steps: readonly Step[]): Visit[] {
  let now = start;
  return steps.map(({ afterMs = hourMs, answer = notModified(), fields = {}, takesMs = 0, more }) => {
    const at = now + afterMs;
    now = at + takesMs;
    const asked = new Map(Object.entries({ ...polite, ...fields }).map(([name, value]) => [name, [value]]));
    const endedAt = answer === silence ? {} : { endedAt: now };
    return {
      resource,
      method: 'GET',
      url: 'http://tides.example/log',
      target: '/log',
      asked,
      at,
      answer,
      answered: answer.fields(at),
      ...endedAt,
      ...more,
    };
  });
}

function brokenBy(steps: readonly Step[], restarts: readonly number[] = []): Rule[] {
  const { breaches } = judge({ visits: visitsOf(steps), restarts });
  return [...new Set(breaches.map(({ rule }) => rule))];
}

const asked = (fields: Step['fields'] = pair, more: Step = {}): Step => ({ fields, ...more });
const subscribed: Step = { answer: first };

describe('the judge', () => {
  test('finds nothing in a polite log', () => {
    const moved = notModified({ modified: 'Fri, 20 Nov 2026 07:00:00 GMT' });
    const now = { ...pair, 'if-modified-since': 'Fri, 20 Nov 2026 07:00:00 GMT' };
    const steps = [
      subscribed,
      asked(),
      asked(pair, { answer: silence }),
      asked(pair, { answer: moved }),
      asked(now),
    ];
    expect(brokenBy(steps)).toEqual([]);
  });

  const second = feed({ etag: '"b"', modified, body: rss(2) });
  const bare = feed({ modified });
  test.each<[string, Rule, Step[]]>([
    ['asks without validators', 1, [subscribed, asked({})]],
    ['subscribes by a HEAD', 2, [{ ...subscribed, more: { method: 'HEAD' } }]],
    [
      'writes the date in its own way',
      3,
      [subscribed, asked({ ...pair, 'if-modified-since': '20 Nov 2026' })],
    ],
    [
      'quotes a tag that had no quotes',
      4,
      [{ answer: feed({ etag: 'a' }) }, asked({ 'if-none-match': '"a"' })],
    ],
    ['makes a date from the document', 5, [{ answer: feed() }, asked({ 'if-modified-since': modified })]],
    ['sends half of the pair', 6, [subscribed, asked({ 'if-none-match': '"a"' })]],
    ['sends the pair before the last', 6, [subscribed, asked(pair, { answer: second }), asked()]],
    [
      'keeps the old tag when the body is the same',
      7,
      [subscribed, asked(pair, { answer: feed({ etag: '"b"' }) }), asked()],
    ],
    ['keeps a tag that the last 200 lacks', 8, [subscribed, asked(pair, { answer: bare }), asked()]],
    ['forgets the pair after a 503', 9, [subscribed, asked(pair, { answer: failure(503) }), asked({})]],
    [
      'takes the tag of an error page',
      9,
      [subscribed, asked(pair, { answer: failure(500, { etag: '"e"' }) }), asked({ 'if-none-match': '"e"' })],
    ],
    ['comes after 59 minutes', 10, [subscribed, asked(pair, { afterMs: 59 * minuteMs })]],
    ['comes hourly without validators', 10, [{ answer: feed() }, asked({})]],
    [
      'comes within max-age',
      11,
      [{ answer: feed({ etag: '"a"', modified, asks: { freshnessMs: 2 * hourMs } }) }, asked()],
    ],
    [
      'comes within Retry-After',
      12,
      [subscribed, asked(pair, { answer: failure(429, { asks: { retryAfterMs: dayMs } }) }), asked()],
    ],
    [
      'counts from the start of a slow answer',
      14,
      [{ ...subscribed, takesMs: 9 * minuteMs }, asked(pair, { afterMs: 51 * minuteMs })],
    ],
    ['sends a cookie', 15, [asked({ cookie: 'id=1' })]],
    [
      'sends A-IM without a tag',
      '§6',
      [{ answer: feed({ modified }) }, asked({ 'if-modified-since': modified, 'a-im': 'feed' })],
    ],
    ['leaves A-IM out', '§6', [subscribed, asked({ 'if-none-match': '"a"', 'if-modified-since': modified })]],
    ['sends credentials that nobody configured', 15, [asked({ authorization: 'Bearer x' })]],
    ['asks caches to step aside', 17, [asked({ 'cache-control': 'no-cache' })]],
    ['does not offer gzip', 18, [asked({ 'accept-encoding': 'br' })]],
    ['has no contact', 19, [asked({ 'user-agent': 'reader/1' })]],
    [
      'changes its name',
      19,
      [subscribed, asked({ ...pair, 'user-agent': 'reader/2 (+https://example.org/)' })],
    ],
    [
      'comes before the ttl is over',
      '§2',
      [{ answer: feed({ etag: '"a"', modified, asks: { ttlMs: 2 * hourMs } }) }, asked()],
    ],
  ])('catches a client that %s: rule %s', (_name, rule, steps) => {
    expect(brokenBy(steps)).toContain(rule);
  });

  test('catches one that asks again after a restart: rule 13', () => {
    const early = [subscribed, asked(pair, { afterMs: minuteMs })];
    expect(brokenBy(early, [start + hourMs + 1])).toContain(13);
    expect(brokenBy(early)).not.toContain(13);
  });

  test('catches one that asks for what nobody configured: rule 16', () => {
    const [visit] = visitsOf([{}]);
    const { resource: _, ...stray } = { ...visit, target: '/log?_=1' } as Visit;
    expect(judge({ visits: [stray], restarts: [] }).breachesOf(16)).toHaveLength(1);
  });

  test.each([
    ['within the gap', minuteMs - 1, first],
    ['while a 429 holds it', dayMs - 1, failure(429, { asks: { retryAfterMs: dayMs } })],
  ])('catches two requests of one lane %s: §5', (_name, afterMs, answer) => {
    const lane = { name: 'crowd', gapMs: minuteMs };
    const [a, b] = visitsOf([{ answer }, { afterMs }]);
    const visits = [a, b].flatMap((visit, at) =>
      visit ? [{ ...visit, resource: { ...resource, name: `log-${at}`, lane } }] : [],
    );
    expect(judge({ visits, restarts: [] }).breachesOf('§5')).toHaveLength(1);
  });

  test('finds nothing in a 503 that holds its own feed alone, and catches one that holds the lane: §5', () => {
    const lane = { name: 'crowd', gapMs: minuteMs };
    const refusal = failure(503, { asks: { retryAfterMs: 3 * hourMs } });
    const breaches = (afterMs: number) => {
      const [a, b] = visitsOf([{ answer: refusal }, { afterMs }]);
      const visits = [a, b].flatMap((visit, at) =>
        visit ? [{ ...visit, resource: { ...resource, name: `log-${at}`, lane } }] : [],
      );
      return judge({ visits, restarts: [] }).breachesOf('§5');
    };
    expect(breaches(hourMs)).toHaveLength(0);
    expect(breaches(3 * hourMs)).toHaveLength(1);
  });

  test('lets credentials follow a challenge at once, and nothing else: rules 10 and 15', () => {
    const challenging = { ...resource, authorization: 'Basic x', isChallenging: true };
    const more = { resource: challenging };
    const refusal = failure(401);
    const bare: Step = { answer: refusal, more };
    const steps = (second: Step['fields']): Step[] => [
      bare,
      { ...asked(second), answer: first, afterMs: 1, more },
    ];
    expect(brokenBy(steps({ authorization: 'Basic x' }))).toEqual([]);
    expect(brokenBy(steps({ authorization: 'Basic y' }))).toContain(15);
    expect(brokenBy(steps({}))).toContain(10);
    expect(brokenBy([{ ...bare, fields: { authorization: 'Basic x' } }])).toEqual([]);
  });

  test('catches two lines with one URL that ask for it in turn: rule 21', () => {
    const lines = [{ id: 'a' }, { id: 'b', intervalMs: 2 * hourMs }];
    const shared = { more: { resource: { ...resource, lines } } };
    const steps = (afterMs: number): Step[] => [
      { ...subscribed, ...shared },
      asked(pair, { afterMs, ...shared }),
    ];
    expect(brokenBy(steps(2 * hourMs))).toEqual([]);
    expect(brokenBy(steps(hourMs))).toEqual([21, 14]);
  });
});
