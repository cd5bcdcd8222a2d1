import { describe, expect, test } from '@jest/globals';
import { laneOf, type OriginRule, requestsAtATime } from '../../src/schedule/lane.ts';
import { spreadStart } from '../../src/schedule/start-spread.ts';

const none = new Map<string, OriginRule>();
const laneId = (url: string) => laneOf(url, 'f1', none).id;

describe('the lane of a feed', () => {
  test('is its host: one request at a time, 2 s apart', () => {
    expect(laneOf('https://example.org/feed.atom', 'f1', none)).toEqual({
      id: 'example.org',
      gapMs: 2_000,
      concurrency: 1,
    });
  });

  test.each([
    ['path and query do not matter', 'https://example.org/other?x=1', 'example.org'],
    ['http and https share a lane', 'http://example.org/', 'example.org'],
    ['the port that the scheme implies does not matter', 'https://example.org:443/', 'example.org'],
    ['case does not matter', 'HTTPS://EXAMPLE.ORG/', 'example.org'],
    ['user-info does not matter', 'https://me:secret@example.org/', 'example.org'],
    ['a full-width host is the same host', 'https://ｅxample.org/', 'example.org'],
    ['another port is another lane', 'https://example.org:8443/', 'example.org:8443'],
    ['another host is another lane', 'https://blog.example.org/', 'blog.example.org'],
    ['a public address is a host', 'http://93.184.216.34/', '93.184.216.34'],
  ])('%s', (_name, url, id) => {
    expect(laneId(url)).toBe(id);
  });

  test.each([
    'http://localhost/a',
    'http://rss.localhost/a',
    'http://127.0.0.1/a',
    'http://2130706433/a',
    'http://10.1.2.3/a',
    'http://172.16.0.1/a',
    'http://192.168.1.1/a',
    'http://169.254.1.1/a',
    'http://[::1]/a',
    'http://[fd00::1]/a',
    'http://[fe80::1]/a',
    'http://[::ffff:127.0.0.1]/a',
  ])('at the private address %s is its own', (url) => {
    const one = laneOf(url, 'f1', none);
    const other = laneOf(url, 'f2', none);
    expect(one.id).toBe(`${new URL(url).host}/f1`);
    expect(other.id).not.toBe(one.id);
  });

  test.each([
    'http://172.32.0.1/',
    'http://11.0.0.1/',
    'http://localhost.example.org/',
    'http://[2001:4860::1]/',
  ])('at %s is shared', (url) => {
    expect(laneId(url)).toBe(new URL(url).host);
  });
});

describe('origins', () => {
  test('set gap and concurrency of a host', () => {
    const origins = new Map([['example.org', { gapMs: 0, concurrency: 8 }]]);
    expect(laneOf('https://example.org/a', 'f1', origins)).toEqual({
      id: 'example.org',
      gapMs: 0,
      concurrency: 8,
    });
    expect(laneOf('https://example.com/a', 'f1', origins).gapMs).toBe(2_000);
  });

  test('name a host with its port, or any port of it', () => {
    const origins = new Map([
      ['localhost:8080', { gapMs: 0 }],
      ['localhost', { gapMs: 500 }],
    ]);
    expect(laneOf('http://localhost:8080/a', 'f1', origins).gapMs).toBe(0);
    expect(laneOf('http://localhost:9090/a', 'f1', origins).gapMs).toBe(500);
  });

  test('can give each feed a lane, or a private host one lane for all', () => {
    const origins = new Map<string, OriginRule>([
      ['example.org', { scope: 'feed' }],
      ['localhost', { scope: 'host' }],
    ]);
    expect(laneOf('https://example.org/a', 'f1', origins)).toMatchObject({ id: 'example.org/f1', gapMs: 0 });
    expect(laneOf('http://localhost/a', 'f1', origins).id).toBe('localhost');
  });
});

describe('POLITENESS §5: the scope of a lane', () => {
  const origins = new Map<string, OriginRule>([
    ['example.org', { scope: 'site', gapMs: 5_000 }],
    ['own.example.org', { scope: 'host' }],
    ['slow.example.org', { gapMs: 9_000 }],
    ['www.example.net', { scope: 'site' }],
    ['github.io', { scope: 'site' }],
    ['localhost', { scope: 'site' }],
    ['127.0.0.1:8080', { scope: 'site' }],
  ]);

  test.each([
    ['a rule with scope site covers its own host', 'https://example.org/', 'site:example.org', 5_000],
    ['and every host below it', 'https://a.b.example.org/', 'site:example.org', 5_000],
    ['on any port', 'http://a.example.org:8080/', 'site:example.org', 5_000],
    ['a host with a scope of its own stays out', 'https://own.example.org/', 'own.example.org', 2_000],
    ['a host with another gap alone stays in', 'https://slow.example.org/', 'site:example.org', 9_000],
    [
      'a rule for one host of a site puts it in the lane of the site',
      'https://www.example.net/',
      'site:example.net',
      2_000,
    ],
    ['and says nothing of the others', 'https://example.net/', 'example.net', 2_000],
    ['a suffix of the private list can be made one site', 'https://me.github.io/', 'site:github.io', 2_000],
    ['another domain that ends alike is another site', 'https://notexample.org/', 'notexample.org', 2_000],
    ['a single label has no site', 'http://localhost/', 'localhost', 2_000],
    ['an address has no site', 'http://127.0.0.1:8080/', '127.0.0.1:8080', 2_000],
  ] as [string, string, string, number][])('%s', (_rule, url, id, gapMs) => {
    expect(laneOf(url, 'f1', origins)).toEqual({ id, gapMs, concurrency: 1 });
  });

  test.each<[string, string, string, number]>([
    ['all Tumblr blogs are one lane', 'https://staff.tumblr.com/rss', 'site:tumblr.com', 2_000],
    [
      'all of Reddit is one lane with a request a minute',
      'https://old.reddit.com/r/a.rss',
      'site:reddit.com',
      60_000,
    ],
  ])('built in: %s', (_rule, url, id, gapMs) => {
    expect(laneOf(url, 'f1', none)).toEqual({ id, gapMs, concurrency: 1 });
    expect(laneOf(url, 'f2', none).id).toBe(id);
  });

  test('what is built in can be overruled, each value alone', () => {
    const own = new Map<string, OriginRule>([
      ['reddit.com', { gapMs: 120_000 }],
      ['tumblr.com', { scope: 'host' }],
    ]);
    expect(laneOf('https://www.reddit.com/r/a.rss', 'f1', own)).toMatchObject({
      id: 'site:reddit.com',
      gapMs: 120_000,
    });
    expect(laneOf('https://staff.tumblr.com/rss', 'f1', own)).toMatchObject({
      id: 'staff.tumblr.com',
      gapMs: 2_000,
    });
  });

  test('the dot of the root makes no other lane', () => {
    expect(laneOf('https://example.com./feed', 'f1', none).id).toBe('example.com');
    expect(laneOf('https://a.example.org./feed', 'f1', origins).id).toBe('site:example.org');
  });

  test('lanes of different kinds never have one id', () => {
    const ids = [
      laneOf('https://a.example.org/', 'f1', origins),
      laneOf('https://own.example.org/', 'f1', origins),
      laneOf('http://site:8080/', 'f1', none),
      laneOf('http://localhost:81/', 'example.org', none),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('requests to one host at a time', () => {
  test.each([
    ['one where the feeds share a lane', 'https://example.org', 1],
    ['as many as the lane may send', 'https://example.com', 8],
    ['one for each lane where every feed has its own', 'http://127.0.0.1:8080', 50],
  ])('%s', (_rule, origin, count) => {
    const origins = new Map([['example.com', { concurrency: 8 }]]);
    expect(requestsAtATime(origin, origins, 50)).toBe(count);
  });
});

describe('the spread after a start', () => {
  test('gives each feed its own moment, the same at each start', () => {
    const moments = Array.from({ length: 1_000 }, (_, feed) => spreadStart(`feed-${feed}`, 5_000, 600_000));
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...moments)).toBeLessThan(605_000);
    const perMinute = moments.reduce<number[]>((counts, at) => {
      const minute = Math.floor((at - 5_000) / 60_000);
      counts[minute] = (counts[minute] ?? 0) + 1;
      return counts;
    }, []);
    expect(perMinute).toHaveLength(10);
    for (const count of perMinute) expect(count).toBeGreaterThan(60);
    expect(spreadStart('feed-7', 5_000, 600_000)).toBe(moments[7]);
  });

  test.each([0, -1, Number.NaN])('of %d is none', (spreadMs) => {
    expect(spreadStart('feed-7', 5_000, spreadMs)).toBe(5_000);
  });
});
