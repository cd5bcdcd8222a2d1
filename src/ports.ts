// What the core needs of the world. Each backend fulfils all of them, and one conformance suite a port
// holds every backend to the same behaviour: what is not in the suite is not promised.
//
// All methods reject with StoreError when the store did not do what it was asked; "could not read" is
// never "nothing known". A call that resolves has been made durable.

import type {
  Attempt,
  AttemptResult,
  Delivery,
  DeliveryState,
  EndpointHealth,
  NewDelivery,
} from './model/delivery.ts';
import type { EndpointCondition } from './model/endpoint.ts';
import type { StoredEvent } from './model/event.ts';
import type { FeedMemory, FeedState } from './model/feed.ts';
import type { RequestNote } from './model/poll.ts';
import type { PortableKind, PortableRecord, StoreMark } from './model/portable.ts';

/** State: small, written at every poll. */
export interface StateStore {
  /** The states that exist; a feed that was never polled is absent from the answer. */
  readStates(feedIds: readonly string[]): Promise<Map<string, FeedState>>;
  /** Ends the note of a request, if there is one. */
  writeState(state: FeedState): Promise<void>;
  /** What changes in a stored state when a request leaves, for less than the whole state costs. The state must exist. */
  noteRequest(feedId: string, note: RequestNote): Promise<void>;
}

/** Memory: the truth of a feed, one record, one atomic write. */
export interface MemoryStore {
  /** `undefined` only when the store answered that it has none. */
  readMemory(feedId: string): Promise<FeedMemory | undefined>;
  writeMemory(memory: FeedMemory): Promise<void>;
  /** Ids of the feeds whose outbox is not empty. */
  feedsWithOutbox(): Promise<string[]>;
}

/** Stored events: immutable as soon as they are handed to the queue, kept for the retention. */
export interface EventStore {
  /** An event of which there is a delivery stays as it is; any other is from now on what this call says. */
  addEvents(events: readonly StoredEvent[]): Promise<void>;
  /** Those that exist, in the order asked. */
  readEvents(ids: readonly string[]): Promise<StoredEvent[]>;
}

export interface FeedStore extends StateStore, MemoryStore, EventStore {}

/** When the lane is due again. */
export interface LaneRest {
  /** Epoch ms; `Infinity` rests until `wake`. */
  readonly dueAt: number;
  /** Epoch ms before which the lane must not run, whatever `reconcile` or `wake` say, restarts included. */
  readonly heldUntil?: number;
}

/** Who polls what, when: a lane is handed out when it is due, and never twice at a time. */
export interface LaneQueue {
  /** Other processes take lanes of this queue too, so that what is remembered of a lane may be out of date. */
  readonly isShared: boolean;
  /**
   * Makes exactly these lanes (id -> due, epoch ms) exist; a lane that is running keeps running. `joins`: other processes are
   * at work already, so a lane that exists keeps the due time it has, and none is taken away.
   */
  reconcile(lanes: ReadonlyMap<string, number>, how?: { readonly joins?: boolean }): Promise<void>;
  /** Hands due lanes, oldest first, to `work`, at most `concurrency` at a time. */
  start(work: (laneId: string, signal: AbortSignal) => Promise<LaneRest>, concurrency: number): void;
  /** Brings a lane forward to `at` (epoch ms); never puts it back. */
  wake(laneId: string, at: number): Promise<void>;
  /**
   * Where the queue is shared: when the earliest lane that rests was or is due (epoch ms), `undefined` when none ever is. What
   * this process remembers of lanes says nothing of those that others run.
   */
  earliestDueAt?(): Promise<number | undefined>;
  /** Hands out nothing more, aborts the signals, and resolves when no lane is running. */
  stop(): Promise<void>;
}

/** How an endpoint is delivered to. */
export interface EndpointPlan {
  readonly id: string;
  /** Digest of what reaches the endpoint (URL); a change begins a new condition. */
  readonly target: string;
  /** Attempts at a time. Above 1, at least one of them is never a second attempt, so that what is new finds a free slot. */
  readonly concurrency: number;
  /** `feed`: one at a time, in order, in a delivery lane for each feed. */
  readonly ordering: 'feed' | 'none';
  /** For how long, in ms from its first failed attempt, a delivery may hold up its delivery lane. */
  readonly maxBlockMs: number;
  readonly rate?: Rate;
  /** Several deliveries share a request: of one delivery lane, which is that of a feed or one for the whole endpoint. */
  readonly batch?: {
    readonly count: number;
    readonly lane: 'feed' | 'endpoint';
    /** A full one too waits for its time: a digest. */
    readonly isTimed?: true;
  };
  /** Epoch ms from which a delivery that was added at `addedAt` may be sent, unless its batch is full before. Pure. */
  readonly dueAt?: (addedAt: number) => number;
  /** Epoch ms from which the endpoint may be sent to: `now` itself, or later in quiet hours. Pure. */
  readonly opensAt?: (now: number) => number;
}

/** At most `burst` requests at once, and `count` in `perMs` in the long run. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
  readonly burst: number;
}

export interface AttemptContext {
  /** Aborted, the attempt ends soon. */
  readonly signal: AbortSignal;
  /** The circuit is open, and this attempt is to tell whether the endpoint is well again. */
  readonly isProbe: boolean;
  readonly condition: EndpointCondition;
  /** What a single delivery brings, where the queue had it at hand; else it is read. */
  readonly event?: StoredEvent;
}

/** One request for one delivery, or for several that share it, in order. */
export type Attempting = (
  deliveries: readonly [Delivery, ...Delivery[]],
  context: AttemptContext,
) => Promise<AttemptResult>;

/** Pending deliveries, their retries, the dead ones and the log of attempts. */
export interface DeliveryQueue {
  /** Adds what is not there yet, in order; an existing delivery is left as it is, whatever its state. */
  add(deliveries: readonly NewDelivery[]): Promise<void>;
  /** The endpoints that exist from now on. Deliveries of others stay, parked. */
  configure(endpoints: readonly EndpointPlan[]): Promise<void>;
  /** Hands due deliveries, oldest first, to `attempt`; its result is recorded before the slot is free again. */
  start(attempt: Attempting): void;
  /** Hands out nothing more and resolves when no attempt is running; aborts those running after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface DeliveryFilter {
  readonly id?: string;
  readonly eventId?: string;
  readonly endpointId?: string;
  readonly feedId?: string;
  readonly state?: DeliveryState;
  /** Only those that are sent next of their delivery lane. */
  readonly isHead?: true;
  /** Epoch ms: added at this time or later. */
  readonly since?: number;
  /** Epoch ms: added before this time. */
  readonly until?: number;
}

/** The people's side of the delivery queue. */
export interface DeliveryLog {
  /** Newest first, at most `limit`. */
  list(filter: DeliveryFilter, limit: number): Promise<Delivery[]>;
  count(filter: DeliveryFilter): Promise<number>;
  attempts(deliveryId: string): Promise<Attempt[]>;
  /**
   * Makes every match pending and due now, with the same id and bytes; returns how many. Never one that is withheld, and one
   * that was skipped only where the filter names it by `id`, or `skipped` as its state.
   */
  replay(filter: DeliveryFilter): Promise<number>;
  /** Makes every withheld match pending and due now, with its sequence number; returns how many. */
  release(filter: DeliveryFilter): Promise<number>;
  /** Makes every withheld match (with `state: 'pending'` every pending one) dead, reason `dropped`; returns how many. It can still be replayed. */
  drop(filter: DeliveryFilter): Promise<number>;
  endpoints(): Promise<EndpointHealth[]>;
  /** Gives an endpoint another condition; `change` is pure. Returns the one before, `undefined` where there is no such endpoint. */
  changeCondition(
    endpointId: string,
    change: (before: EndpointCondition) => EndpointCondition,
  ): Promise<EndpointCondition | undefined>;
}

/** Pending deliveries that were given up, since their endpoint was down or parked for too long, or too many waited. */
export interface GivenUp {
  readonly endpointId: string;
  readonly reason: 'expired' | 'overflow';
  readonly count: number;
}

/** What housekeeping asks of a backend. */
export interface Upkeep {
  /** Removes finished, skipped and withheld deliveries, their attempts and events older than `before` (epoch ms) that nothing still needs. */
  prune(before: number): Promise<{ events: number; deliveries: number }>;
  /**
   * Makes dead what waits without end: pending deliveries that were added before `before` to an endpoint that is down, or not
   * among those of `mostKept`, and the oldest of those beyond the most that an endpoint may keep.
   */
  giveUp(before: number, mostKept: ReadonlyMap<string, number>): Promise<GivenUp[]>;
  /** Writes everything to its final place and checks what can be checked cheaply. */
  checkpoint(): Promise<void>;
}

/** What the configuration of a process counts for among those that share its store. */
export type WorkerStanding =
  /** It holds, and this process is the first to have it: what it says is to be told to the store. */
  | 'leads'
  /** It holds, and others at work have told it to the store. */
  | 'joins'
  /** Another process has a newer one: this one must not work until it has that too. */
  | 'behind';

/** `emptied`: the store has begun anew, and what is known of lanes and endpoints is to be told it again. */
export type WorkerNews = WorkerStanding | 'emptied';

export interface WorkerFacts {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly seenAt: number;
  /** Of its feeds.yaml. */
  readonly digest: string;
  /** Its feeds.yaml is the one that holds for all; otherwise it is behind, and does not work. */
  readonly rules: boolean;
}

/** The processes that share one store. One configuration rules: the one that was changed last. */
export interface Workers {
  /**
   * Tells the others, now and again until `leave`, that this process runs with this configuration. `isEdited`: it was
   * changed while this process ran, and so holds for all.
   */
  announce(digest: string, isEdited: boolean): Promise<WorkerStanding>;
  /**
   * Calls `tell` when the process falls behind, when it does no longer, and when the store was emptied; `lost`, with the code, each
   * time that the store does not take its word: where it takes none, no lane comes to find that out.
   */
  watch(tell: (news: WorkerNews) => void, lost?: (code: string) => void): void;
  /** Those that were seen lately. */
  list(): Promise<WorkerFacts[]>;
  /** For what only one of all processes does, as node-cron asks it: whether it is this one, for at most `ttlMs`. */
  shouldRun(key: string, ttlMs: number): Promise<boolean>;
  leave(): Promise<void>;
}

/** What a migration asks of a store in which nobody works meanwhile; who works there afterwards opens it anew. */
export interface Portable {
  /** For people, without credentials. */
  readonly name: string;
  /** The random word that this store keeps from its beginning. */
  generation(): Promise<string>;
  mark(): Promise<StoreMark | undefined>;
  /** `undefined` takes the mark away. */
  setMark(mark: StoreMark | undefined): Promise<void>;
  /** All of one kind, some at a time, each once, in any order; of holds those that last at `now` (epoch ms). */
  records(kind: PortableKind, now: number): AsyncIterable<readonly PortableRecord[]>;
  /** About how many there are. */
  count(kind: PortableKind): Promise<number>;
  /** Takes what `records` of another store gave, kind after kind in their order, into a store that `clear` has emptied. */
  add(records: readonly PortableRecord[]): Promise<void>;
  /** Forgets all records; generation and mark stay. */
  clear(): Promise<void>;
  /** Resolves when what was written outlives a power cut. */
  settle(): Promise<void>;
}

/** One opened backend: all ports on one store. */
export interface Backend {
  readonly store: FeedStore;
  readonly lanes: LaneQueue;
  readonly deliveries: DeliveryQueue & DeliveryLog;
  readonly upkeep: Upkeep;
  /** Where several processes may share the store. */
  readonly workers?: Workers;
  readonly portable: Portable;
  /** Releases the store; the queues must have been stopped. */
  close(): Promise<void>;
}
