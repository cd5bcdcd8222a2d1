// What a poll learns of identity: the notice of a change in mass, events that wait, deletions; and what is stored of it, in
// a real SQLite store. No origin: the documents are made here.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { silentLog } from '../../src/log.ts';
import type { FeedMemory } from '../../src/model/feed.ts';
import type { FetchedDocument } from '../../src/model/poll.ts';
import { SeenDocuments } from '../../src/parse/seen-documents.ts';
import { type Learned, type LearnTools, learn } from '../../src/poll/learn.ts';
import type { Backend } from '../../src/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { polledFeed } from '../support/polled-feed.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

const letters = [...'jihgfedcba'];
const day = 86_400_000;

let folder: TemporaryFolder;
let backend: Backend;
let clock: FakeClock;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  backend = await openBackend({
    store: { kind: 'sqlite', path: folder.file('feedhook.db') },
    clock,
    log: silentLog,
    exclusive: true,
  });
});

afterEach(async () => {
  await backend.close();
  await folder[Symbol.asyncDispose]();
});

const feed = polledFeed({ id: 'log', url: 'https://example.org/feed' });

const item = (name: string, id = name, title = `Post ${name}`) => {
  const date = new Date(clock.now() - (200 - name.charCodeAt(0)) * day).toUTCString();
  return `<item><guid isPermaLink="false">${id}</guid><title>${title}</title><link>https://example.org/${name}</link><pubDate>${date}</pubDate></item>`;
};

function documentOf(items: readonly string[], status: 200 | 226 = 200): FetchedDocument {
  const xml = `<rss version="2.0"><channel><title>Log</title>${items.join('')}</channel></rss>`;
  return {
    kind: 'document',
    status,
    url: feed.url,
    hops: [],
    figures: {
      exchanges: [],
      requests: 1,
      conditional: false,
      wireBytes: xml.length,
      decodedBytes: xml.length,
      durationMs: 1,
    },
    terms: { endedAt: clock.now() },
    body: Buffer.from(xml),
    contentType: 'application/rss+xml',
    validators: { url: feed.url, etag: '"1"' },
  };
}

const tools = (over: Partial<LearnTools> = {}): LearnTools => ({
  clock,
  limits: { maxDepth: 100, maxReferences: 1000, maxTags: 10_000, maxEntries: 1000 },
  floodLimit: 50,
  ...over,
});

/** Learns a document, and stores and reads the memory as a poll does. */
async function read(
  items: readonly string[],
  status: 200 | 226 = 200,
  over: Partial<LearnTools> = {},
): Promise<Learned> {
  const memory = await stored();
  const learned = learn(feed, memory, documentOf(items, status), tools(over));
  if (learned.memory) await backend.store.writeMemory({ ...learned.memory, outbox: [] });
  return learned;
}

async function stored(): Promise<FeedMemory> {
  const empty = { feedId: 'log', hints: {}, entries: new Map(), sequence: 0, outbox: [] };
  return (await backend.store.readMemory('log')) ?? empty;
}

const typesOf = ({ events }: Learned) => events.map(({ type }) => type);

describe('the ids of a feed change in mass', () => {
  const idsBefore = () => letters.map((name) => item(name));
  const idsAfter = () => letters.map((name) => item(name, `new-${name}`));

  test('one feed.identity_churn, with the ids before as far as they are known', async () => {
    await read(idsBefore());
    const learned = await read(idsAfter());
    expect(typesOf(learned)).toEqual(['feed.identity_churn']);
    expect(learned.outcome).toBe('unchanged');
    expect(learned.memory?.outbox).toEqual([learned.events[0]?.id]);
    expect(JSON.parse(learned.events[0]?.body ?? '').data).toMatchObject({
      matched: 10,
      withheld: 0,
      sample: [{ id: 'new-j', previous_id: 'j', title: 'Post j' }, {}, {}, {}, {}],
    });
    expect(typesOf(await read([...idsAfter(), ' ']))).toEqual([]);
  });

  test('the poll is repeated after a crash, later: the notice and the entries have the ids of before', async () => {
    await read(idsBefore());
    const memory = await stored();
    const fetched = documentOf([...idsAfter(), item('z', 'z')]);
    const first = learn(feed, memory, fetched, tools());
    await clock.advance(5 * day);
    const again = learn(feed, memory, fetched, tools());
    expect(typesOf(first)).toEqual(['feed.identity_churn', 'entry.new']);
    expect(again.events.map(({ id }) => id)).toEqual(first.events.map(({ id }) => id));
  });

  test('a second change in mass is a second notice', async () => {
    await read(idsBefore());
    const [first] = (await read(idsAfter())).events;
    const [second] = (await read(letters.map((name) => item(name, `third-${name}`)))).events;
    expect(second?.type).toBe('feed.identity_churn');
    expect(second?.id).not.toBe(first?.id);
  });

  test('what was not recognised waits: counted in the notes and the notice, its event marked', async () => {
    await read(idsBefore());
    const strange = item('e', 'strange', 'Strange').replace('/e<', '/strange<');
    const learned = await read(idsAfter().toSpliced(5, 1, strange));
    expect(typesOf(learned)).toEqual(['feed.identity_churn', 'entry.new']);
    expect(learned.notes).toMatchObject({ rekeyed: 9, withheld: 1 });
    expect(learned.events.map(({ isWithheld }) => isWithheld)).toEqual([undefined, true]);
    expect(JSON.parse(learned.events[0]?.body ?? '').data).toMatchObject({ matched: 9, withheld: 1 });
    expect(typesOf(await read(idsAfter().toSpliced(5, 1, strange, ' ')))).toEqual([]);
  });

  test.each([
    [1, undefined],
    [0, 1],
  ])('floodLimit %i: one undated entry waits or does not', async (floodLimit, withheld) => {
    await read(idsBefore());
    const undated = '<item><guid>undated</guid><title>Undated</title></item>';
    const { notes } = await read([undated, ...idsAfter()], 200, { floodLimit });
    expect(notes?.withheld).toBe(withheld);
  });
});

describe('what is stored between two polls', () => {
  test('is enough to name an entry that vanishes, whatever polls come in between', async () => {
    const all = () => [...'cba'].map((name) => item(name));
    const without = () => [...'ca'].map((name) => item(name));
    await read(all());
    for (const more of ['', ' ']) expect(typesOf(await read([...without(), more]))).toEqual([]);
    await read([item('c')], 226);
    const { events } = await read([...without(), '  ']);
    expect(events.map(({ type, entryKey }) => [type, entryKey])).toEqual([['entry.deleted', 'guid:b']]);
    expect((await stored()).entries.size).toBe(3);
  });

  test('is enough to say what an update replaced', async () => {
    await read([item('b'), item('a')]);
    const { events } = await read([item('b', 'b', 'Edited'), item('a')]);
    expect(JSON.parse(events[0]?.body ?? '').data).toMatchObject({
      changed: ['title'],
      previous: { title: 'Post b' },
    });
  });

  test('a 304, and a 200 with the same bytes, look at neither entries nor window', async () => {
    await read([item('a')]);
    const known = await stored();
    const looked: string[] = [];
    const watched = new Proxy(known, {
      get: (target, name, self) => {
        looked.push(String(name));
        return Reflect.get(target, name, self);
      },
    });
    const same = documentOf([item('a')]);
    learn(feed, watched, same, tools());
    learn(feed, watched, { ...same, kind: 'notModified', status: 304 }, tools());
    expect(looked).toContain('validators');
    expect(looked).not.toContain('window');
    expect(looked).not.toContain('entries');
  });
});

describe('a document of which most entries were read before', () => {
  const two = (first: readonly string[], second: readonly string[], over: Partial<LearnTools> = {}) =>
    read(first, 200, over).then(() => read(second, 200, over));

  test('teaches the same whether its entries are remembered or not', async () => {
    const before = letters.map((name) => item(name));
    const after = [item('k'), ...before.with(4, item('f', 'f', 'Edited'))];
    const documents = new SeenDocuments();
    const remembered = await two(before, after, { documents });
    const other = { ...feed, id: 'other' };
    const empty = { feedId: 'other', hints: {}, entries: new Map(), sequence: 0, outbox: [] };
    const first = learn(other, empty, documentOf(before), tools()).memory ?? empty;
    const inFull = learn(other, first, documentOf(after), tools());
    expect(documents.bytes).toBeGreaterThan(0);
    expect(typesOf(remembered)).toEqual(['entry.updated', 'entry.new']);
    expect(remembered.events.map(({ entryKey, sequence }) => [entryKey, sequence])).toEqual(
      inFull.events.map(({ entryKey, sequence }) => [entryKey, sequence]),
    );
    expect(remembered.memory?.entries).toEqual(inFull.memory?.entries);
    expect(remembered.parsed).toEqual(inFull.parsed);
  });

  test('has the very entries of the document before, so that nothing is worked out again', async () => {
    const documents = new SeenDocuments();
    const first = await read([item('b'), item('a')], 200, { documents });
    const second = await read([item('c'), item('b'), item('a')], 200, { documents });
    expect(second.parsed?.entries[1]).toBe(first.parsed?.entries[0]);
  });
});
