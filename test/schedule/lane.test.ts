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
