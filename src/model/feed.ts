// The records of a feed: what a document said (ParsedFeed), and the two records that the store
// keeps of it, state (small, written at every poll) and memory (the truth, one atomic write).

import type { Category, Entry, KnownEntry, Person, Rung, Tombstone, WindowEntry } from './entry.ts';
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
  /** Where the document says that the feed lives now (itunes:new-feed-url). */
  readonly newFeedUrl?: string;
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
  readonly tombstones: readonly Tombstone[];
  readonly flaws: readonly ParseFlaw[];
}

/** Small facts of the feed that every event repeats. */
export interface FeedFacts {
  readonly format: FeedFormat;
  readonly title?: string;
  readonly homePageUrl?: string;
  readonly language?: string;
}

/** A rung under the key rules of a version: what a key was made by. */
export interface FormerLadder {
  readonly rung: Rung;
  readonly keyRules: number;
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
  /** What the last document said of itself, for events that come without one. */
  readonly facts?: FeedFacts;
  /** SHA-256 (base64url) of the entry key's value -> what is known of it. */
  readonly entries: ReadonlyMap<string, KnownEntry>;
  /** The entries of the last documents, in document order; absent in a record of an earlier version. */
  readonly window?: readonly WindowEntry[];
  /** Version of the rules by which the keys were made (diff/key-rules.ts); absent: 1. */
  readonly keyRules?: number;
  /** Other ladders by which keys that still live may have been made, the latest first. */
  readonly formerLadders?: readonly FormerLadder[];
  /** Entry events so far; the last one carries this number. */
  readonly sequence: number;
  /** Ids of stored events that are not yet in the delivery queue. */
  readonly outbox: readonly string[];
  /** The last move that only the document claimed and that was reported, so that it is reported once. */
  readonly claimedUrl?: string;
  /** The store was emptied after this feed had been polled: its first document announces nothing, whatever `initial` says. */
  readonly beginsSilently?: true;
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
  /** The configured URL that the next ones speak of: another one in feeds.yaml ends them, but not what receivers were told. */
  readonly url?: string;
  /** Where the feed moved for good: asked instead of the configured URL. Epoch ms. */
  readonly adopted?: { readonly url: string; readonly at: number };
  /** A permanent redirect that has not lasted long enough to be adopted. */
  readonly pendingMove?: { readonly to: string; readonly since: number; readonly polls: number };
  /** How many `feed.error` events this row of failures has brought. */
  readonly errorSteps?: number;
  /** A `feed.gone` of this row of failures was reported: 410 parked the feed, or 404 lasted 30 days. */
  readonly isReportedGone?: boolean;
  /** Epoch ms at which repeated 410s ended the polls. */
  readonly parkedAt?: number;
  /** How often the document changes, and when an always-304 origin was last asked unconditionally. Epoch ms. */
  readonly rhythm?: { readonly changedAt: number; readonly usualMs?: number; readonly probedAt?: number };
  readonly score?: PollScore;
  readonly lastPoll?: PollSummary;
  /** Epoch ms of the last good answer. */
  readonly lastSuccessAt?: number;
  readonly totals: PollTotals;
}

/**
 * What origins hold against pollers, counted over the life of the feed from the requests that left (docs/http.md,
 * "The score").
 */
export interface PollScore {
  readonly requests: number;
  readonly conditional: number;
  readonly unconditional: number;
  /** Sent validators: of the last good answer / of an earlier one / never given by this URL. */
  readonly good: number;
  readonly outOfSequence: number;
  readonly madeUp: number;
  /** Requests before the last answer's freshness was over, and inside its Retry-After. */
  readonly early: number;
  readonly insideRetryAfter: number;
  /** From the end of an answer to the next request for the same URL. */
  readonly shortestGapMs?: number;
  /** Requests for another URL than the configured one or one it led to; with a cookie; with a referrer. */
  readonly additions: number;
  readonly cookies: number;
  readonly referrers: number;
  /** What the sent validators are compared with; absent while another feed sends the requests for this one. */
  readonly given?: GivenValidators;
}

/** Digests of what one URL gave, so that the score depends on nothing that decides what is sent. */
export interface GivenValidators {
  readonly url: number;
  /** Of the last good answer. */
  readonly etag?: number;
  readonly lastModified?: number;
  /** Of answers before it, the latest first; at most eight. */
  readonly earlier?: readonly number[];
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
