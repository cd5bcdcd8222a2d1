// The words in which a scenario says what the origin answers: the status, the header fields byte for byte, the
// body, how it ends, and what all that asks of the next request. What it asks is stated here by hand, in
// milliseconds, so that the judge shares no parser with the program it judges.

import { noFeeds, rss } from './documents.ts';

export type Fields = Readonly<Record<string, string>>;

/** Milliseconds from the end of the answer before which the origin wants no further request. */
export interface Asks {
  /** max-age or Expires, less Age. 0 says "stale at once", which is not the same as saying nothing. */
  readonly freshnessMs?: number;
  readonly retryAfterMs?: number;
  readonly quotaMs?: number;
  /** What POLITENESS §2 and §3 ask of us after failures, whatever the origin says. */
  readonly backoffMs?: number;
  /** Of the document; in force until the next one. */
  readonly ttlMs?: number;
  readonly skips?: (at: number) => boolean;
}

export interface Answer {
  readonly status: number;
  /** Some depend on the time of the answer (Date, Expires, Retry-After). */
  readonly fields: (now: number) => Fields;
  readonly body: Uint8Array;
  /** Whether it is a complete feed, whose validators are to be kept. */
  readonly isDocument: boolean;
  /** slow: ten minutes from the first byte to the last. cut: half a body. never: no byte at all. */
  readonly ending: 'whole' | 'slow' | 'cut' | 'never';
  readonly asks: Asks;
}

interface Said {
  readonly etag?: string;
  readonly modified?: string;
  /** More header fields. */
  readonly fields?: Fields | ((now: number) => Fields);
  readonly body?: Uint8Array;
  readonly ending?: Answer['ending'];
  readonly asks?: Asks;
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

const nothing = new Uint8Array(0);

/** A complete 200 that brings a feed. */
export function feed(said: Said = {}): Answer {
  const body = said.body ?? rss();
  return answer(200, { ...said, body }, (said.ending ?? 'whole') !== 'cut');
}

/** A 226: only what is new. */
export function delta(said: Said): Answer {
  return answer(226, { body: rss(2), ...said, fields: { im: 'feed', ...given(said.fields, 0) } }, true);
}

/** A 200 that brings no feed, with validators that must not be kept. */
export function noFeed(kind: keyof typeof noFeeds, said: Said = {}): Answer {
  return answer(200, { ...said, body: noFeeds[kind] }, false);
}

export function notModified(said: Said = {}): Answer {
  return answer(304, said, false);
}

export function failure(status: number, said: Said = {}): Answer {
  return answer(status, { body: noFeeds.html, ...said }, false);
}

export function redirect(status: number, location: string, said: Said = {}): Answer {
  return answer(status, { ...said, fields: { location, ...given(said.fields, 0) } }, false);
}

/** The request is read, and that is all. */
export const silence: Answer = answer(200, { ending: 'never' }, false);

function answer(status: number, said: Said, isDocument: boolean): Answer {
  const { etag, modified, body = nothing, ending = 'whole', asks = {} } = said;
  return {
    status,
    body,
    isDocument,
    ending,
    asks,
    fields: (now) => ({
      date: new Date(now).toUTCString(),
      ...(body !== nothing && { 'content-type': 'application/rss+xml' }),
      ...(etag !== undefined && { etag }),
      ...(modified !== undefined && { 'last-modified': modified }),
      ...given(said.fields, now),
    }),
  };
}

function given(fields: Said['fields'] = {}, now: number): Fields {
  return typeof fields === 'function' ? fields(now) : fields;
}
