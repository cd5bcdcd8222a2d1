// Finds what the store has of the entry that a person means: by id, link, title or a part of it, key, event or delivery.
// Looks into the memory of the feed and the deliveries of late, and says nothing of what it means: entry-report.ts.

import { canonicalText, canonicalUrl, spellings } from '../diff/canonical-url.ts';
import { keyHashOf } from '../diff/identified-entry.ts';
import type { EntryKey, EntryLabel, KeySource, KnownEntry } from '../model/entry.ts';
import type { StoredEvent } from '../model/event.ts';
import type { FeedMemory } from '../model/feed.ts';
import { entryEventId } from '../outbox/event.ts';
import type { Backend } from '../ports.ts';
import { type DeliveryTrace, DeliveryTracer } from './delivery-trace.ts';

/** Deliveries of the feed whose events are looked through for a title or a link. */
const searchedDeliveries = 2_000;
/** More entries than this are no answer. */
export const mostTraces = 20;

export interface EventTrace {
  readonly event: StoredEvent;
  readonly deliveries: readonly DeliveryTrace[];
}

export interface EntryTrace {
  readonly key: EntryKey;
  readonly label: EntryLabel;
  /** Absent: the memory has forgotten it, or was replaced by an older one. */
  readonly known?: KnownEntry;
  /** Its events that are still stored, oldest first. */
  readonly events: readonly EventTrace[];
}

type Store = Pick<Backend, 'store' | 'deliveries'>;

/** Where an entry was met, and whether the words name it whole. */
interface Sighting {
  readonly key: EntryKey;
  readonly label: EntryLabel;
  readonly isExact: boolean;
}

/** At most `mostTraces`; entries that are named whole leave no room for those of which only a part was named. */
export async function traceEntries(
  words: string,
  feedId: string,
  memory: FeedMemory | undefined,
  backend: Store,
): Promise<EntryTrace[]> {
  const query = words.trim();
  const recent = await recentEvents(feedId, backend);
  const named = await namedEvent(query, feedId, backend);
  const sightings = named
    ? [{ ...namesOf(named), isExact: true }]
    : [
        ...(memory?.window ?? []).flatMap(({ key, ...label }) => sighting(query, key, label)),
        ...(memory ? knownKeys(query, memory) : []),
        ...recent.flatMap((event) => {
          const { key, label } = namesOf(event);
          return sighting(query, key, label);
        }),
      ];
  const isWhole = sightings.some(({ isExact }) => isExact);
  const meant = merged(sightings.filter(({ isExact }) => isExact || !isWhole));
  const events = named ? [...recent, named] : recent;
  const tracer = new DeliveryTracer(backend.deliveries);
  return await Promise.all(
    meant
      .slice(0, mostTraces)
      .map(({ key, label }) =>
        traceOf({ key, label, feedId, events, known: recordOf(key, memory) }, backend, tracer),
      ),
  );
}

/** Entry events of the feed that were delivered, or are owed, of late. */
async function recentEvents(feedId: string, { store, deliveries }: Store): Promise<StoredEvent[]> {
  const some = await deliveries.list({ feedId }, searchedDeliveries);
  const events = await store.readEvents([...new Set(some.map(({ eventId }) => eventId))]);
  return events.filter(({ entryKey }) => entryKey !== undefined);
}

/** By its own id, or by that of one of its deliveries. */
async function namedEvent(query: string, feedId: string, { store }: Store): Promise<StoredEvent | undefined> {
  const [, eventId] = /^(evt_[a-z2-7]+)(?:\.|$)/.exec(query) ?? [];
  if (eventId === undefined) return undefined;
  const [event] = await store.readEvents([eventId]);
  return event?.feedId === feedId && event.entryKey !== undefined ? event : undefined;
}

function namesOf({ entryKey = '', body }: StoredEvent): { key: EntryKey; label: EntryLabel } {
  const { id, url, title, _feedhook: own } = JSON.parse(body).data.entry;
  const label = {
    ...(own.key_source === 'guid' && { id }),
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
  };
  return { key: { source: own.key_source, value: entryKey }, label };
}

function sighting(query: string, key: EntryKey, label: EntryLabel): Sighting[] {
  const { id, url, title = '' } = label;
  const isExact =
    [id, key.value, title].includes(query) ||
    (url !== undefined && canonicalText(url) === canonicalText(query));
  const isPart = title.toLowerCase().includes(query.toLowerCase());
  return query !== '' && (isExact || isPart) ? [{ key, label, isExact }] : [];
}

/** The memory keeps digests alone, so what no document shows any more is found by a whole id or link. */
function knownKeys(query: string, memory: FeedMemory): Sighting[] {
  const url = canonicalUrl(query);
  const texts = [query, ...(url ? spellings(url) : [])];
  const guesses = [
    query,
    ...(['guid', 'link'] as const).flatMap((source) => texts.map((text) => `${source}:${text}`)),
  ];
  return guesses
    .filter((value) => memory.entries.has(keyHashOf(value)))
    .map((value) => {
      const key = { source: sourceOf(value), value };
      const text = value.slice(key.source.length + 1);
      return { key, label: key.source === 'guid' ? { id: text } : { url: text }, isExact: true };
    });
}

function sourceOf(value: string): KeySource {
  return value.slice(0, value.indexOf(':')) as KeySource;
}

function recordOf({ value }: EntryKey, memory: FeedMemory | undefined): KnownEntry | undefined {
  return memory?.entries.get(keyHashOf(value));
}

/** One for each entry; what the later sightings add to its label is kept. */
function merged(sightings: readonly Sighting[]): Sighting[] {
  const entries = new Map<string, Sighting>();
  for (const each of sightings) {
    const before = entries.get(each.key.value);
    entries.set(each.key.value, before ? { ...before, label: { ...each.label, ...before.label } } : each);
  }
  return [...entries.values()];
}

interface Found {
  readonly key: EntryKey;
  readonly label: EntryLabel;
  readonly feedId: string;
  readonly events: readonly StoredEvent[];
  readonly known: KnownEntry | undefined;
}

/** Also its events that nobody subscribes to, whose ids can be computed. */
async function traceOf(
  { key, label, feedId, events, known }: Found,
  backend: Store,
  tracer: DeliveryTracer,
): Promise<EntryTrace> {
  const computed = await backend.store.readEvents([
    entryEventId({ type: 'entry.new', key, revision: 1, contentHash: '' }, feedId),
    ...(known
      ? [
          entryEventId(
            { type: 'entry.deleted', key, revision: known.revision, contentHash: known.fingerprint },
            feedId,
          ),
        ]
      : []),
  ]);
  const own = [...events.filter(({ entryKey }) => entryKey === key.value), ...computed];
  const distinct = [...new Map(own.map((event) => [event.id, event])).values()];
  const inOrder = distinct.toSorted(
    (one, other) => one.detectedAt - other.detectedAt || (one.sequence ?? 0) - (other.sequence ?? 0),
  );
  return {
    key,
    label,
    ...(known && { known }),
    events: await Promise.all(inOrder.map((event) => eventTrace(event, backend, tracer))),
  };
}

async function eventTrace(
  event: StoredEvent,
  { deliveries }: Store,
  tracer: DeliveryTracer,
): Promise<EventTrace> {
  const owed = await deliveries.list({ eventId: event.id }, searchedDeliveries);
  return {
    event,
    deliveries: await Promise.all(owed.toReversed().map((delivery) => tracer.trace(delivery))),
  };
}
