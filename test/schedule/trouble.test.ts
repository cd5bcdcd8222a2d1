import { describe, expect, test } from '@jest/globals';
import type { FeedNotice } from '../../src/model/event.ts';
import { urlToAsk } from '../../src/schedule/move.ts';
import { day, FeedLife, feedUrl, hops, hour, type Met, start } from './feed-life.ts';

const down: Met = { status: 503 };
const gone: Met = { status: 410 };
const lost: Met = { status: 404 };

const failing = (...waits: number[]) => {
  const life = new FeedLife();
  life.poll({ parsed: {} });
  for (const wait of waits) life.poll(down, wait);
  return life;
};

describe('POLITENESS §3: feed.error', () => {
  test('comes at the third failure, after a day and after seven, and then no more', () => {
    const life = failing(hour, hour).polls(60, down, 6 * hour);
    expect(life.story).toEqual(['error 1', 'error 2', 'error 3']);
    const since = start + hour;
    expect(life.told).toMatchObject([
      {
        since,
        failures: 3,
        code: 'http-503',
        status: 503,
        lastSuccessAt: start,
        episodeAt: since,
        step: '1',
      },
      { since, failures: 6, step: '2' },
      { since, failures: 30, step: '3' },
    ]);
  });

  test('says when the feed is asked next', () => {
    const life = failing(hour, hour, hour);
    expect(life.told[0]).toMatchObject({ nextPollAt: life.now + hour });
  });

  test('two failures are a blip, however long they last', () => {
    expect(failing(hour, 30 * day).story).toEqual([]);
  });

  test('a feed that is asked once a week has one at its third failure', () => {
    expect(failing(7 * day, 7 * day).story).toEqual([]);
    expect(failing(7 * day, 7 * day, 7 * day).story).toEqual(['error 1']);
  });

  test('an outage of our own neither counts nor ends the row', () => {
    const life = failing(hour, hour);
    life.polls(5, { outcome: 'outage', status: 0 }, hour);
    expect(life.stored).toMatchObject({ failures: 2, failingSince: start + hour });
    life.poll(down, hour);
    expect(life.story).toEqual(['error 1']);
  });
});

describe('POLITENESS §3: feed.recovered', () => {
  test.each<[string, Met]>([
    ['a document', { parsed: {} }],
    ['the known document', {}],
    ['a 304', { status: 304 }],
  ])('comes at the first success after a feed.error: %s', (_, good) => {
    const life = failing(hour, hour, hour);
    life.poll(good, hour);
    life.poll(good, hour);
    expect(life.story).toEqual(['error 1', 'recovered']);
    expect(life.told[1]).toMatchObject({ since: start + hour, failures: 3, mayHaveMissed: false });
    expect(life.stored).toMatchObject({ failures: 0, lastSuccessAt: life.now });
    expect(life.stored).not.toHaveProperty('errorSteps');
  });

  test('does not come when nobody was told of a failure', () => {
    const life = failing(hour, hour);
    life.poll({}, hour);
    expect(life.told).toEqual([]);
  });

  test.each<[string, Met, boolean]>([
    ['no entry is known any more', { parsed: {}, knownEntries: 0 }, true],
    ['some are', { parsed: {}, knownEntries: 1 }, false],
    ['nothing was ever known', { parsed: {}, knownEntries: 0, hadKnown: false }, false],
    ['the document is partial', { status: 226, parsed: {}, knownEntries: 0 }, false],
    ['the document is the same as before', { knownEntries: 0 }, false],
  ])('the window may have been missed: %s', (_, good, risk) => {
    const life = failing(hour, hour, hour);
    life.poll(good, hour);
    expect(life.told.at(-1)).toMatchObject({ type: 'feed.recovered', mayHaveMissed: risk });
  });

  test('the next row of failures is told anew', () => {
    const life = failing(hour, hour, hour);
    life.poll({}, hour);
    life.polls(3, down, hour);
    expect(life.story).toEqual(['error 1', 'recovered', 'error 1']);
    const [first, , second] = life.told;
    expect(second?.episodeAt).not.toBe(first?.episodeAt);
  });
});

describe('A29, RFC 9110 §15.5.11: 410', () => {
  const parked = () => new FeedLife().polls(3, gone, 12 * hour);

  test('once is a failure and nothing else', () => {
    const life = new FeedLife().polls(1, gone, hour);
    expect([life.told, life.stored.parkedAt]).toEqual([[], undefined]);
  });

  test('the third in a row, a day after the first, parks the feed', () => {
    const life = parked();
    expect(life.stored).toMatchObject({ parkedAt: life.now, nextPoll: { reason: 'parked' } });
    const since = start + 12 * hour;
    expect(life.told).toEqual([
      { type: 'feed.gone', status: 410, since, polling: 'parked', episodeAt: since, step: 'parked' },
    ]);
  });

  test('the second does not, however late it is', () => {
    expect(new FeedLife().polls(2, gone, 3 * day).stored).not.toHaveProperty('parkedAt');
  });

  test('three within a day do not', () => {
    const life = new FeedLife().polls(3, gone, hour);
    expect(life.stored).not.toHaveProperty('parkedAt');
    expect(life.story).toEqual(['error 1']);
  });

  test('another answer in between begins the count anew', () => {
    const life = new FeedLife().polls(2, gone, 12 * hour);
    life.poll(down, hour);
    life.polls(2, gone, 12 * hour);
    expect(life.stored).toMatchObject({ gone: { count: 2 } });
    expect(life.stored).not.toHaveProperty('parkedAt');
    expect(parked().stored.gone?.count).toBe(3);
  });

  test('an outage in between does not', () => {
    const life = new FeedLife().polls(2, gone, 12 * hour);
    life.poll({ outcome: 'outage', status: 0 }, hour);
    life.poll(gone, 11 * hour);
    expect(life.story).toEqual(['gone parked']);
  });

  test('asked by hand and still gone, it stays parked without another event', () => {
    const life = parked();
    const { parkedAt } = life.stored;
    life.poll(gone, day);
    expect([life.stored.parkedAt, life.story]).toEqual([parkedAt, ['gone parked']]);
  });

  test('asked by hand and there again, it is polled again', () => {
    const life = parked();
    life.poll({ parsed: {} }, day);
    expect(life.stored).not.toHaveProperty('parkedAt');
    expect(life.story).toEqual(['gone parked', 'recovered']);
  });

  test('asked by hand and failing in another way, it is polled again, and its end is told', () => {
    const life = parked();
    life.poll(down, day);
    expect(life.stored).not.toHaveProperty('parkedAt');
    expect(life.stored).not.toHaveProperty('gone');
    life.poll({}, day);
    expect(life.story).toEqual(['gone parked', 'error 1', 'recovered']);
  });

  test('another URL in feeds.yaml wakes it', () => {
    const life = parked();
    life.url = 'https://edited.example/feed';
    expect(life.stored).not.toHaveProperty('parkedAt');
    life.poll({ url: life.url, parsed: {} }, hour);
    expect(life.story).toEqual(['gone parked', 'recovered']);
  });

  test('at an adopted URL does not park before the configured one was asked', () => {
    const target = 'https://new.example/feed';
    const life = new FeedLife().polls(3, { hops: hops(`301 ${feedUrl}`), url: target }, 4 * day);
    life.polls(3, { ...gone, url: target }, 12 * hour);
    expect(life.stored).not.toHaveProperty('parkedAt');
    expect(urlToAsk({ url: feedUrl }, life.stored)).toBe(feedUrl);
    life.poll({ ...gone, url: feedUrl }, 12 * hour);
    expect(life.stored).toHaveProperty('parkedAt');
  });
});

describe('POLITENESS §3: 404', () => {
  test('for 30 days is gone, told once, and polled on', () => {
    const life = new FeedLife().polls(20, lost, 3 * day);
    expect(life.story).toEqual(['error 1', 'error 2', 'error 3', 'gone slow']);
    expect(life.stored).not.toHaveProperty('parkedAt');
    expect(life.told.at(-1)).toMatchObject({ status: 404, since: start + 3 * day, polling: 'slow' });
  });

  test('of a feed that is asked once a month is gone first, and its errors are told as ever', () => {
    const life = new FeedLife().polls(9, lost, 31 * day);
    expect(life.story).toEqual(['gone slow', 'error 1', 'error 2', 'error 3']);
  });

  test('once, after a month of other failures, is not', () => {
    const life = failing(...Array.from({ length: 15 }, () => 3 * day));
    life.poll(lost, day);
    life.poll(down, day);
    expect(life.story).not.toContain('gone slow');
  });

  test('ends with feed.recovered', () => {
    const life = new FeedLife().polls(20, lost, 3 * day);
    life.poll({ parsed: {} }, day);
    expect(life.story.slice(-2)).toEqual(['gone slow', 'recovered']);
  });
});

describe('another URL in feeds.yaml', () => {
  test('ends the count of failures, but not what receivers were told', () => {
    const life = failing(hour, hour, hour);
    life.url = 'https://edited.example/feed';
    expect(life.stored).toMatchObject({ failures: 0, failingSince: start + hour, errorSteps: 1 });
    life.poll({ url: life.url }, hour);
    expect(life.story).toEqual(['error 1', 'recovered']);
  });

  test('ends failures that nobody was told of', () => {
    const life = failing(hour, hour);
    life.url = 'https://edited.example/feed';
    expect(life.stored).toMatchObject({ failures: 0 });
    expect(life.stored).not.toHaveProperty('failingSince');
  });

  test('that fails too goes on with the events, under other ids', () => {
    const life = failing(hour, hour, hour);
    life.url = 'https://edited.example/feed';
    life.polls(3, { ...down, url: life.url }, day);
    const ids = life.told.map(({ type, episodeAt, step }: FeedNotice) => `${type} ${episodeAt} ${step}`);
    expect(life.story).toEqual(['error 1', 'error 2']);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
