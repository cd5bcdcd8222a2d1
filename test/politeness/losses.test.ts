// POLITENESS §11, the rows that need the whole way from the socket to the queue: no entry is missed, and none comes
// twice. README.md says which test holds each of the others.

import { describe, expect, test } from '@jest/globals';
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
