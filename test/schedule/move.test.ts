import { describe, expect, test } from '@jest/globals';
import { effectiveUrl, urlToAsk } from '../../src/schedule/move.ts';
import { day, FeedLife, feedUrl, hops, hour, type Met } from './feed-life.ts';

const target = 'https://new.example/feed';

const led = (...lines: string[]): Met => ({ hops: hops(...lines), url: target, parsed: {} });
const moved = led(`301 ${feedUrl}`);

/** At `target` for a week and three polls. */
function adopted(): FeedLife {
  return new FeedLife().polls(3, moved, 3.5 * day);
}

const asked = (life: FeedLife) => urlToAsk({ url: life.url }, life.stored);

describe('POLITENESS §4: a permanent redirect', () => {
  test('is adopted when the same target led to a feed on three polls over seven days', () => {
    const life = new FeedLife();
    life.polls(2, moved, 3.5 * day);
    expect(life.stored.pendingMove).toMatchObject({ to: target, polls: 2 });
    expect(asked(life)).toBe(feedUrl);
    life.poll(moved, 3.5 * day);
    expect(asked(life)).toBe(target);
    expect(life.stored.pendingMove).toBeUndefined();
    expect(life.told).toEqual([
      expect.objectContaining({
        type: 'feed.moved',
        from: feedUrl,
        to: target,
        via: 301,
        isAdopted: true,
        step: target,
      }),
    ]);
  });

  test.each<[string, number, number]>([
    ['many polls in less than seven days', 100, hour],
    ['two polls in more than seven days', 2, 30 * day],
    ['three polls in nearly seven days', 3, 3.5 * day - 1],
  ])('%s prove nothing', (_, count, everyMs) => {
    expect(asked(new FeedLife().polls(count, moved, everyMs))).toBe(feedUrl);
  });

  test('308 is as good as 301, and a 304 as good as a document', () => {
    const unchanged: Met = { status: 304, hops: hops(`308 ${feedUrl}`), url: target };
    const life = new FeedLife().polls(3, unchanged, 4 * day);
    expect([asked(life), life.story]).toEqual([target, [`moved 308 ${target}`]]);
  });

  test('a failing poll neither counts nor resets', () => {
    const life = new FeedLife();
    life.polls(2, moved, 4 * day);
    life.poll({ ...moved, status: 503, parsed: undefined } as Met, hour);
    expect(life.stored.pendingMove).toMatchObject({ to: target, polls: 2 });
    life.poll({ ...moved, status: 200, outcome: 'failed', parsed: undefined } as Met, hour);
    expect(asked(life)).toBe(feedUrl);
    life.poll(moved, 4 * day);
    expect(asked(life)).toBe(target);
  });

  test('an outage of our own changes nothing', () => {
    const life = new FeedLife().polls(2, moved, 4 * day);
    const before = life.stored;
    life.poll({ outcome: 'outage', status: 0 }, hour);
    expect(life.stored).toMatchObject({
      pendingMove: before.pendingMove,
      failures: 0,
      lastSuccessAt: before.lastSuccessAt,
    });
  });

  test('another target starts the count anew', () => {
    const life = new FeedLife().polls(2, moved, 4 * day);
    const other = 'https://other.example/feed';
    life.poll({ ...moved, url: other }, day);
    expect(life.stored.pendingMove).toEqual({ to: other, since: life.now, polls: 1 });
  });

  test('a poll without redirect drops what was counted', () => {
    const life = new FeedLife().polls(2, moved, 4 * day);
    life.poll({}, day);
    expect(life.stored.pendingMove).toBeUndefined();
  });

  test.each([302, 303, 307])('a %i is never adopted', (status) => {
    const life = new FeedLife().polls(9, led(`${status} ${feedUrl}`), 4 * day);
    expect([asked(life), life.told]).toEqual([feedUrl, []]);
  });

  test.each<[string, Met, string]>([
    [
      '301 then 302: the target of the 301',
      led(`301 ${feedUrl}`, '302 https://b.example/'),
      'https://b.example/',
    ],
    ['301 then 308: the last of the two', led(`301 ${feedUrl}`, '308 https://b.example/'), target],
    ['302 then 301: nothing', led(`302 ${feedUrl}`, '301 https://b.example/'), feedUrl],
    [
      '301, 302, 301: the target of the first',
      led(`301 ${feedUrl}`, '302 https://b.example/', '301 https://c.example/'),
      'https://b.example/',
    ],
  ])('only the leading permanent hops count, %s', (_, met, expected) => {
    expect(asked(new FeedLife().polls(3, met, 4 * day))).toBe(expected);
  });

  test.each<[string, Met]>([
    ['at its end', { ...moved, url: 'http://new.example/feed' }],
    ['on the way', led(`301 ${feedUrl}`, '301 http://b.example/')],
  ])('from https to http %s is followed where that is allowed, and never adopted', (_, met) => {
    expect(asked(new FeedLife().polls(9, met, 4 * day))).toBe(feedUrl);
  });

  test('at an adopted URL leads on to the next', () => {
    const life = adopted();
    const next = 'https://third.example/feed';
    life.polls(3, { hops: hops(`301 ${target}`), url: next }, 4 * day);
    expect(asked(life)).toBe(next);
    expect(life.told.at(-1)).toMatchObject({ from: target, to: next });
  });

  test('at an adopted URL back to the configured one ends the adoption', () => {
    const life = adopted();
    life.polls(3, { hops: hops(`301 ${target}`), url: feedUrl }, 4 * day);
    expect(life.stored.adopted).toBeUndefined();
    expect(life.told.at(-1)).toMatchObject({ from: target, to: feedUrl, isAdopted: true });
  });
});

describe('POLITENESS §4 fast path: only the scheme changes from http to https', () => {
  const plain = 'http://example.org/feed?a=1';
  const to = (url: string, status = 301): Met => ({ hops: hops(`${status} ${plain}`), url, parsed: {} });

  test.each([301, 308])('a %i is adopted at the first answer that parses', (status) => {
    const life = new FeedLife(plain);
    life.poll(to('https://example.org/feed?a=1', status));
    expect(asked(life)).toBe('https://example.org/feed?a=1');
    expect(life.story).toEqual(['moved https https://example.org/feed?a=1']);
  });

  test('not at one that does not', () => {
    const life = new FeedLife(plain);
    life.poll({ ...to('https://example.org/feed?a=1'), outcome: 'failed', parsed: undefined });
    expect([asked(life), life.told]).toEqual([plain, []]);
  });

  test.each<[string, Met]>([
    ['another host', to('https://www.example.org/feed?a=1')],
    ['another port', to('https://example.org:8443/feed?a=1')],
    ['another path', to('https://example.org/feed/?a=1')],
    ['another query', to('https://example.org/feed')],
    ['a 302', to('https://example.org/feed?a=1', 302)],
  ])('%s is no such change', (_, met) => {
    const life = new FeedLife(plain);
    life.poll(met);
    expect(asked(life)).toBe(plain);
  });
});

describe('POLITENESS §4: after three failures at the adopted URL', () => {
  const failing: Met = { status: 503, url: target };

  test('the configured one is tried once in a row of failures', () => {
    const life = adopted();
    const urls = Array.from({ length: 8 }, () => {
      life.poll(failing, hour);
      return asked(life);
    });
    expect(urls.filter((url) => url === feedUrl)).toHaveLength(1);
    expect(urls[2]).toBe(feedUrl);
    life.poll({ url: target }, hour);
    life.polls(3, failing, hour);
    expect(asked(life)).toBe(feedUrl);
  });

  test('the adoption is undone if the configured one answers with a feed', () => {
    const life = adopted().polls(3, failing, hour);
    life.poll({ url: feedUrl }, hour);
    expect([life.stored.adopted, asked(life)]).toEqual([undefined, feedUrl]);
    expect(life.story.slice(1)).toEqual(['error 1', `moved undone ${feedUrl}`, 'recovered']);
  });

  test('it stays if the configured one fails too', () => {
    const life = adopted().polls(3, failing, hour);
    life.poll({ status: 404, url: feedUrl }, hour);
    expect(effectiveUrl({ url: feedUrl }, life.stored)).toBe(target);
  });

  test('it stays if the configured one still leads there', () => {
    const life = adopted().polls(3, failing, hour);
    life.poll(moved, hour);
    expect([asked(life), life.story.at(-1)]).toEqual([target, 'recovered']);
  });

  test('a move that the configured one now makes is counted from there', () => {
    const life = adopted().polls(3, failing, hour);
    life.poll({ hops: hops(`301 ${feedUrl}`), url: 'https://third.example/' }, hour);
    expect(life.stored.adopted).toBeUndefined();
    expect(life.stored.pendingMove).toMatchObject({ to: 'https://third.example/', polls: 1 });
  });
});

test('another URL in feeds.yaml ends the adoption', () => {
  const life = adopted();
  life.url = 'https://edited.example/feed';
  expect(asked(life)).toBe(life.url);
  life.poll({ url: life.url }, hour);
  expect(life.stored).not.toHaveProperty('adopted');
});

test('a configured URL is the same in another spelling', () => {
  const life = new FeedLife('HTTPS://Example.org:443/feed#top');
  life.polls(3, moved, 4 * day);
  expect(asked(life)).toBe(target);
  life.polls(3, { status: 503, url: target }, hour);
  life.poll({ url: feedUrl }, hour);
  expect(life.stored).not.toHaveProperty('adopted');
});
