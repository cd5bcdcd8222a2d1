// A crash at each write of a poll that has everything to write: the notice of a change in mass, events that wait,
// deletions and updates. It costs a repeat under the same ids, whatever the publisher has made of the document since.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ArchiveWorld, down, entry } from './archive-world.ts';
import { Crash, crashingAt } from './crashing.ts';

let world: ArchiveWorld;

beforeEach(async () => {
  world = await ArchiveWorld.open();
});

afterEach(() => world.close());

const writes = ['noteRequest', 'addEvents', 'writeMemory', 'add', 'writeMemory', 'writeState'];

const titled = (n: number, title: string) => entry(n, undefined, title);
const renamed = (n: number) => entry(n).replace('tag:example.org,2026:', 'urn:new:');
/** Older than the newest known one, and like none of them. */
const strange = (title = 'Strange') => entry(99, '2026-11-20T06:04:30Z', title);
const grave =
  '<deleted-entry xmlns="http://purl.org/atompub/tombstones/1.0" ref="tag:example.org,2026:5" when="2026-11-20T09:00:00Z"/>';
const without = (...gone: number[]) => down(10, 1).filter((n) => !gone.includes(n));

/** Ten entries; the third of them was absent from two documents already. */
async function begin(): Promise<void> {
  world.publish(down(10, 1));
  await world.poll();
  for (const comment of ['<!-- one -->', '<!-- two -->']) {
    world.publish([comment, ...without(3)]);
    await world.poll();
  }
}

const churn = (title?: string, ...news: number[]) =>
  world.publish([...news, 11, ...down(10, 6).map(renamed), strange(title), ...down(4, 1).map(renamed)]);
const deletions = (title?: string, ...news: number[]) =>
  world.publish([...news, 11, titled(10, title ?? 'three'), ...without(3, 5, 10), grave]);

const both = [
  ['the same', (publish: typeof churn) => publish()],
  ['changed', (publish: typeof churn) => publish('Edited', 12)],
] as const;
const places = writes.map((name, n) => [n, name] as const);

describe.each(both)('the document is %s when the poll is repeated', (_, again) => {
  test.each(places)('change in mass, crash before write %i (%s): one notice, one entry waits', async (n) => {
    await begin();
    churn();
    await expect(world.poll(crashingAt(world.backend, writes, n))).rejects.toThrow(Crash);
    await world.restart();
    again(churn);
    await world.poll();
    const events = await world.events();
    expect(events.filter(({ type }) => type === 'feed.identity_churn')).toHaveLength(1);
    expect(newKeys(events)).toEqual(await shownAndNew());
    const waiting = await world.backend.deliveries.list({ state: 'withheld' }, 9);
    expect(waiting.toReversed().map(({ eventId }) => eventId)).toEqual(
      events.filter(({ entryKey }) => entryKey?.endsWith(':99')).map(({ id }) => id),
    );
    await expectWhole(events);
  });

  test.each(places)('deletions, crash before write %i (%s): each is told once', async (n) => {
    await begin();
    deletions();
    await expect(world.poll(crashingAt(world.backend, writes, n))).rejects.toThrow(Crash);
    await world.restart();
    again(deletions);
    await world.poll();
    const events = await world.events();
    const deleted = events.filter(({ type }) => type === 'entry.deleted');
    expect(deleted.map(({ entryKey }) => entryKey?.split(':').at(-1)).sort()).toEqual(['3', '5']);
    expect(newKeys(events)).toEqual(await shownAndNew());
    await expectWhole(events);
  });
});

type Events = Awaited<ReturnType<ArchiveWorld['events']>>;

const newKeys = (events: Events) =>
  events
    .filter(({ type }) => type === 'entry.new')
    .map(({ entryKey }) => entryKey)
    .sort();

/** What the last document shows beyond the ten entries of the first. */
async function shownAndNew(): Promise<string[]> {
  const { window = [] } = await world.memory();
  return window
    .map(({ key }) => key.value)
    .filter((key) => Number(key.split(':').at(-1)) > 10)
    .sort();
}

/** No number is left out or used twice, none lies, and of each entry the last event says what the document says. */
async function expectWhole(events: Events): Promise<void> {
  const numbered = events.filter(({ sequence }) => sequence !== undefined);
  expect(numbered.map(({ sequence }) => sequence)).toEqual(numbered.map((_, at) => at + 1));
  const titles = new Map<string, string>();
  for (const { body, entryKey = '', sequence } of numbered) {
    const { data } = JSON.parse(body);
    expect(data.entry._feedhook.sequence).toBe(sequence);
    titles.set(entryKey, data.entry.title);
  }
  const { window = [] } = await world.memory();
  for (const { key, title } of window) {
    if (titles.has(key.value)) expect([key.value, titles.get(key.value)]).toEqual([key.value, title]);
  }
}
