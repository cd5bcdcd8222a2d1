import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FeedNotice } from '../../src/model/event.ts';
import { urlToAsk } from '../../src/schedule/move.ts';
import { day, FeedLife, feedUrl, hops, hour, type Met } from './feed-life.ts';

const target = 'https://new.example/feed';
const plain = 'http://example.org/feed';

const answers: readonly Met[] = [
  { parsed: {} },
  {},
  { status: 304 },
  { status: 503 },
  { status: 404 },
  { status: 410 },
  { outcome: 'outage', status: 0 },
  { hops: hops(`301 ${feedUrl}`), url: target, parsed: {} },
  { parsed: { newFeedUrl: target } },
  { parsed: { selfUrl: 'https://mirror.example/' } },
  { parsed: {}, isConditional: false },
];

const life = fc.array(
  fc.tuple(fc.constantFrom(...answers), fc.constantFrom(hour, 12 * hour, 4 * day, 31 * day)),
  { maxLength: 30 },
);

const idParts = ({ type, episodeAt, step }: { type: string; episodeAt: number; step: string }) =>
  `${type} ${Math.floor(episodeAt / 1000)} ${step}`;

/** What a notice is about; later, the same answer may mean something else, which is another fact. */
const factOf = (notice: FeedNotice) => (notice.type === 'feed.moved' ? `moved ${notice.via}` : notice.type);

/** At what is asked next: redirects begin there. */
function metAt(feed: FeedLife, met: Met): Met {
  const asked = feed.state ? urlToAsk({ url: feed.url }, feed.stored) : feed.url;
  return met.hops && asked === target ? { url: target, parsed: {} } : { url: asked, ...met };
}

describe('exactly once: the events are written before the state', () => {
  test('a poll that is repeated after a crash in between makes the same ids', () => {
    fc.assert(
      fc.property(life, fc.constantFrom(0, hour, 8 * day), (polls, delay) => {
        const feed = new FeedLife();
        for (const [answer, wait] of polls) {
          const met = metAt(feed, answer);
          feed.now += wait;
          // The memory, and with it the baseline, is written together with the events.
          if (met.parsed) feed.baselineAt ??= Math.floor(feed.now / 1000);
          const first = new Map(feed.decide(met).notices.map((notice) => [factOf(notice), idParts(notice)]));
          for (const notice of feed.decide(met, feed.now + delay).notices) {
            expect(idParts(notice)).toBe(first.get(factOf(notice)) ?? idParts(notice));
          }
          feed.poll(met);
        }
      }),
    );
  });

  test('no two events of one feed have one id', () => {
    fc.assert(
      fc.property(life, (polls) => {
        const feed = new FeedLife();
        for (const [answer, wait] of polls) feed.poll(metAt(feed, answer), wait);
        const ids = feed.told.map(idParts);
        expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
      }),
    );
  });

  test('the first poll of all may adopt https, named by the baseline that it wrote', () => {
    const feed = new FeedLife(plain);
    const met: Met = { hops: hops(`301 ${plain}`), url: feedUrl, parsed: {} };
    const first = feed.decide(met);
    feed.baselineAt = Math.floor(feed.now / 1000);
    expect(feed.decide(met, feed.now + day).notices.map(idParts)).toEqual(first.notices.map(idParts));
    expect(first.notices).toHaveLength(1);
  });

  test('a second move to https is a second event', () => {
    const feed = new FeedLife(plain);
    const met: Met = { hops: hops(`301 ${plain}`), url: feedUrl, parsed: {} };
    feed.poll(met);
    feed.polls(3, { status: 503, url: feedUrl }, hour);
    feed.poll({ url: plain }, hour);
    feed.poll(met, hour);
    const moves = feed.told.filter(({ type }) => type === 'feed.moved').map(idParts);
    expect(moves).toHaveLength(3);
    expect(new Set(moves).size).toBe(3);
  });
});

test('receivers are told of every end of trouble that they were told of', () => {
  fc.assert(
    fc.property(life, (polls) => {
      const feed = new FeedLife();
      let isWrong = false;
      for (const [answer, wait] of polls) {
        for (const { type } of feed.poll(metAt(feed, answer), wait).notices) {
          if (type === 'feed.recovered') expect(isWrong).toBe(true);
          if (type !== 'feed.moved') isWrong = type !== 'feed.recovered';
        }
        if (feed.stored.failures === 0) expect(isWrong).toBe(false);
      }
    }),
  );
});

test('a move is told before the recovery that it brings', () => {
  const feed = new FeedLife(plain).polls(3, { status: 503, url: plain }, hour);
  feed.poll({ hops: hops(`301 ${plain}`), url: feedUrl, parsed: { newFeedUrl: target } }, hour);
  expect(feed.story).toEqual([
    'error 1',
    `moved https ${feedUrl}`,
    `moved itunes:new-feed-url ${target}`,
    'recovered',
  ]);
});
