// POLITENESS §8 and §11, the rows that need the whole way from the socket to the queue: no entry is missed, and none comes
// twice. README.md says which test holds each of the others.

import { describe, expect, test } from '@jest/globals';
import { sentItems } from '../faults/read-items.ts';
import { bytes, eachTestInItsWorld as eachInAFaultWorld, survives } from '../faults/world.ts';
import { again, both, day, eachTestInItsWorld, feed, hour, rss, type Said } from './world.ts';

const newer = { etag: '"v2"', 'last-modified': 'Fri, 20 Nov 2026 07:00:00 GMT' };
const keys = (...numbers: readonly number[]) => numbers.map((n) => `guid:entry-${n}`);

describe('POLITENESS §11', () => {
  const world = eachTestInItsWorld();
  const tags = () => world().visits.map(({ asked }) => asked['if-none-match']);

  test('row 2: a 200 that cannot be read is asked for with the old pair, and its entries are found', async () => {
    const broken = rss(2).slice(0, -20);
    world().script = [feed(), feed(newer, broken), feed(newer, rss(2)), again];
    await world().start();
    await world().passUntilAsked(4);
    expect(tags()).toEqual([undefined, both.etag, both.etag, newer.etag]);
    expect(await world().delivered()).toEqual(keys(2));
  });

  test('row 3: after an empty first document the first entry is delivered', async () => {
    world().script = [feed(both, rss(0)), feed(newer, rss(1)), again];
    await world().start();
    await world().passUntilAsked(3);
    expect(await world().delivered()).toEqual(keys(1));
  });

  test('row 10: the URL is edited while new entries appear: only those are delivered', async () => {
    world().scripts.set('/other', [feed(newer, rss(3)), again]);
    await world().start();
    await world().pass(hour / 2);
    await world().restart([{ url: `${world().url}/other` }]);
    await world().passUntilAsked(3);
    expect(tags()).toEqual([undefined, undefined, newer.etag]);
    expect(await world().delivered()).toEqual(keys(2, 3));
  });

  test('row 10: a 301 is adopted while new entries appear: only those are delivered, each once', async () => {
    world().scripts.set(
      '/new',
      [1, 2, 3, 4, 5, 6].map((last) => feed({ etag: `"${last}"` }, rss(last))),
    );
    world().script = [{ status: 301, fields: { location: '/new' } }];
    await world().start([{ intervalMs: 3 * day }]);
    await world().passUntilAsked(11);
    expect((await world().state()).adopted?.url).toBe(`${world().url}/new`);
    expect(await world().delivered()).toEqual(keys(2, 3, 4, 5, 6));
  });

  test('row 13: an origin that says 304 for ever is asked unconditionally, if that is allowed, once a day at most', async () => {
    const daily = [1, 2, 3, 4, 5].map((last): Said => feed({ etag: `"${last}"` }, rss(last)));
    world().script = [...daily, again];
    await world().start([{ id: 'log', staleProbe: true, intervalMs: 12 * hour }]);
    await world().pass(30 * day);
    const probes = world().visits.filter(({ asked }, at) => at > 0 && asked['if-none-match'] === undefined);
    const between = probes.slice(1).map(({ at }, n) => at - (probes[n]?.at ?? 0));
    expect(probes.length).toBeGreaterThan(1);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(day);
    expect((await world().state()).score).toMatchObject({ unconditional: probes.length + 1 });
  });

  test('row 13: and never, if that is not allowed', async () => {
    world().script = [...[1, 2, 3].map((last): Said => feed({ etag: `"${last}"` }, rss(last))), again];
    await world().start();
    await world().pass(30 * day);
    expect(tags().filter((tag) => tag === undefined)).toHaveLength(1);
  });
});

describe('POLITENESS §11 row 16: a body that is cut', () => {
  const world = eachInAFaultWorld();
  const head = 'HTTP/1.1 200 OK\r\nETag: "cut"\r\nConnection: close\r\n\r\n';
  const text = rss(4).replace('Entry 2', 'Ebb — and flow');
  const whole = Buffer.from(text);

  test.each<[string, number]>([
    ['in the middle of an entry', whole.indexOf('Entry 3')],
    ['in the middle of a character', whole.indexOf('—') + 1],
  ])('%s, by a clean end: is a failure, and nothing is stored', async (_name, at) => {
    await survives(world(), bytes(head, whole.subarray(0, at)), 'incomplete-xml');
  });

  test('at the limit: is a failure, and nothing is stored', async () => {
    // All entries stand before the limit.
    const long = `${text.replace('</channel></rss>', '')}${' '.repeat(1_100_000)}</channel></rss>`;
    await survives(world(), bytes(head, long), 'too-large');
  });
});

describe('POLITENESS §8, from the socket to the queue', () => {
  const world = eachInAFaultWorld();
  const date = (dayOfMonth: number) => new Date(Date.UTC(2026, 10, dayOfMonth, 6)).toUTCString();
  const post = (day: number, id = `https://a.example/${day}`) =>
    `<item><guid isPermaLink="false">${id}</guid><title>Post ${day}</title><link>https://a.example/${day}</link><pubDate>${date(day)}</pubDate></item>`;
  const posts = (...days: readonly number[]) => days.map((day) => post(day));
  const show = async (items: readonly string[], more = '') => {
    const namespaces = ' xmlns:at="http://purl.org/atompub/tombstones/1.0"';
    world().publish(
      `<rss version="2.0"${namespaces}><channel><title>Log</title>${more}${items.join('')}</channel></rss>`,
    );
    return (await world().poll()).summary;
  };
  const sent = async () =>
    (await sentItems(world())).map(({ body, item }) => `${JSON.parse(body).type} ${item.title}`);
  const known = [10, 9, 8, 7, 6, 5, 4];

  test('new ids for all: told once, known entries are not sent again, news is sent, and what may be old waits', async () => {
    await show(posts(...known));
    const renamed = known.map((day) => post(day, `new-${day}`));
    const summary = await show([
      post(12, 'new-12'),
      ...renamed.slice(0, 3),
      post(3, 'new-3'),
      ...renamed.slice(3),
    ]);
    expect(summary.notes).toMatchObject({ rekeyed: known.length, withheld: 1 });
    expect(await world().told()).toEqual(['feed.identity_churn']);
    const deliveries = await world().backend.deliveries.list({}, 100);
    expect(deliveries.map(({ state }) => state).sort()).toEqual(['pending', 'pending', 'withheld']);
    expect((await sent()).sort()).toEqual(['entry.new Post 12', 'entry.new Post 3']);
    expect((await show([post(12, 'new-12'), ...renamed], '<!-- again -->')).events).toBe(0);
  });

  test('another scheme, host case, slash or utm_* for all ids: nothing is sent', async () => {
    await show(posts(...known));
    const spelt = known.map((day) => post(day, `http://A.example/${day}/?utm_source=rss`));
    expect(await show(spelt)).toMatchObject({ outcome: 'unchanged', events: 0 });
    expect(await world().told()).toEqual([]);
  });

  test('an older entry slides in where one was taken away: stored silently, and counted', async () => {
    await show(posts(10, 9, 8));
    expect(await show(posts(10, 9, 8, 2))).toMatchObject({ events: 0, notes: { backfilled: 1 } });
    expect((await show(posts(10, 9, 8, 2), '<!-- again -->')).events).toBe(0);
  });

  test('absence from three documents with newer and older entries is one entry.deleted', async () => {
    await show(posts(...known));
    for (const note of [1, 2, 3, 4, 5]) await show(posts(10, 9, 8, 7, 5, 4), '<!-- later -->'.repeat(note));
    expect(await sent()).toEqual(['entry.deleted Post 6']);
  });

  test('a tombstone (RFC 6721) is one entry.deleted', async () => {
    const entry = (id: number) =>
      `<entry><id>urn:${id}</id><title>Post ${id}</title><updated>2026-11-1${id}T06:00:00Z</updated></entry>`;
    const atom = (inside: string) =>
      `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><id>urn:f</id>${inside}</feed>`;
    const tombstone = '<at:deleted-entry ref="urn:2" when="2026-11-20T08:00:00Z"/>';
    for (const inside of [
      entry(3) + entry(2) + entry(1),
      tombstone + entry(3) + entry(1),
      tombstone + entry(3),
    ]) {
      world().publish(atom(inside));
      await world().poll();
    }
    expect(await sent()).toEqual(['entry.deleted Post 2']);
  });

  test('an answer without a date in any entry: each is sent once, in document order, with no date', async () => {
    await show([]);
    await show(posts(3, 2, 1).map((each) => each.replace(/<pubDate>.*<\/pubDate>/, '')));
    expect(await sent()).toEqual(['entry.new Post 1', 'entry.new Post 2', 'entry.new Post 3']);
    const items = (await sentItems(world())).map(({ item }) => item);
    for (const item of items) {
      expect(item).not.toHaveProperty('date_published');
      expect(item).toMatchObject({ _feedhook: { date_source: 'none' } });
    }
  });
});
