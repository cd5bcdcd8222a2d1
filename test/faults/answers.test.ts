// Group A of FAULTS §3, where the HTTP is whole and the answer is the wrong one: another document's 304, a part, a
// page that is no feed, a feed that says it is gone or empties itself.

import { describe, expect, test } from '@jest/globals';
import { startRawOrigin } from '../support/raw-origin.ts';
import {
  type Answer,
  after,
  before,
  bytes,
  document,
  eachTestInItsWorld,
  hourMs,
  keysOf,
  minuteMs,
  recovers,
  survives,
  validatorsOf,
} from './world.ts';

const world = eachTestInItsWorld();

const answered = (status: string, headers: readonly string[], body = ''): Answer =>
  bytes(`HTTP/1.1 ${[status, ...headers, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`);
const page = (type: string, body: string) =>
  answered('200 OK', [`Content-Type: ${type}`, 'ETag: "page"'], body);
const conditions = /^if-(none-match|modified-since):/im;

describe('A20: a 304 with another tag than the stored one', () => {
  test('keeps what is known, makes the next request unconditional, and costs no entry', async () => {
    world().publish(before);
    await world().poll();
    const memory = await world().backend.store.readMemory('log');
    world().answer = answered('304 Not Modified', ['ETag: "of-another-document"']);
    expect((await world().pollWhenDue()).summary.outcome).toBe('notModified');
    const { validators: _, ...known } = memory ?? {};
    expect(await world().backend.store.readMemory('log')).toEqual(known);
    world().publish(after);
    expect((await world().pollWhenDue()).summary).toMatchObject({ outcome: 'updated', events: 2 });
    expect(world().heads.at(-1)).not.toMatch(conditions);
    await world().pollWhenDue();
    expect(world().heads.at(-1)).toContain(`If-None-Match: ${validatorsOf(after).etag}\r\n`);
    expect(await world().delivered()).toEqual(keysOf(3, 4));
  });

  test('and a 304 to that unconditional request is a failure that costs no entry either', async () => {
    world().publish(before);
    await world().poll();
    world().answer = answered('304 Not Modified', ['ETag: "of-another-document"']);
    await world().pollWhenDue();
    expect((await world().pollWhenDue()).summary.code).toBe('unsolicited-304');
    world().publish(after);
    await world().pollWhenDue();
    expect(await world().delivered()).toEqual(keysOf(3, 4));
  });
});

test('A24: a 206 that nobody asked for is not parsed', async () => {
  const range = `Content-Range: bytes 0-${after.length - 1}/${after.length}`;
  await survives(world(), answered('206 Partial Content', [range, 'ETag: "part"'], after), 'partial-content');
});

describe('A26: a page where the feed was', () => {
  const xhtml =
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" ' +
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html xmlns="http://www.w3.org/1999/xhtml">' +
    '<head><title>Sorry</title></head><body><p>Back soon.</p></body></html>';

  test.each([
    ['an HTML error page', page('text/html', '<html><body><h1>Error</h1><p>Try later<br></body></html>')],
    [
      'an HTML page that calls itself RSS',
      page('application/rss+xml', '<!doctype html><title>Sign in</title>'),
    ],
    ['valid XHTML', page('application/xhtml+xml', xhtml)],
    ['valid XHTML that calls itself Atom', page('application/atom+xml', xhtml)],
    ['a JSON error object', page('application/json', '{"error":{"code":503,"message":"busy"}}')],
    ['a JSON error object that calls itself a feed', page('application/feed+json', '{"error":"busy"}')],
  ])('%s is not-a-feed: the waits grow, and recovery delivers everything', async (_name, broken) => {
    const ends = await survives(world(), broken, 'not-a-feed', 7);
    const waits = ends.map(({ state }) => state.nextPoll.at - (state.lastPoll?.endedAt ?? 0));
    // 30 min × 2^(n-1), but never less than the interval, and up to 30 minutes or a tenth of jitter.
    const owed = [1, 1, 2, 4, 8, 16, 32].map((hours) => hours * hourMs);
    expect(waits.every((wait, at) => wait >= (owed[at] ?? 0))).toBe(true);
    expect(waits.every((wait, at) => wait <= (owed[at] ?? 0) + 30 * minuteMs)).toBe(true);
    expect(ends.at(-1)?.state.nextPoll.reason).toBe('failure-backoff');
    const told = await world().told();
    expect([told[0], told.at(-1)]).toEqual(['feed.error', 'feed.recovered']);
  });
});

describe('A29: a 410', () => {
  const gone = answered('410 Gone', []);

  test('once is an error that is asked again after 12 hours, with everything kept', async () => {
    world().publish(before);
    await world().poll();
    const memory = await world().backend.store.readMemory('log');
    world().answer = gone;
    const { summary, state } = await world().pollWhenDue();
    expect(summary).toMatchObject({ outcome: 'gone', code: 'http-410' });
    expect(state.nextPoll.reason).toBe('gone-check');
    expect(state.nextPoll.at - summary.endedAt).toBeGreaterThanOrEqual(12 * hourMs);
    expect(await world().backend.store.readMemory('log')).toEqual(memory);
    await recovers(world());
  });

  /** 410s, each at the time that the one before asked for. */
  async function goneFor(times: number): Promise<void> {
    world().answer = gone;
    for (let time = 0; time < times; time++) await world().pollWhenDue();
  }

  test('three times in a row over 24 hours parks the feed: reason shown, memory kept', async () => {
    world().publish(before);
    await world().poll();
    const memory = await world().backend.store.readMemory('log');
    await goneFor(2);
    expect(world().state?.parkedAt).toBeUndefined();
    const first = world().state?.gone?.since ?? 0;
    await goneFor(1);
    expect(world().clock.now() - first).toBeGreaterThanOrEqual(24 * hourMs);
    expect(world().state).toMatchObject({
      parkedAt: world().clock.now(),
      gone: { count: 3 },
      nextPoll: { at: Number.POSITIVE_INFINITY, reason: 'parked' },
    });
    expect((await world().told()).filter((type) => type === 'feed.gone')).toHaveLength(1);
    expect(await world().backend.store.readMemory('log')).toEqual(memory);
  });

  test('a parked feed that is polled by hand and is back delivers what it missed, once', async () => {
    world().publish(before);
    await world().poll();
    await goneFor(3);
    world().publish(after);
    expect((await world().poll()).summary.outcome).toBe('updated');
    expect(world().state).toMatchObject({ failures: 0, nextPoll: { reason: 'interval' } });
    expect(world().state?.parkedAt).toBeUndefined();
    await world().pollWhenDue();
    expect(await world().delivered()).toEqual(keysOf(3, 4));
  });

  test('three times within a day, asked by hand, or with a good answer between them, parks nothing', async () => {
    world().publish(before);
    await world().poll();
    world().answer = gone;
    for (let time = 0; time < 4; time++) await world().poll();
    expect(world().state?.parkedAt).toBeUndefined();
    world().publish(before);
    await world().pollWhenDue();
    await goneFor(2);
    expect(world().state).toMatchObject({ gone: { count: 2 }, nextPoll: { reason: 'gone-check' } });
    expect(world().state?.parkedAt).toBeUndefined();
  });
});

describe('A41: a feed that empties itself', () => {
  test('for 3 days, and returns with all its 50 old entries, repeats none', async () => {
    world().publish(document(1, 50));
    await world().poll();
    world().publish(document(1, 51));
    await world().pollWhenDue();
    expect(await world().delivered()).toEqual(['guid:entry-51']);
    const back = world().clock.now() + 3 * 24 * hourMs;
    for (let n = 0; world().clock.now() < back; n++) {
      // Another title each time: the same body again would not even be parsed.
      world().publish(document(1, 0, `Empty ${n}`));
      expect((await world().pollWhenDue()).summary).toMatchObject({ outcome: 'unchanged', entries: 0 });
      await world().backend.upkeep.prune(world().clock.now());
    }
    world().publish(document(1, 51));
    expect((await world().pollWhenDue()).summary).toMatchObject({ entries: 51, events: 0 });
    world().publish(document(1, 52));
    expect((await world().pollWhenDue()).summary).toMatchObject({ entries: 52, events: 1 });
  });
});

describe('A42: a first document without entries', () => {
  test('is a baseline: the first entry that comes later is delivered', async () => {
    world().publish(document(1, 0));
    expect((await world().poll()).summary).toMatchObject({ outcome: 'unchanged', entries: 0 });
    world().publish(document(1, 1));
    expect((await world().pollWhenDue()).summary).toMatchObject({ outcome: 'updated', events: 1 });
    await world().pollWhenDue();
    expect(await world().delivered()).toEqual(['guid:entry-1']);
  });

  test('is a baseline that a failure before it does not spoil', async () => {
    world().answer = page('text/html', '<html></html>');
    await world().poll();
    world().publish(document(1, 0));
    await world().pollWhenDue();
    world().publish(document(1, 3));
    await world().pollWhenDue();
    expect(await world().delivered()).toEqual(keysOf(1, 3));
  });
});

describe('D19: addresses that an answer only mentions', () => {
  test('are never asked: Refresh, Link, hub, self, icon, enclosure, meta refresh', async () => {
    await using canary = await startRawOrigin(() => {});
    const { url } = canary;
    const mentions =
      `<image><url>${url}/icon</url></image><atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="${url}/hub"/>` +
      `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="${url}/self"/>` +
      `<item><guid>${url}/guid</guid><title>One</title><link>${url}/link</link><enclosure url="${url}/media" type="audio/mpeg" length="1"/>` +
      `<description>&lt;meta http-equiv="refresh" content="0;url=${url}/meta"&gt;&lt;img src="${url}/img"&gt;</description></item>`;
    const feed = document(1, 1).replace('<title>Log</title>', `<title>Log</title>${mentions}`);
    const headers = [
      `Refresh: 0; url=${url}/refresh`,
      `Link: <${url}/hub>; rel="hub", <${url}/self>; rel="self"`,
    ];
    world().answer = answered('200 OK', headers, feed);
    expect((await world().poll()).summary).toMatchObject({ outcome: 'unchanged', entries: 2 });
    world().answer = page(
      'text/html',
      `<html><head><meta http-equiv="refresh" content="0;url=${url}/"></head></html>`,
    );
    expect((await world().poll()).summary.code).toBe('not-a-feed');
    expect(canary.connections).toHaveLength(0);
    expect(world().heads).toHaveLength(2);
  });
});
