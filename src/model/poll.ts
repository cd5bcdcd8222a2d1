// One attempt to learn whether a feed changed: what the fetch brought, how the poll ended, when the next is due.

import type { Code } from '../errors.ts';

/** What an origin gave to make the next request conditional, byte for byte, and the URL that gave it. */
export interface Validators {
  readonly url: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

/** How a poll ended; `outage`: our own network failed, which counts against no feed. */
export type PollOutcome = 'updated' | 'unchanged' | 'notModified' | 'gone' | 'failed' | 'outage';

/** Why the next poll is when it is (in the order of docs/http.md); `-capped` is added when a cap bit. */
export type NextPollReason =
  | 'interval'
  | 'no-validators'
  | 'max-age'
  | 'expires'
  | 'ttl'
  | 'sy'
  | 'retry-after'
  | 'rate-limit'
  | 'failure-backoff'
  | 'gone-check'
  | 'schedule'
  | 'skip-hours'
  | 'skip-days'
  | 'lane'
  | 'start'
  | 'parked'
  | 'max-age-capped'
  | 'expires-capped'
  | 'ttl-capped'
  | 'sy-capped'
  | 'retry-after-capped'
  | 'rate-limit-capped'
  | 'failure-backoff-capped';

/** What is known of a request before its answer; a crash leaves it in force. */
export interface RequestNote {
  /** Epoch ms. */
  readonly requestedAt: number;
  /** Provisional. */
  readonly nextPoll: NextPoll;
}

export interface NextPoll {
  /** Epoch ms; Infinity for a feed that is parked. */
  readonly at: number;
  readonly reason: NextPollReason;
}

/** What an answer asked of the next request. Spans are milliseconds from the end of the answer. */
export interface PollTerms {
  /** Epoch ms of the end of the answer (or of the failure). */
  readonly endedAt: number;
  readonly freshnessMs?: number;
  readonly freshnessSource?: 'max-age' | 'expires';
  readonly retryAfterMs?: number;
  readonly rateLimitMs?: number;
  /** The header lines that the spans were read from, as they came, for people. */
  readonly said?: {
    readonly freshness?: string;
    readonly retryAfter?: string;
    readonly rateLimit?: string;
  };
  /** True when the answer is a 410. */
  readonly gone?: boolean;
  /** The lifetime that a 304 without one renews: of the last document, or of a later 304. No failure changes it. */
  readonly renewable?: Pick<PollTerms, 'freshnessMs' | 'freshnessSource' | 'said'>;
  /** Whether the last complete 200 carried a validator. */
  readonly hasValidators: boolean;
}

/** One hop of a redirect chain. */
export interface Hop {
  readonly url: string;
  readonly status: number;
}

/** One request as it left and what came back: what the score is counted from, not what was intended. */
export interface Exchange {
  readonly url: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly sent: {
    readonly ifNoneMatch?: string;
    readonly ifModifiedSince?: string;
    /** Names of headers that a poller must not send unasked: `cookie`, `referer`, `cache-control`, `pragma`. */
    readonly improper?: readonly string[];
  };
  /** Absent: no answer. */
  readonly status?: number;
  readonly received?: { readonly etag?: string; readonly lastModified?: string };
}

/** Sizes and times of one fetch. */
export interface FetchFigures {
  readonly exchanges: readonly Exchange[];
  readonly requests: number;
  /** Sent with If-None-Match or If-Modified-Since. */
  readonly conditional: boolean;
  readonly wireBytes: number;
  readonly decodedBytes: number;
  readonly durationMs: number;
  /** Of the archives that were read besides, which is not counted above. */
  readonly archives?: ArchiveFigures;
}

/** What it cost to read the archives of a document (RFC 5005 §4); none of the requests was conditional. */
export interface ArchiveFigures {
  readonly exchanges: readonly Exchange[];
  readonly requests: number;
  readonly wireBytes: number;
  /** The URLs that were asked, as the document and then each archive named them. */
  readonly named: readonly string[];
}

/** What every fetch says, whatever its end. */
interface FetchedBase {
  /** The URL that gave the last answer, or that failed. */
  readonly url: string;
  /** Redirects on the way, in order. */
  readonly hops: readonly Hop[];
  readonly figures: FetchFigures;
  /** What the final answer asked of the next request; `hasValidators` and `renewable` are left to the poll. */
  readonly terms: Omit<PollTerms, 'hasValidators' | 'renewable'>;
}

/** A complete 200 or 226: framing and content coding are proven complete, the XML is not yet. */
export interface FetchedDocument extends FetchedBase {
  readonly kind: 'document';
  readonly status: 200 | 226;
  readonly body: Uint8Array;
  readonly contentType?: string;
  readonly validators: Validators;
}

/** A 304 to a conditional request. */
export interface FetchedNotModified extends FetchedBase {
  readonly kind: 'notModified';
  readonly status: 304;
  /** The validators to keep from now on (docs/http.md); absent: drop both, poll unconditionally next. */
  readonly validators?: Validators;
}

/** Anything else; nothing that is known may change because of it. */
export interface FetchedFailure extends FetchedBase {
  readonly kind: 'failed';
  readonly status?: number;
  readonly code: Code;
  readonly message: string;
}

export type FetchedFeed = FetchedDocument | FetchedNotModified | FetchedFailure;

/** How the charset of a document was decided. */
export interface CharsetDecision {
  /** The label of the decoder used, lower case. */
  readonly charset: string;
  /** Names the rule, see docs/charset.md. */
  readonly reason: string;
  /** True when the bytes contradicted the rule and the documented recovery was used. */
  readonly recovered: boolean;
}

export interface DecodedFeed {
  readonly text: string;
  readonly charset: CharsetDecision;
}

/** What was left out or recognised without an event; only what happened is named. */
export interface PollNotes {
  /** Things in the document that could not be understood. */
  readonly flaws?: number;
  /** Entries with no id, link, title or text. */
  readonly skipped?: number;
  /** Older entries that slid into the window. */
  readonly backfilled?: number;
  /** Known entries that came back under new ids. */
  readonly rekeyed?: number;
  /** Entries of a document whose ids changed in mass that wait for the operator. */
  readonly withheld?: number;
  /** Archive documents (RFC 5005) that were read because no entry of the document was known. */
  readonly archives?: number;
  /** 1: no entry of the document was known, nor of its archives, so some may have been missed. */
  readonly possibleGap?: number;
}

/** The last poll as status and log show it. */
export interface PollSummary {
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: PollOutcome;
  readonly status?: number;
  readonly code?: Code;
  readonly message?: string;
  readonly url: string;
  readonly hops: readonly Hop[];
  readonly charset?: CharsetDecision;
  readonly entries?: number;
  readonly notes?: PollNotes;
  readonly events: number;
  readonly wireBytes: number;
}
