// What an answer teaches of one feed: whether something changed, which events that makes, and the memory that is to be
// written with them. Pure but for the clock; writes nothing, and decides nothing of the next poll.

import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { FeedConfig } from '../config/load.ts';
import { decode } from '../decode/decode.ts';
import { diffEntries, type EntryDiff } from '../diff/diff.ts';
import { type Code, DecodeError, ParseError } from '../errors.ts';
import type { Entry } from '../model/entry.ts';
import type { FeedNotice, StoredEvent } from '../model/event.ts';
import type { FeedFacts, FeedMemory, ParsedFeed } from '../model/feed.ts';
import type { DecodedFeed, FetchedDocument, FetchedFeed, PollNotes, PollOutcome } from '../model/poll.ts';
import { entryEvent } from '../outbox/event.ts';
import { feedEvent } from '../outbox/feed-event.ts';
import { type ParseInput, type ParseLimits, parse } from '../parse/parse.ts';
import type { SeenDocuments } from '../parse/seen-documents.ts';
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
  /** Undated entries that a document may announce in which the ids changed in mass. */
  readonly floodLimit: number;
  readonly clock: Pick<Clock, 'now'>;
  /** What is remembered of earlier documents; absent: each is read in full. */
  readonly documents?: Pick<SeenDocuments, 'read'>;
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

/** What the same document teaches with the entries of its archives (RFC 5005), which continue it. */
export function learnMore(
  feed: PolledFeed,
  memory: FeedMemory,
  fetched: FetchedDocument,
  { learned, missed }: { readonly learned: Learned; readonly missed: readonly Entry[] },
  tools: LearnTools,
): Learned {
  const { parsed } = learned;
  if (!parsed || missed.length === 0) return learned;
  const whole = { ...parsed, entries: [...parsed.entries, ...missed] };
  const { notes, ...more } = learnFeed(feed, memory, fetched, whole, hashOf(fetched), tools);
  return { ...learned, ...more, ...(notes && { notes }) };
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
    const input: ParseInput = {
      text: decoded.text,
      url: fetched.url,
      limits: tools.limits,
      ...(fetched.contentType !== undefined && { contentType: fetched.contentType }),
    };
    parsed = tools.documents?.read(feed.id, input) ?? parse(input);
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
  return { ...learnFeed(feed, memory, fetched, parsed, bodyHash, tools), decoded, parsed };
}

function learnFeed(
  feed: PolledFeed,
  memory: FeedMemory,
  fetched: FetchedDocument,
  parsed: ParsedFeed,
  bodyHash: string,
  { clock, floodLimit }: LearnTools,
): Learned {
  const now = clock.now();
  const isPartial = fetched.status === 226;
  const diff = diffEntries({
    memory,
    feed: parsed,
    isPartial,
    initial: memory.beginsSilently ? 'none' : feed.initial,
    ...(feed.identity && { identity: feed.identity }),
    nowSeconds: Math.floor(now / 1000),
    floodLimit,
  });
  const about = {
    id: feed.id,
    url: feed.url,
    feedUrl: fetched.url,
    labels: feed.labels,
    facts: parsed,
    rawContent: feed.rawContent,
  };
  const events = [
    ...churnNotices(diff, bodyHash).map((notice) => feedEvent(notice, about, now)),
    ...diff.changes.map((change) => entryEvent(change, about, now)),
  ];
  const { validators: _, bodyHash: __, beginsSilently: ___, ...kept } = memory;
  return {
    outcome: diff.changes.length > 0 ? 'updated' : 'unchanged',
    events,
    knownEntries: diff.known,
    notes: notesOf(parsed, diff),
    memory: {
      ...kept,
      ...(hasAny(fetched.validators) && { validators: fetched.validators }),
      // A partial document says nothing of the whole, so the next one must be read even if it is equal.
      ...(!isPartial && { bodyHash }),
      hints: parsed.hints,
      facts: factsOf(parsed),
      ...knownAfter(diff),
      outbox: events.map((event) => event.id),
    },
  };
}

/** What the memory is to say of the entries. */
function knownAfter(diff: EntryDiff) {
  const { baseline, rung, keyRules, formerLadders, entries, window, sequence } = diff;
  return { baseline, rung, keyRules, formerLadders, entries, window, sequence };
}

/** Its id is made from what is stored and what was received, so that a poll repeated after a crash makes it again. */
function churnNotices({ churn, withheld, baseline }: EntryDiff, bodyHash: string): FeedNotice[] {
  if (!churn) return [];
  const step = `churn-${bodyHash.slice(0, 32)}`;
  return [{ type: 'feed.identity_churn', episodeAt: baseline.at * 1000, step, ...churn, withheld }];
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
function notesOf({ flaws }: ParsedFeed, { skipped, backfilled, rekeyed, withheld }: EntryDiff): PollNotes {
  const counts = { flaws: flaws.length, skipped, backfilled, rekeyed, withheld };
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
