// One poll of one feed, top to bottom: the upper half of the flow in docs/architecture.md.
//
// The order of the writes is the promise. Events are stored, then the memory with validators, known
// entries and outbox in ONE write, then the deliveries, then the memory with an empty outbox, then the
// state. A crash between any two lines costs a repeat under the same ids, never an entry.

import { createHash } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { FeedConfig } from './config/load.ts';
import { decode } from './decode/decode.ts';
import { diffEntries, type EntryDiff } from './diff/diff.ts';
import { type Code, DecodeError, ParseError } from './errors.ts';
import type { FeedClient } from './fetch/client.ts';
import type { NewDelivery } from './model/delivery.ts';
import type { StoredEvent } from './model/event.ts';
import type { FeedMemory, FeedState, ParsedFeed } from './model/feed.ts';
import type {
  DecodedFeed,
  FetchedDocument,
  FetchedFeed,
  NextPoll,
  PollNotes,
  PollOutcome,
  PollSummary,
} from './model/poll.ts';
import { entryEvent } from './outbox/event.ts';
import { relay } from './outbox/relay.ts';
import { type ParseLimits, parse } from './parse/parse.ts';
import type { DeliveryQueue, FeedStore } from './ports.ts';
import { nextPoll, type PollPlan, provisionalPoll } from './schedule/next-poll.ts';
import { endState, failuresAfter, noteRequest, termsOf } from './schedule/poll-state.ts';

/** What a poll needs of the world; the daemon builds it once and again at a reload. */
export interface PollTools {
  readonly clock: Clock;
  readonly store: FeedStore;
  readonly queue: Pick<DeliveryQueue, 'add'>;
  readonly client: FeedClient;
  readonly limits: ParseLimits;
  readonly nextTick: (expression: string, timezone: string, afterMs: number) => number;
  readonly fanOut: (feedId: string, events: readonly StoredEvent[]) => NewDelivery[];
}

export interface PolledFeed extends FeedConfig {
  readonly plan: PollPlan;
}

export interface PollOptions {
  /** Cuts the request off; what was learned before is kept. */
  readonly signal?: AbortSignal;
  /** Asks caches on the way to revalidate (`poll --force`). */
  readonly noCache?: boolean;
}

/** How a poll ended: the state that was stored, and what was made of the answer. */
export interface PollEnd {
  readonly state: FeedState;
  readonly summary: PollSummary;
  readonly fetched: FetchedFeed;
  readonly events: readonly StoredEvent[];
}

/** Polls `feed` once, whether it is due or not. Throws StoreError and nothing else that is expected. */
export async function poll(
  feed: PolledFeed,
  state: FeedState | undefined,
  tools: PollTools,
  options: PollOptions = {},
): Promise<PollEnd> {
  const { clock, store, client } = tools;
  const startedAt = clock.now();

  const known = (await store.readMemory(feed.id)) ?? emptyMemory(feed.id);
  const memory = await relayOf(feed, known, tools);

  const noted = noteRequest(
    feed.id,
    state,
    startedAt,
    provisionalPoll(feed.plan, startedAt, tools.nextTick, state?.terms?.hasValidators),
  );
  await store.writeState(noted);

  const fetched = await client.fetch({
    url: feed.url,
    headers: feed.headers,
    ...(memory.validators && { validators: memory.validators }),
    ...options,
  });
  const learned = learn(feed, memory, fetched, tools);
  const hints = await commit(feed, memory, learned, tools);

  const summary = summarise(startedAt, fetched, learned);
  if (learned.code === 'aborted') return { state: noted, summary, fetched, events: [] };
  const terms = termsOf(fetched, state?.terms);
  const next = nextPoll({
    plan: feed.plan,
    terms,
    hints,
    failures: failuresAfter(noted, summary.outcome),
    gone: summary.outcome === 'gone',
    nextTick: tools.nextTick,
  });
  const ended = endState(noted, fetched, { summary, terms, nextPoll: next });
  await store.writeState(ended);
  return { state: ended, summary, fetched, events: learned.events };
}

/** The next poll as the stored terms and the plan of now decide it, without a request. */
export function replan(
  feed: PolledFeed,
  state: FeedState,
  memory: FeedMemory | undefined,
  nextTick: PollTools['nextTick'],
): NextPoll {
  if (!state.terms) return state.nextPoll;
  return nextPoll({
    plan: feed.plan,
    terms: state.terms,
    hints: memory?.hints ?? {},
    failures: state.failures,
    gone: state.lastPoll?.outcome === 'gone',
    nextTick,
  });
}

/** What an answer taught: how the poll ends, and the memory and events to commit, if any. */
interface Learned {
  readonly outcome: PollOutcome;
  readonly code?: Code;
  readonly message?: string;
  /** Absent: what is known stays as it is. */
  readonly memory?: FeedMemory;
  readonly events: readonly StoredEvent[];
  readonly decoded?: DecodedFeed;
  readonly parsed?: ParsedFeed;
  readonly notes?: PollNotes;
}

function learn(feed: PolledFeed, memory: FeedMemory, fetched: FetchedFeed, tools: PollTools): Learned {
  switch (fetched.kind) {
    case 'failed':
      return {
        outcome: fetched.status === 410 ? 'gone' : 'failed',
        code: fetched.code,
        message: fetched.message,
        events: [],
      };
    case 'notModified':
      return { outcome: 'notModified', events: [], ...movedValidators(memory, fetched.validators) };
    case 'document':
      return learnDocument(feed, memory, fetched, tools);
    default:
      return fetched satisfies never;
  }
}

function learnDocument(
  feed: PolledFeed,
  memory: FeedMemory,
  fetched: FetchedDocument,
  tools: PollTools,
): Learned {
  const bodyHash = hashOf(fetched);
  if (bodyHash === memory.bodyHash) {
    return { outcome: 'unchanged', events: [], ...movedValidators(memory, fetched.validators) };
  }
  let decoded: DecodedFeed | undefined;
  let parsed: ParsedFeed;
  try {
    decoded = decode(fetched.body, fetched.contentType);
    parsed = parse({
      text: decoded.text,
      url: fetched.url,
      limits: tools.limits,
      ...(fetched.contentType !== undefined && { contentType: fetched.contentType }),
    });
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof ParseError)) throw error;
    return {
      outcome: 'failed',
      code: error.code,
      message: error.message,
      events: [],
      ...(decoded && { decoded }),
    };
  }
  return { ...learnFeed(feed, memory, fetched, parsed, tools.clock.now(), bodyHash), decoded, parsed };
}

function learnFeed(
  feed: PolledFeed,
  memory: FeedMemory,
  fetched: FetchedDocument,
  parsed: ParsedFeed,
  now: number,
  bodyHash: string,
): Learned {
  const isPartial = fetched.status === 226;
  const diff = diffEntries({
    memory,
    feed: parsed,
    isPartial,
    initial: feed.initial,
    ...(feed.identity && { identity: feed.identity }),
    nowSeconds: Math.floor(now / 1000),
  });
  const about = { id: feed.id, url: feed.url, feedUrl: fetched.url, labels: feed.labels, facts: parsed };
  const events = diff.changes.map((change) => entryEvent(change, about, now));
  const { validators: _, bodyHash: __, ...kept } = memory;
  return {
    outcome: events.length > 0 ? 'updated' : 'unchanged',
    events,
    notes: notesOf(parsed, diff),
    memory: {
      ...kept,
      ...(hasAny(fetched.validators) && { validators: fetched.validators }),
      // A partial document says nothing of the whole, so the next one must be read even if it is equal.
      ...(!isPartial && { bodyHash }),
      baseline: diff.baseline,
      rung: diff.rung,
      hints: parsed.hints,
      entries: diff.entries,
      sequence: diff.sequence,
      outbox: events.map((event) => event.id),
    },
  };
}

/** Writes what was learned, in the order that loses nothing; returns the hints now in force. */
async function commit(feed: PolledFeed, before: FeedMemory, learned: Learned, tools: PollTools) {
  const { memory, events } = learned;
  if (!memory) return before.hints;
  if (events.length > 0) await tools.store.addEvents(events);
  await tools.store.writeMemory(memory);
  await relayOf(feed, memory, tools);
  return memory.hints;
}

/** Hands the outbox over to the delivery queue, then clears it. */
export function relayOf(
  feed: { readonly id: string },
  memory: FeedMemory,
  tools: Pick<PollTools, 'store' | 'queue' | 'fanOut'>,
): Promise<FeedMemory> {
  return relay(memory, {
    store: tools.store,
    queue: tools.queue,
    fanOut: (events) => tools.fanOut(feed.id, events),
  });
}

function movedValidators(memory: FeedMemory, validators: FeedMemory['validators']): { memory?: FeedMemory } {
  const now = validators && hasAny(validators) ? validators : undefined;
  const before = memory.validators;
  if (now?.url === before?.url && now?.etag === before?.etag && now?.lastModified === before?.lastModified)
    return {};
  const { validators: _, ...kept } = memory;
  return { memory: { ...kept, ...(now && { validators: now }) } };
}

function summarise(startedAt: number, fetched: FetchedFeed, learned: Learned): PollSummary {
  const { outcome, code, message, decoded, parsed, notes, events } = learned;
  return {
    startedAt,
    endedAt: fetched.terms.endedAt,
    outcome,
    ...(fetched.status !== undefined && { status: fetched.status }),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
    url: fetched.url,
    hops: fetched.hops,
    ...(decoded && { charset: decoded.charset }),
    ...(parsed && { entries: parsed.entries.length }),
    ...(notes && { notes }),
    events: events.length,
    wireBytes: fetched.figures.wireBytes,
  };
}

/** Nothing is left out silently. */
function notesOf({ flaws }: ParsedFeed, { skipped, backfilled, rekeyed }: EntryDiff): PollNotes {
  const counts = { flaws: flaws.length, skipped, backfilled, rekeyed };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function emptyMemory(feedId: string): FeedMemory {
  return { feedId, hints: {}, entries: new Map(), sequence: 0, outbox: [] };
}

const hasAny = (validators: { etag?: string; lastModified?: string }): boolean =>
  validators.etag !== undefined || validators.lastModified !== undefined;

/** The type counts too: the same bytes under another charset are another document. */
function hashOf({ body, contentType }: FetchedDocument): string {
  return createHash('sha256')
    .update(contentType ?? '')
    .update('\0')
    .update(body)
    .digest('hex');
}
