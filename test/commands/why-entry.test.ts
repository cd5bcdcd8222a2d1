// What `feedhook why FEED ENTRY` answers to "this entry did not arrive", over a real store: each stage at which an entry
// can be, each way to name one, and what a person can do.

import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { entryText } from '../../src/commands/entry-text.ts';
import { answerOfEntry, type EntryQuestion } from '../../src/commands/why-entry.ts';
import type { WhyReport } from '../../src/commands/why-report.ts';
import type { EndpointConfig } from '../../src/config/config.ts';
import type { Attempt, NewDelivery, Verdict } from '../../src/model/delivery.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import type { Entry, EntryChange, EntryKey, KnownEntry } from '../../src/model/entry.ts';
import type { StoredEvent, SubscribedType } from '../../src/model/event.ts';
import type { FeedMemory } from '../../src/model/feed.ts';
import { entryEvent } from '../../src/outbox/event.ts';
import { openSqliteStore, type SqliteStore } from '../backend/sqlite/sqlite-store.ts';
import { memoryOf } from '../conformance/records.ts';
import { endpoint } from '../deliver/records.ts';
import { filterOf } from '../filter/reading.ts';
import { until } from '../support/fake-clock.ts';

const day = 86_400_000;
const url = 'https://example.org/feed?token=hunter2';
const feed = { id: 'log', url, initial: 'none', labels: [] } as const;
const label = { id: 'tag:log:2', url: 'https://example.org/posts/2', title: 'The second one' };
const key: EntryKey = { source: 'guid', value: 'guid:tag:log:2' };

let store: SqliteStore;
beforeEach(async () => {
  store = await openSqliteStore();
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
});

const seconds = (ms: number) => Math.floor(ms / 1000);
const keyHash = ({ value }: EntryKey) => hash('sha256', value, 'base64url');

function change(more: Partial<EntryChange> = {}): EntryChange {
  const entry: Entry = { ...label, authors: [], contributors: [], categories: [], enclosures: [] };
  return {
    type: 'entry.new',
    entry,
    key,
    revision: 1,
    sequence: 1,
    isInitial: false,
    contentHash: 'sha256:00',
    firstSeen: seconds(store.now()),
    ...more,
  };
}

/** Stores the event of a change, and what endpoints are owed of it. */
async function tell(
  more: Partial<EntryChange> = {},
  endpoints: readonly string[] = ['my-app'],
  { ordering = 'none', skipped }: { ordering?: 'feed' | 'none'; skipped?: 'filtered' } = {},
) {
  const about = { id: feed.id, url: feed.url, feedUrl: feed.url, labels: [] };
  const event = entryEvent(change(more), about, store.now());
  await store.backend.store.addEvents([event]);
  await store.backend.deliveries.configure(
    endpoints.map((id) => ({
      ...{ id, concurrency: 1, target: `https://${id}.example` },
      ...{ ordering, maxBlockMs: 3_600_000 },
    })),
  );
  await store.backend.deliveries.add(
    endpoints.map((id) => ({ ...owed(event, id), ...(skipped && { skipped }) })),
  );
  return event;
}

/** Gives the endpoint a condition. */
async function put(condition: EndpointCondition): Promise<void> {
  await store.backend.deliveries.changeCondition('my-app', () => condition);
}

function owed({ id: eventId, feedId, isWithheld }: StoredEvent, endpointId: string): NewDelivery {
  return { eventId, endpointId, feedId, ...(isWithheld && { isWithheld }) };
}

const rejected: Pick<Attempt, 'outcome' | 'status'> = { outcome: 'rejected', status: 500 };

/** One attempt of everything that is due. */
async function attempt(verdict: Verdict, made: Pick<Attempt, 'outcome' | 'status' | 'code'> = rejected) {
  let attempts = 0;
  store.backend.deliveries.start(async ([{ attempts: before }]) => {
    attempts++;
    const startedAt = store.now();
    return {
      attempt: { number: before + 1, startedAt, durationMs: 5, ...made },
      verdict,
    };
  });
  await until(() => attempts > 0, 'an attempt is made');
  await store.backend.deliveries.stop(0);
}

const open = (since: number): EndpointCondition & { circuit: object } => ({
  circuit: { since, code: 'http-503', waitMs: 30_000, probeAt: since + 30_000 },
});

function known(more: Partial<KnownEntry> = {}): KnownEntry {
  const now = seconds(store.now());
  return { fingerprint: 'a.b.c.d', revision: 1, firstSeen: now - 60, lastSeen: now, ...more };
}

/** The memory of a feed in which the entry stands at the second place. */
function remembered(record: KnownEntry | null = known(), more: Partial<FeedMemory> = {}): FeedMemory {
  const first: EntryKey = { source: 'guid', value: 'guid:tag:log:3' };
  return memoryOf(feed.id, {
    baseline: { at: seconds(store.now()) - 5 * 86_400, entries: 1 },
    rung: 'guid',
    entries: new Map([[keyHash(first), known()], ...(record ? [[keyHash(key), record] as const] : [])]),
    window: [
      { keyHash: keyHash(first), key: first, id: 'tag:log:3', title: 'The third one' },
      ...(record ? [{ keyHash: keyHash(key), key, ...label }] : []),
    ],
    ...more,
  });
}

interface Asked {
  readonly words?: string;
  readonly memory?: FeedMemory | undefined;
  readonly ofFeed?: Partial<WhyReport>;
  readonly events?: readonly SubscribedType[];
  readonly endpoints?: readonly string[];
  readonly initial?: EntryQuestion['feed']['initial'];
  readonly feed?: Partial<EntryQuestion['feed']>;
  /** Of the first endpoint. */
  readonly endpoint?: Partial<EndpointConfig>;
  readonly endpointId?: string;
}

async function ask({ words = 'tag:log:2', memory = remembered(), ofFeed, ...more }: Asked = {}) {
  const endpoints = (more.endpoints ?? ['my-app']).map((id) =>
    endpoint('https://my-app.example', { id, events: more.events ?? ['entry.new'], ...more.endpoint }),
  );
  const question: EntryQuestion = {
    words,
    feed: { ...feed, initial: more.initial ?? feed.initial, ...more.feed },
    config: { endpoints, retentionMs: 30 * day },
    memory,
    ofFeed: { feedId: feed.id, advice: '', url: feed.url, sameUrl: [], ...ofFeed },
    now: store.now(),
    ...(more.endpointId !== undefined && { endpointId: more.endpointId }),
  };
  const answer = await answerOfEntry(question, store.backend);
  return { answer, text: entryText(answer, store.now()) };
}

describe('an entry that has an event', () => {
  test('and was delivered: who has it, since when, and how to send it again', async () => {
    const { id } = await tell();
    await attempt({ kind: 'done' }, { outcome: 'delivered', status: 204 });
    const { text, answer } = await ask();
    expect(text).toBe(`log: The second one: delivered
  because       my-app has taken entry.new at 2026-11-20T09:00:00Z, last answer 204
  to do         look at the receiver; "feedhook deliveries replay ${id}.my-app" sends it again under the same id
  id            tag:log:2
  link          https://example.org/posts/2
  key           guid:tag:log:2
  known         since 2026-11-20T08:59:00Z, last seen in 0 s, revision 1
  document      at place 2 of the last one

EVENT      NOTICED               DELIVERY                               STAGE      ATTEMPTS  LAST  NEXT
entry.new  2026-11-20T09:00:00Z  ${id}.my-app  delivered  1         204   -`);
    expect(JSON.parse(JSON.stringify(answer))).toMatchObject({
      feedId: 'log',
      asked: 'tag:log:2',
      entries: [
        {
          ...label,
          stage: 'delivered',
          place: 2,
          events: [
            {
              id,
              type: 'entry.new',
              deliveries: [{ delivery: { state: 'done' }, lastAttempt: { status: 204 } }],
            },
          ],
        },
      ],
    });
  });

  test.each<[string, string, () => Promise<unknown>, (string | RegExp)[], Asked]>([
    [
      'is withheld',
      'withheld',
      () => tell({ isWithheld: true }),
      [
        'ids of the feed changed in mass',
        /"feedhook deliveries release evt_\w+\.my-app" sends it/,
        'release --feed log',
      ],
      {},
    ],
    [
      'is not due yet',
      'waiting',
      async () => {
        await tell();
        await attempt({ kind: 'retry', at: store.now() + 60_000 });
      },
      [
        'my-app: attempt 2 of entry.new is due 2026-11-20T09:01:00Z, last answer 500',
        'nothing, while the daemon runs',
      ],
      {},
    ],
    [
      'never had an answer',
      'dead',
      async () => {
        await tell();
        const made = { outcome: 'unreachable', code: 'dns-not-found' } as const;
        await attempt({ kind: 'dead', reason: 'exhausted' }, made);
      },
      [
        'my-app: entry.new is exhausted after 1 attempt, last dns-not-found',
        /"feedhook deliveries replay evt_\w+\.my-app"/,
        'dead (exhausted)',
      ],
      {},
    ],
    [
      'was dropped',
      'dead',
      async () => {
        await tell({ isWithheld: true });
        await store.backend.deliveries.drop({ feedId: 'log' });
      },
      [
        'my-app: somebody gave entry.new up before it was sent',
        /"feedhook deliveries replay evt_\w+\.my-app" sends it after all/,
      ],
      {},
    ],
    [
      'waits for an endpoint that answered 410',
      'disabled',
      async () => {
        await tell();
        await put({ disabled: { since: store.now(), reason: 'http-410' } });
      },
      ['my-app is disabled since 2026-11-20T09:00:00Z (http-410)', '"feedhook endpoints enable my-app"'],
      {},
    ],
    [
      'waits for an endpoint whose circuit is open',
      'circuit-open',
      async () => {
        await tell();
        const { circuit } = open(store.now());
        await put({ circuit });
      },
      ['my-app is left alone since 2026-11-20T09:00:00Z (http-503)', 'endpoints test my-app'],
      {},
    ],
    [
      'waits for an endpoint that is paused',
      'paused',
      async () => {
        await tell();
        await put({ paused: { since: store.now() } });
      },
      ['somebody has paused my-app', '"feedhook endpoints resume my-app"'],
      {},
    ],
    [
      'waits for an endpoint that asked for a rest',
      'rate-limited',
      async () => {
        await tell();
        await put({ restsUntil: store.now() + 60_000 });
      },
      ['my-app asked to be left alone until 2026-11-20T09:01:00Z'],
      {},
    ],
    [
      'comes in quiet hours',
      'quiet-hours',
      () => tell(),
      ['quiet hours, which end 2026-11-20T12:00:00Z'],
      { endpoint: { quiet: { from: '0 8 * * *', until: '0 12 * * *' } } },
    ],
    [
      'a filter stopped that would stop it today',
      'filtered',
      () => tell({}, ['my-app'], { skipped: 'filtered' }),
      ['the filter of my-app does not let it through: ', 'title', 'sends it all the same'],
      { endpoint: { filter: filterOf({ title: 'rust' }) } },
    ],
    [
      'the filter of the feed stopped',
      'filtered',
      () => tell({}, ['my-app'], { skipped: 'filtered' }),
      ['the filter of the feed does not let it through: '],
      { feed: { filter: filterOf({ title: 'rust' }) } },
    ],
    [
      'a filter stopped that would let it through today',
      'filtered',
      () => tell({}, ['my-app'], { skipped: 'filtered' }),
      ['that of today lets it through', /"feedhook deliveries replay evt_\w+\.my-app"/],
      { endpoint: { filter: filterOf({ title: 'second' }) } },
    ],
    [
      'a filter stopped and that would not come there today',
      'filtered',
      () => tell({}, ['my-app'], { skipped: 'filtered' }),
      ['today it would not be sent there at all (not-routed)'],
      { feed: { endpointIds: ['other'] }, endpoint: {} },
    ],
    [
      'happened in a feed that leads to no endpoint',
      'not-routed',
      () => tell({}, []),
      ['no endpoint gets what this feed brings: of my-app, the endpoint wants feeds labelled news'],
      { endpoint: { labels: ['news'] } },
    ],
    [
      'waits for an endpoint that is not in feeds.yaml',
      'parked',
      () => tell(),
      ['my-app is not in feeds.yaml', 'put it back'],
      { endpoints: ['other'] },
    ],
    [
      'happened when nobody wanted it',
      'not-subscribed',
      () => tell({}, []),
      ['no endpoint of the feed wanted entry.new', 'name entry.new in the "events"', /entry\.new .* nobody/],
      { events: ['feed.error'] },
    ],
    [
      'happened before an endpoint wanted it',
      'not-subscribed',
      () => tell({}, []),
      ['nothing: my-app gets those that happen from now on'],
      {},
    ],
  ])('that %s: %s', async (_name, stage, set, facts, asked) => {
    await set();
    const { text, answer } = await ask(asked);
    expect(answer.entries.map((entry) => entry.stage)).toEqual([stage]);
    expect(text).toContain(`log: The second one: ${stage}\n`);
    for (const fact of facts)
      expect(text).toEqual(
        typeof fact === 'string' ? expect.stringContaining(fact) : expect.stringMatching(fact),
      );
  });

  test('and waits behind another: which one, why that fails, and until when', async () => {
    const earlier = { ...change().entry, id: 'tag:log:1', title: 'The first one' };
    const head = await tell(
      { entry: earlier, key: { source: 'guid', value: 'guid:tag:log:1' } },
      ['my-app'],
      { ordering: 'feed' },
    );
    await attempt({ kind: 'retry', at: store.now() + 300_000 });
    await tell({ sequence: 2 }, ['my-app'], { ordering: 'feed' });
    const { text, answer } = await ask({ endpoint: { ordering: 'feed' } });
    expect(answer.entries.map(({ stage }) => stage)).toEqual(['behind']);
    expect(text).toContain(
      `because       my-app gets its events in order, and ${head.id}.my-app is before it: attempt 2 of that is due 2026-11-20T09:05:00Z, last answer 500`,
    );
    expect(text).toContain('at the latest 2026-11-20T10:00:00Z');
  });

  test('is told of at one endpoint alone, if one is named', async () => {
    await tell({}, ['my-app']);
    await attempt({ kind: 'done' }, { outcome: 'delivered', status: 200 });
    const both = ['my-app', 'chat'];
    const named = await ask({ endpoints: both, endpointId: 'my-app' });
    expect(named.answer.entries).toMatchObject([{ stage: 'delivered' }]);
    const other = await ask({ endpoints: both, endpointId: 'chat' });
    expect(other.answer.entries).toMatchObject([{ stage: 'not-subscribed', events: [{ deliveries: [] }] }]);
    expect(other.text).toContain('because       chat did not want entry.new when it happened');
    const unrouted = await ask({ endpoints: both, endpointId: 'chat', feed: { endpointIds: ['my-app'] } });
    expect(unrouted.answer.entries).toMatchObject([{ stage: 'not-routed' }]);
    expect(unrouted.text).toContain(
      'chat does not get what this feed brings: the feed names other endpoints: my-app',
    );
  });

  test('that one endpoint has and a filter keeps from another says both', async () => {
    await tell({}, ['my-app']);
    await attempt({ kind: 'done' }, { outcome: 'delivered', status: 200 });
    await tell({}, ['my-app', 'chat'], { skipped: 'filtered' });
    const { text, answer } = await ask({
      endpoints: ['my-app', 'chat'],
      endpoint: { filter: filterOf({ title: 'rust' }) },
    });
    expect(answer.entries).toMatchObject([{ stage: 'delivered' }]);
    expect(text).toMatch(/\n {2}filtered {6}for chat: .*title/);
  });

  test('in an outbox: it waits for the relay', async () => {
    const { id } = await tell({}, []);
    const { text } = await ask({ memory: remembered(known(), { outbox: [id] }) });
    expect(text).toContain('The second one: waiting\n  because       its event is stored and not yet handed');
  });

  test('stands where the worst of its deliveries stands, and all of them are shown', async () => {
    await tell();
    await attempt({ kind: 'done' }, { outcome: 'delivered', status: 200 });
    await store.pass(1_000);
    await tell({ type: 'entry.updated', revision: 2, sequence: 2, changed: ['title'] }, ['my-app', 'chat']);
    await store.backend.deliveries.replay({ endpointId: 'chat' });
    const { text, answer } = await ask({ endpoints: ['my-app'], events: ['entry.new', 'entry.updated'] });
    expect(answer.entries[0]?.stage).toBe('parked');
    expect(text.split('\n').slice(-3)).toEqual([
      expect.stringMatching(/^entry\.new .* delivered /),
      expect.stringMatching(/^entry\.updated .*\.my-app +waiting /),
      expect.stringMatching(/^entry\.updated .*\.chat +parked /),
    ]);
  });

  test('of which several events were delivered tells of the latest, by its type', async () => {
    for (const [index, type] of (['entry.deleted', 'entry.updated'] as const).entries()) {
      await store.pass(1_000);
      const more = type === 'entry.deleted' ? ({ reason: 'vanished' } as const) : { changed: [] };
      await tell({ type, revision: index + 2, sequence: index + 1, ...more });
      await attempt({ kind: 'done' }, { outcome: 'delivered', status: 204 });
    }
    const { text } = await ask();
    expect(text).toContain('because       my-app has taken entry.updated at 2026-11-20T09:00:02Z');
  });

  test('that was deleted: its deletion is found though nobody subscribed to it', async () => {
    const gone = known({ revision: 3, isDeleted: true });
    await tell({ type: 'entry.deleted', revision: 3, contentHash: gone.fingerprint, reason: 'vanished' }, []);
    const { text } = await ask({ memory: remembered(gone, { window: [] }) });
    expect(text).toMatch(/\n {2}document {6}its deletion was noticed\n/);
    expect(text).toMatch(/\nentry\.deleted .* nobody /);
  });
});

describe('an entry without an event', () => {
  test.each<[string, string, () => Asked, string[]]>([
    [
      'of the first document',
      'baseline',
      () => {
        const { baseline } = remembered();
        return { memory: remembered(known({ firstSeen: baseline?.at ?? 0 })) };
      },
      ['it was in the first document of the feed: "initial: none" announces none of those'],
    ],
    [
      'of the first document, beyond the newest',
      'baseline',
      () => ({ memory: remembered(known({ firstSeen: remembered().baseline?.at ?? 0 })), initial: 10 }),
      ['"initial: 10" announces only the newest'],
    ],
    [
      'that slid in, or came under a new id',
      'silent',
      () => ({}),
      ['older entry that slid into the window', 'docs/entries.md'],
    ],
    [
      'from before the retention',
      'expired',
      () => ({ memory: remembered(known({ firstSeen: seconds(store.now() - 31 * day) })) }),
      ['first seen 2026-10-20T09:00:00Z', '"retention"'],
    ],
    [
      'that goes on under another id',
      'renamed',
      () => ({ memory: remembered(known({ isFormer: true }), { window: [] }) }),
      ['the publisher changed its id', 'ask by its title or link'],
    ],
  ])('%s: %s', async (_name, stage, asked, facts) => {
    const { text, answer } = await ask(asked());
    expect(answer.entries.map((entry) => entry.stage)).toEqual([stage]);
    for (const fact of facts) expect(text).toContain(fact);
  });

  test('says which of its fields are damped, that its updates are used up, and that its neighbours stay', async () => {
    const until = seconds(store.now()) + 3_600;
    const record = known({
      revision: 25,
      flaps: { title: { runs: 3, until }, link: { runs: 1 }, content: { runs: 3, until: 5 } },
    });
    const whole = remembered(record);
    const window = (whole.window ?? []).map((place) =>
      place.key.value === key.value ? { ...place, absences: 2 } : place,
    );
    const { text, answer } = await ask({ memory: { ...whole, window } });
    expect(answer.entries[0]).toMatchObject({
      damped: { title: until * 1000 },
      hasManyUpdates: true,
      absences: 2,
    });
    expect(text).toContain('damped        title: changes are no updates until 2026-11-20T10:00:00Z');
    expect(text).not.toContain('content: changes');
    expect(text).toContain('updates       no more of them are announced');
    expect(text).toContain('document      missing in the last 2, which hold its neighbours');
  });
});

describe('an entry is found by', () => {
  test.each([
    ['its id', 'tag:log:2'],
    ['its link', 'https://example.org/posts/2'],
    ['another spelling of its link', 'http://EXAMPLE.org/posts/2/?utm_source=x'],
    ['its title', 'The second one'],
    ['a part of its title, in any case', 'SECOND'],
    ['its key', 'guid:tag:log:2'],
    ['words with space around them', '  tag:log:2 '],
  ])('%s', async (_, words) => {
    const { answer } = await ask({ words });
    expect(answer.entries.map(({ id }) => id)).toEqual(['tag:log:2']);
  });

  test.each([
    ['its whole id, after it has left the documents', 'tag:log:2', 'tag:log:2'],
    ['its key', 'guid:tag:log:2', 'tag:log:2'],
  ])('%s', async (_, words, id) => {
    const { answer, text } = await ask({ words, memory: remembered(known(), { window: [] }) });
    expect(answer.entries.map((entry) => entry.id)).toEqual([id]);
    expect(text).toContain('not in the last one: it has left the window');
  });

  test('another spelling of a link that it is known by, after it has left the documents', async () => {
    const linked: EntryKey = { source: 'link', value: 'link:https://example.org/posts/2' };
    const memory = remembered(null, { entries: new Map([[keyHash(linked), known()]]), window: [] });
    const { answer } = await ask({ words: 'http://example.org/posts/2/', memory });
    expect(answer.entries).toMatchObject([{ key: linked, url: 'https://example.org/posts/2' }]);
  });

  test.each([
    ['its event', ({ id }: StoredEvent) => id],
    ['a delivery of it', ({ id }: StoredEvent) => `${id}.my-app`],
    ['a title that only its event has', () => 'second'],
  ])('%s, even if the memory has forgotten it', async (_, words) => {
    const event = await tell();
    const { answer, text } = await ask({ words: words(event), memory: remembered(null) });
    expect(answer.entries).toMatchObject([{ ...label, key, stage: 'waiting', events: [{ id: event.id }] }]);
    expect(text).toContain('known         no more');
  });

  test('a whole name goes before parts of others', async () => {
    const first: EntryKey = { source: 'guid', value: 'guid:The second one' };
    const window = [
      { keyHash: keyHash(first), key: first, id: 'x', title: 'The second one, again' },
      ...(remembered().window ?? []),
    ];
    expect(
      (await ask({ words: 'The second one', memory: remembered(known(), { window }) })).answer.entries,
    ).toMatchObject([{ id: 'tag:log:2' }]);
  });

  test('several are listed, to be named by their ids', async () => {
    const { answer, text } = await ask({ words: 'one' });
    expect(answer.entries).toHaveLength(2);
    expect(text).toBe(`log: 2 entries; name one of them by its id
STAGE   TITLE           ID
silent  The third one   tag:log:3
silent  The second one  tag:log:2`);
  });

  test('not by the event of another feed, nor by an empty name', async () => {
    const about = { id: 'other', url: feed.url, feedUrl: feed.url, labels: [] };
    const event = entryEvent(change(), about, store.now());
    await store.backend.store.addEvents([event]);
    for (const words of [event.id, ' ', ''])
      expect((await ask({ words, memory: remembered(null) })).answer.entries).toEqual([]);
  });
});

describe('an entry that was never seen', () => {
  const lastPoll = { endedAt: Date.parse('2026-11-20T08:58:00Z'), entries: 20 } as WhyReport['lastPoll'] &
    object;

  test('the last document, what is known, where to look, and nothing secret', async () => {
    const { text, answer } = await ask({ words: 'Other', ofFeed: { lastPoll } });
    expect(text).toBe(`log: no entry "Other" was seen
  because       the last document, of 2026-11-20T08:58:00Z, had 20 entries, and 2 are known in all
  to do         see what the feed holds now: feedhook preview https://example.org/feed?token=*** (put back the query values, which are hidden here); what is new there is announced after the first poll
  note          what has left the documents is found by its whole id or link, not by its title`);
    expect(answer).toEqual({
      feedId: 'log',
      asked: 'Other',
      entries: [],
      unseen: expect.objectContaining({ knownEntries: 2 }),
    });
  });

  test.each<[string, () => Asked, string]>([
    ['a feed that was never read', () => ({ memory: undefined }), 'no document of the feed was ever read'],
    [
      'a last poll that showed no document',
      () => ({ ofFeed: { lastPoll: { ...lastPoll, entries: undefined as never } } }),
      'the last document, of 2026-11-20T09:00:00Z, had 2 entries',
    ],
    [
      'entries that nothing could recognise',
      () => ({ ofFeed: { lastPoll: { ...lastPoll, notes: { skipped: 3 } } } }),
      '; 3 had neither id, link, title nor text',
    ],
    [
      'a feed that fails',
      () => ({
        ofFeed: {
          failing: { since: store.now() - day, failures: 4, told: 1 },
          lastPoll: { ...lastPoll, code: 'http-503' },
        },
      }),
      'the feed fails since 2026-11-19T09:00:00Z (24 h, http-503); "feedhook why log"',
    ],
    [
      'a feed that is parked',
      () => ({ ofFeed: { parkedAt: store.now() - day, lastPoll } }),
      'the feed is parked since 2026-11-19T09:00:00Z; "feedhook why log" tells how it is woken',
    ],
  ])('%s', async (_, asked, fact) => {
    const given = asked();
    const memory = 'memory' in given ? memoryOf(feed.id) : remembered();
    const { text } = await ask({ words: 'Other', ...given, memory });
    expect(text).toContain(fact);
    // Where nothing is known nothing was forgotten.
    expect(text.includes('\n  note ')).toBe(memory.entries.size > 0);
  });
});

test('what strangers wrote does not steer the terminal', async () => {
  const evil = '\u001b[31mThe second one';
  const whole = remembered();
  const window = (whole.window ?? []).map((place) => ({ ...place, title: evil }));
  for (const words of ['tag:log:2', 'second', '\u001b[31mnothing']) {
    const { text } = await ask({ words, memory: { ...whole, window } });
    expect(text).not.toContain('\u001b');
    expect(text).toContain('\\u001b[31m');
  }
});
