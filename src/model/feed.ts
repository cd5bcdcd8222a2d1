// The records of a feed: what a document said (ParsedFeed), and the two records that the store
// keeps of it, state (small, written at every poll) and memory (the truth, one atomic write).

import type { Category, Entry, KnownEntry, Person, Rung } from './entry.ts';
import type { NextPoll, PollSummary, PollTerms, Validators } from './poll.ts';

export type FeedFormat =
  | 'atom10'
  | 'atom03'
  | 'rss090'
  | 'rss091'
  | 'rss092'
  | 'rss093'
  | 'rss094'
  | 'rss10'
  | 'rss20'
  | 'rss'
  | 'json10'
  | 'json11';

/** What the document itself asks of pollers. Minutes and GMT hours as in RSS 2.0. */
export interface DocumentHints {
  readonly ttlMinutes?: number;
  /** sy:updatePeriod divided by sy:updateFrequency. */
  readonly syMinutes?: number;
  readonly skipHours?: readonly number[];
  /** 0 is Sunday. */
  readonly skipDays?: readonly number[];
}

/** One thing in a document that could not be understood; the rest of the document still counts. */
export interface ParseFlaw {
  readonly message: string;
  /** Counted from 0; absent when the flaw concerns the feed itself. */
  readonly entryIndex?: number;
}

export interface ParsedFeed {
  readonly format: FeedFormat;
  readonly id?: string;
  readonly title?: string;
  readonly subtitle?: string;
  /** The page that the feed belongs to. */
  readonly homePageUrl?: string;
  readonly selfUrl?: string;
  readonly hubUrls: readonly string[];
  readonly prevArchiveUrl?: string;
  readonly language?: string;
  readonly updated?: string;
  readonly published?: string;
  readonly authors: readonly Person[];
  readonly contributors: readonly Person[];
  readonly categories: readonly Category[];
  readonly rights?: string;
  readonly image?: string;
  readonly hints: DocumentHints;
  /** In document order. */
  readonly entries: readonly Entry[];
  readonly flaws: readonly ParseFlaw[];
}

/** Small facts of the feed that every event repeats. */
export interface FeedFacts {
  readonly format: FeedFormat;
  readonly title?: string;
  readonly homePageUrl?: string;
  readonly language?: string;
}

/**
 * The truth about a feed: ONE record, written by ONE atomic set, so validators can never be newer
 * than the entries they vouch for, and any older version of it is safe.
 */
export interface FeedMemory {
  readonly feedId: string;
  readonly validators?: Validators;
  /** SHA-256 (hex) of the last decoded body; the same again needs no parsing. */
  readonly bodyHash?: string;
  /** The first parsed answer: epoch seconds, and how many entries it held. */
  readonly baseline?: { readonly at: number; readonly entries: number };
  readonly rung?: Rung;
  readonly hints: DocumentHints;
  /** SHA-256 (base64url) of the entry key's value -> what is known of it. */
  readonly entries: ReadonlyMap<string, KnownEntry>;
  /** Entry events so far; the last one carries this number. */
  readonly sequence: number;
  /** Ids of stored events that are not yet in the delivery queue. */
  readonly outbox: readonly string[];
}

/** What the next poll is decided from, and what people see. Never holds what an answer taught. */
export interface FeedState {
  readonly feedId: string;
  readonly nextPoll: NextPoll;
  /** Epoch ms at which the last request left; later than `terms.endedAt` when a crash cut it off. */
  readonly requestedAt?: number;
  /** What the last answer asked for, kept so that a changed interval needs no request to recompute. */
  readonly terms?: PollTerms;
  /** Failures in a row, and the time of the first of them (epoch ms). */
  readonly failures: number;
  readonly failingSince?: number;
  /** 410 answers in a row. */
  readonly gone?: { readonly since: number; readonly count: number };
  readonly lastPoll?: PollSummary;
  /** Epoch ms of the last good answer. */
  readonly lastSuccessAt?: number;
  readonly totals: PollTotals;
}

/** Counted over the life of the feed. Bytes saved compares each 304 with the last 200's size. */
export interface PollTotals {
  readonly polls: number;
  readonly requests: number;
  readonly unconditional: number;
  readonly notModified: number;
  readonly failed: number;
  readonly wireBytes: number;
  readonly savedBytes: number;
  /** Wire size of the last complete document. */
  readonly documentBytes: number;
}
