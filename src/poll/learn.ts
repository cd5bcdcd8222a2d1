// What an answer teaches of one feed: whether something changed, which events that makes, and the memory that is to be
// written with them. Pure but for the clock; writes nothing, and decides nothing of the next poll.

import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { FeedConfig } from '../config/load.ts';
import { decode } from '../decode/decode.ts';
import { diffEntries, type EntryDiff } from '../diff/diff.ts';
import { type Code, DecodeError, ParseError } from '../errors.ts';
import type { StoredEvent } from '../model/event.ts';
import type { FeedFacts, FeedMemory, ParsedFeed } from '../model/feed.ts';
import type { DecodedFeed, FetchedDocument, FetchedFeed, PollNotes, PollOutcome } from '../model/poll.ts';
import { entryEvent } from '../outbox/event.ts';
import { type ParseLimits, parse } from '../parse/parse.ts';
import type { PollPlan } from '../schedule/next-poll.ts';

/** The memory is read at each poll, so a title of pages is cut. */
const maxTitleLength = 1_000;

export interface PolledFeed extends FeedConfig {
  readonly plan: PollPlan;
}

/** What an answer taught: how the poll ends, and the memory and events to commit, if any. */
export interface Learned {
  readonly outcome: PollOutcome;
  readonly code?: Code;
  readonly message?: string;
  /** Absent: what is known stays as it is. */
  readonly memory?: FeedMemory;
  readonly events: readonly StoredEvent[];
  readonly decoded?: DecodedFeed;
  readonly parsed?: ParsedFeed;
  /** How many entries of the document had been known before. */
  readonly knownEntries?: number;
  readonly notes?: PollNotes;
}

export interface LearnTools {
  readonly limits: ParseLimits;
  readonly clock: Pick<Clock, 'now'>;
}

export function learn(
  feed: PolledFeed,
  memory: FeedMemory,
  fetched: FetchedFeed,
  tools: LearnTools,
): Learned {
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
  tools: LearnTools,
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
    knownEntries: diff.known,
    notes: notesOf(parsed, diff),
    memory: {
      ...kept,
      ...(hasAny(fetched.validators) && { validators: fetched.validators }),
      // A partial document says nothing of the whole, so the next one must be read even if it is equal.
      ...(!isPartial && { bodyHash }),
      baseline: diff.baseline,
      rung: diff.rung,
      hints: parsed.hints,
      facts: factsOf(parsed),
      entries: diff.entries,
      sequence: diff.sequence,
      outbox: events.map((event) => event.id),
    },
  };
}

function movedValidators(memory: FeedMemory, validators: FeedMemory['validators']): { memory?: FeedMemory } {
  const now = validators && hasAny(validators) ? validators : undefined;
  const before = memory.validators;
  if (now?.url === before?.url && now?.etag === before?.etag && now?.lastModified === before?.lastModified)
    return {};
  const { validators: _, ...kept } = memory;
  return { memory: { ...kept, ...(now && { validators: now }) } };
}

function factsOf({ format, title, homePageUrl, language }: ParsedFeed): FeedFacts {
  return {
    format,
    ...(title !== undefined && { title: title.slice(0, maxTitleLength) }),
    ...(homePageUrl !== undefined && { homePageUrl }),
    ...(language !== undefined && { language }),
  };
}

/** Nothing is left out silently. */
function notesOf({ flaws }: ParsedFeed, { skipped, backfilled, rekeyed }: EntryDiff): PollNotes {
  const counts = { flaws: flaws.length, skipped, backfilled, rekeyed };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
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
