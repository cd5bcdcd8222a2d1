// A scheduler on a fake clock, with polls that take a while and remember when they ran. Lanes and states are
// kept apart from the scheduler, so that a test can end one and start the next on what was stored.

import { wait } from '../../src/clock.ts';
import { StoreError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import type { FeedState } from '../../src/model/feed.ts';
import type { NextPoll } from '../../src/model/poll.ts';
import type { StateStore } from '../../src/ports.ts';
import type { Lane } from '../../src/schedule/lane.ts';
import type { PollPlan } from '../../src/schedule/next-poll.ts';
import {
  createScheduler,
  type ScheduledFeed,
  type Scheduler,
  type SchedulerOptions,
} from '../../src/schedule/scheduler.ts';
import { inSource, longestOf, type Source } from '../../src/schedule/source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MemoryLanes } from '../support/memory-lanes.ts';

export const hour = 3_600_000;

export interface TestFeed extends ScheduledFeed {
  /** Of whatever URL it is asked at. */
  readonly lane: Lane;
}

export interface PollEnd {
  readonly state: FeedState;
}

/** One request. */
export interface SeenPoll {
  /** The first feed that it was made for, and all of them. */
  readonly feedId: string;
  readonly feedIds: readonly string[];
  readonly url: string;
  readonly laneId: string;
  readonly startedAt: number;
  endedAt?: number;
}

const totals = {
  polls: 0,
  requests: 0,
  unconditional: 0,
  notModified: 0,
  failed: 0,
  wireBytes: 0,
  savedBytes: 0,
  documentBytes: 0,
};

export function stateDue(feedId: string, at: number, more: Partial<FeedState> = {}): FeedState {
  return { feedId, failures: 0, totals, nextPoll: { at, reason: 'interval' }, ...more };
}

/** The end of a poll that was answered 429 with this Retry-After. */
export function refused({ state }: PollEnd, retryAfterMs: number): PollEnd {
  const endedAt = state.terms?.endedAt ?? 0;
  const lastPoll = {
    startedAt: endedAt,
    endedAt,
    outcome: 'failed' as const,
    status: 429,
    url: 'https://example.org/feed',
    hops: [],
    events: 0,
    wireBytes: 0,
  };
  return { state: { ...state, lastPoll, terms: { endedAt, hasValidators: true, retryAfterMs } } };
}

export function feedOn(lane: Partial<Lane>, id: string, plan: Partial<PollPlan> = {}): TestFeed {
  return {
    id,
    url: `https://${lane.id ?? 'example.org'}/${id}`,
    lane: { id: 'example.org', gapMs: 2_000, concurrency: 1, ...lane },
    plan: { feedId: id, defaultIntervalMs: hour, documentHints: true, ...plan },
  };
}

export function feedsOn(lane: Partial<Lane>, count: number): TestFeed[] {
  return Array.from({ length: count }, (_, index) => feedOn(lane, `feed-${index}`));
}

export class World {
  readonly clock = new FakeClock();
  readonly polls: SeenPoll[] = [];
  readonly states = new Map<string, FeedState>();
  readonly lines: { level: string; event: string }[] = [];
  readonly crashes: unknown[] = [];
  readonly faults: string[] = [];
  pollMs = 300;
  /** Changes how the next polls end; thrown errors are the poll's. */
  ending: (feed: TestFeed, end: PollEnd) => PollEnd = (_feed, end) => end;
  /** Feeds whose memory a poll cannot read. */
  readonly unreadable = new Set<string>();
  /** What the store throws instead of answering. */
  readFault: Error | undefined;
  /** Feeds whose record cannot be read. */
  readonly damaged = new Set<string>();
  lanes = new MemoryLanes(this.clock);

  get store(): Pick<StateStore, 'readStates' | 'writeState'> {
    return {
      readStates: async (ids) => {
        if (this.readFault) throw this.readFault;
        const feedId = ids.find((id) => this.damaged.has(id));
        if (feedId !== undefined) throw new StoreError('store-corrupt', 'damaged', { feedId });
        return new Map(
          ids.flatMap((id) => {
            const state = this.states.get(id);
            return state ? [[id, state]] : [];
          }),
        );
      },
      writeState: async (state) => void this.states.set(state.feedId, state),
    };
  }

  scheduler(options: Partial<SchedulerOptions<TestFeed>> = {}) {
    const note = (level: string) => (_fields: object, event: string) =>
      void this.lines.push({ level, event });
    const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
    return createScheduler<TestFeed>({
      lanes: this.lanes,
      states: this.store,
      clock: this.clock,
      log,
      startSpreadMs: 0,
      maxConcurrentLanes: 100,
      onCrash: (error) => this.crashes.push(error),
      onStoreFault: (code) => this.faults.push(code),
      laneAt: (_url, { lane }) => lane,
      poll: (source, states) => this.#poll(source, states),
      ...options,
    });
  }

  /** Lets the polls that run end. */
  async stop(scheduler: Scheduler<TestFeed>): Promise<void> {
    const stopping = scheduler.stop();
    await this.clock.advance(this.pollMs);
    await stopping;
  }

  /** As after a restart: the stored states are all that is left. */
  restart(): void {
    this.lanes = new MemoryLanes(this.clock);
  }

  pollsOf(feedId: string): number[] {
    return this.polls.filter((poll) => poll.feedId === feedId).map(({ startedAt }) => startedAt);
  }

  /** The most polls that ran at one time. */
  get mostAtOnce(): number {
    const moments = this.polls.flatMap(({ startedAt, endedAt = Number.POSITIVE_INFINITY }) => [
      [startedAt, 1] as const,
      [endedAt, -1] as const,
    ]);
    moments.sort(([one, change], [other, otherChange]) => one - other || change - otherChange);
    let running = 0;
    let most = 0;
    for (const [, change] of moments) {
      running += change;
      most = Math.max(most, running);
    }
    return most;
  }

  async #poll({ id, url, lane, feeds }: Source<TestFeed>, states: ReadonlyMap<string, FeedState>) {
    const faults = feeds
      .filter((feed) => this.unreadable.has(feed.id))
      .map((feed) => Object.assign(new StoreError('store-corrupt', 'damaged'), { feedId: feed.id }));
    const read = feeds.filter((feed) => !this.unreadable.has(feed.id));
    if (read.length === 0) return { ends: [], faults };
    const feedIds = read.map((feed) => feed.id);
    const seen: SeenPoll = { feedId: id, feedIds, url, laneId: lane.id, startedAt: this.clock.now() };
    this.polls.push(seen);
    await wait(this.clock, this.pollMs);
    const endedAt = this.clock.now();
    seen.endedAt = endedAt;
    const ends = read.map((feed) => this.ending(feed, this.#end(feed, seen.startedAt, states.get(feed.id))));
    const longest = longestOf(ends.map(({ state }) => state.nextPoll));
    for (const { state } of ends) {
      this.states.set(state.feedId, { ...state, nextPoll: inSource(state.nextPoll, longest) });
    }
    return { ends: ends.map(({ state }) => ({ state: this.states.get(state.feedId) ?? state })), faults };
  }

  #end({ id, plan }: TestFeed, requestedAt: number, before: FeedState | undefined): PollEnd {
    const endedAt = this.clock.now();
    const nextPoll: NextPoll = {
      at: endedAt + (plan.intervalMs ?? plan.defaultIntervalMs),
      reason: 'interval',
    };
    const { url, adopted } = before ?? {};
    return {
      state: stateDue(id, nextPoll.at, {
        requestedAt,
        terms: { endedAt, hasValidators: true },
        ...(url !== undefined && { url }),
        ...(adopted && { adopted }),
      }),
    };
  }
}
