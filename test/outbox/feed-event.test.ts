import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/load.ts';
import { eventTypes, type FeedEventType, type FeedNotice } from '../../src/model/event.ts';
import type { EventFeed } from '../../src/outbox/event.ts';
import { feedEvent } from '../../src/outbox/feed-event.ts';
import { detectedAt, feed, notices } from './sample.ts';

const root = join(import.meta.dirname, '../..');
const golden = (type: string) =>
  readFileSync(join(root, 'test/fixtures/events', `${type.replace('.', '-')}.json`), 'utf8');

const feedTypes = eventTypes.filter((type): type is FeedEventType => type.startsWith('feed.'));

const dataOf = (notice: FeedNotice, of: EventFeed = feed) =>
  JSON.parse(feedEvent(notice, of, detectedAt).body).data;

describe('the bytes of an event stay the same from release to release', () => {
  test.each(feedTypes)('%s', (type) => {
    expect(feedEvent(notices[type], feed, detectedAt).body).toBe(golden(type));
  });
});

describe('WEBHOOKS §2 event id', () => {
  test('the vector of feed.error', () => {
    const { body, ...event } = feedEvent(notices['feed.error'], feed, detectedAt);
    expect(event).toEqual({
      id: 'evt_7obnzqqcyd6edvy3nsysxmdqfs',
      type: 'feed.error',
      feedId: 'example-security',
      detectedAt,
    });
    expect(JSON.parse(body).id).toBe(event.id);
  });

  const idOf = (changed: Partial<FeedNotice>, at = detectedAt) =>
    feedEvent({ ...notices['feed.error'], ...changed } as FeedNotice, feed, at).id;

  test('does not depend on when it was noticed, on what was found, or on a fraction of a second', () => {
    expect(idOf({ failures: 9, code: 'timeout', nextPollAt: 0 }, detectedAt + 9)).toBe(idOf({}));
    expect(idOf({ episodeAt: notices['feed.error'].episodeAt + 500 })).toBe(idOf({}));
  });

  test.each<[string, Partial<FeedNotice>]>([
    ['the start of the episode', { episodeAt: detectedAt + 1_000 }],
    ['the step', { step: '2' }],
  ])('depends on %s', (_, changed) => {
    expect(idOf(changed)).not.toBe(idOf({}));
  });
});

describe('what is unknown is absent', () => {
  test('a feed of which no document was ever read', () => {
    const { facts: _, ...unread } = feed;
    expect(dataOf(notices['feed.error'], unread).feed).toEqual({
      id: 'example-security',
      url: 'https://example.org/feed',
      feed_url: 'https://example.org/feed.atom',
      labels: ['security'],
    });
  });

  test('a failure without an answer, a success or a next attempt', () => {
    const { status: _, lastSuccessAt: __, ...bare } = notices['feed.error'];
    const { error } = dataOf({ ...bare, message: '', nextPollAt: Number.POSITIVE_INFINITY });
    expect(Object.keys(error)).toEqual(['code', 'since', 'failures']);
  });

  test('nothing is to be changed after a move that was undone', () => {
    expect(dataOf({ ...notices['feed.moved'], via: 'undone' })).not.toHaveProperty('config_hint');
  });
});

describe('feed.moved', () => {
  test.each(['2026', 'true', '1.0', 'a.b-c_d'])('its hint is a feed of feeds.yaml, with the id %s', (id) => {
    const to = 'https://www.example.org/feed?a=[1],{2}:%20&b="x"';
    const { config_hint: hint } = dataOf({ ...notices['feed.moved'], to }, { ...feed, id });
    expect(parse(hint)).toEqual([{ id, url: to }]);
    const config = readConfig(`feeds:\n  ${hint}\n`, {
      file: 'feeds.yaml',
      env: {},
      readSecretFile: (path) => {
        throw new Error(`nothing names ${path}`);
      },
    });
    expect(config.feeds[0]).toMatchObject({ id });
  });

  test('never shows a password of its URLs', () => {
    const data = dataOf({
      ...notices['feed.moved'],
      from: 'https://me:p@a.example/',
      to: 'https://me:p@b.example/',
    });
    expect(data).toMatchObject({ from: 'https://a.example/', to: 'https://b.example/' });
    expect(data.config_hint).not.toContain('me:p');
  });

  test.each<[Extract<FeedNotice, { type: 'feed.moved' }>['via'], boolean]>([
    [308, true],
    ['https', true],
    ['rel=self', false],
  ])('says by what: %s', (via, isAdopted) => {
    const data = dataOf({ ...notices['feed.moved'], via, isAdopted });
    expect(data).toMatchObject({ via: String(via), adopted: isAdopted });
  });
});

describe('feed.identity_churn', () => {
  const churn = notices['feed.identity_churn'];
  const sampled = (sample: typeof churn.sample): object[] => dataOf({ ...churn, sample }).sample;

  test('names an entry by what is known of it', () => {
    expect(sampled([{ id: 'a', previousId: 'b' }, { url: 'javascript:x', title: ' ' }, {}])).toEqual([
      { id: 'a', previous_id: 'b' },
      {},
      {},
    ]);
  });

  test('a title in its sample is cut, and the sample loses whole entries at its end before the body is large', () => {
    const long = { id: 'x'.repeat(1_000), previousId: 'y'.repeat(1_000), title: 'z'.repeat(9_000) };
    const kept = sampled(Array.from({ length: 50 }, () => long));
    expect(kept).toEqual(
      Array.from({ length: 2 }, () => ({
        id: long.id,
        previous_id: long.previousId,
        title: 'z'.repeat(1024),
      })),
    );
    const { body } = feedEvent({ ...churn, sample: [{ id: 'x'.repeat(90_000) }] }, feed, detectedAt);
    expect(Buffer.byteLength(body)).toBeLessThan(2_000);
  });
});

test('a message is cut, and a lone surrogate in it is mended', () => {
  const { message } = dataOf({ ...notices['feed.error'], message: `\ud800${'x'.repeat(5_000)}` }).error;
  expect(message).toMatch(/^\ufffdx+$/);
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
});

describe('docs/delivery.md', () => {
  const doc = readFileSync(join(root, 'docs/delivery.md'), 'utf8');
  const [, rows = ''] = /^\| type \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(doc) ?? [];

  test('its table names each type', () => {
    const named = [...rows.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
    expect(named).toEqual(eventTypes);
  });

  test.each(feedTypes)('its table names exactly the fields of %s', (type) => {
    const row = rows.split('\n').find((line) => line.startsWith(`| \`${type}\` |`)) ?? '';
    const named = [...(row.split('|')[2] ?? '').matchAll(/`([a-z_.]+)`/g)].map((match) => match[1]);
    const { feed: _, ...data } = dataOf(notices[type]);
    const own = Object.entries(data).flatMap(([name, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.keys(value).map((key) => `${name}.${key}`)
        : [name],
    );
    expect(named).toEqual(own);
  });

  test.each(feedTypes)('its example of %s is the event itself, without `feed`', (type) => {
    const examples = [...doc.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => JSON.parse(match[1] ?? ''));
    const { feed: _, ...data } = dataOf(notices[type]);
    expect(examples.find((example) => example.type === type)?.data).toEqual(data);
  });
});
