// Reads the archives of a document of which no entry was known (RFC 5005 §4), because entries may have come and left its
// window since the last poll. They belong to the same poll: one after the other at the pace of its lane, and nothing is
// written but that a request leaves, so that a crash on the way costs a repeat and never an entry. What a feed may have
// missed in them, missed.ts says; what is learned of it, lesson.ts.
// RFC 5005 §4: https://www.rfc-editor.org/rfc/rfc5005#section-4

import { type Clock, wait } from '../clock.ts';
import { decode } from '../decode/decode.ts';
import { type Code, DecodeError, ParseError } from '../errors.ts';
import type { FeedClient } from '../fetch/client.ts';
import { requestUrl } from '../fetch/redirect.ts';
import type { Entry } from '../model/entry.ts';
import type { ParsedFeed } from '../model/feed.ts';
import type { ArchiveFigures, Exchange, FetchedDocument, FetchedFeed } from '../model/poll.ts';
import { parse } from '../parse/parse.ts';
import type { StateStore } from '../ports.ts';
import type { Lane } from '../schedule/lane.ts';
import type { LearnTools, PolledFeed } from './learn.ts';
import { hasGap, type Lesson } from './lesson.ts';
import { missedIn } from './missed.ts';
import { archiveRequest, type PollOptions } from './request.ts';
import { termsWith } from './walk-terms.ts';

/**
 * No request of a walk leaves later than this after its document. The lane is taken all the while, and one that is
 * taken for two minutes looks like a stall (docs/operations.md, "Health").
 */
export const longestWalkMs = 80_000;

export interface WalkTools extends LearnTools {
  readonly clock: Clock;
  readonly client: Pick<FeedClient, 'fetch'>;
  readonly store: Pick<StateStore, 'noteRequest'>;
  /** Archives read in one poll. */
  readonly maxArchives: number;
}

/** Where the document came from. */
export interface WalkedSource {
  readonly url: string;
  readonly lane: Pick<Lane, 'gapMs'>;
}

/** What the archives had of one feed, all of them together. */
export interface Find {
  readonly entries: readonly Entry[];
  /** How many entries were known: above 0 the gap is closed. */
  readonly known: number;
}

/** How it ended. */
export interface Walk {
  /** Archives that were read and understood. */
  readonly read: number;
  readonly figures: ArchiveFigures;
  /** What the document, and the archives after it, ask of the next request. */
  readonly terms: FetchedFeed['terms'];
  /** By feed id, for each feed that had a gap. */
  readonly finds: ReadonlyMap<string, Find>;
  /** In words, why no further archive was read, while a gap is open. */
  readonly why?: string;
  /** Epoch ms of the last request; set when our own stop ended the walk, so that nothing of the poll may be kept. */
  readonly cutOffAt?: number;
}

/** `undefined`: no feed of the source has a gap. `lessons` are those of one answer, in the order of the source. */
export async function walkArchives(
  lessons: readonly Lesson[],
  source: WalkedSource,
  tools: WalkTools,
  options: PollOptions,
): Promise<Walk | undefined> {
  const gaps = lessons.filter(hasGap);
  const [first] = gaps;
  const { fetched, learned } = first ?? {};
  if (!first || fetched?.kind !== 'document' || !learned?.parsed) return undefined;
  const trail = new Trail(gaps, fetched, learned.parsed);
  for (;;) {
    const to = trail.next;
    const why = objection(to, trail, first.member.feed, source, tools);
    if (to === undefined || why !== undefined) return trail.end(why);
    await pause(trail.terms.endedAt + source.lane.gapMs, tools, options);
    if (options.signal?.aborted) return trail.cutOff();
    trail.askedAt = tools.clock.now();
    await noteDown(lessons, trail.askedAt, tools);
    options.wire?.(`* archive ${trail.read + 1}: no entry was known so far`);
    const archive = await tools.client.fetch(archiveRequest(to, first.member.feed, options));
    trail.count(to, archive);
    if (archive.kind === 'failed' && archive.code === 'aborted') return trail.cutOff();
    const failure = trail.take(archive, tools);
    if (failure !== undefined || trail.isDone) return trail.end(failure);
  }
}

/** Why the archive is not read; `undefined` if it may be. */
function objection(
  to: string | undefined,
  trail: Trail,
  { allowDowngrade }: PolledFeed,
  { url, lane }: WalkedSource,
  { clock, maxArchives }: WalkTools,
): string | undefined {
  if (to === undefined)
    return trail.read === 0 ? 'the document names no archive' : 'there are no more archives';
  const target = URL.canParse(to) ? new URL(to) : undefined;
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:') return 'the archive has no http: URL';
  const { host } = new URL(url);
  if (trail.read >= maxArchives) return `no more than ${maxArchives} archives are read (limits.maxArchives)`;
  if (target.host !== host) return `the archive is on another host, ${target.host}`;
  const isDowngrade = trail.documentUrl.startsWith('https:') && target.protocol === 'http:';
  if (isDowngrade && !allowDowngrade) return 'the document came by https:, its archive would not';
  if (trail.hasSeen(target)) return 'the archives lead back to where they began';
  if ((trail.terms.rateLimitMs ?? 0) > 0) return 'the quota of the origin is spent';
  const leavesAt = Math.max(clock.now(), trail.terms.endedAt + lane.gapMs);
  return leavesAt - trail.startedAt > longestWalkMs ? 'reading more archives would take too long' : undefined;
}

/** The gap of the lane, of which this is the only poll. */
async function pause(until: number, { clock }: WalkTools, { signal }: PollOptions): Promise<void> {
  const leftMs = until - clock.now();
  if (leftMs > 0) await wait(clock, leftMs, signal);
}

/** As before every request, so that the gap of the lane holds over a restart. */
async function noteDown(
  lessons: readonly Lesson[],
  requestedAt: number,
  { store }: WalkTools,
): Promise<void> {
  for (const { member } of lessons) {
    const { nextPoll } = member.noted;
    await store.noteRequest(member.feed.id, { requestedAt, nextPoll });
  }
}

/** The walk so far. */
class Trail {
  readonly documentUrl: string;
  readonly startedAt: number;
  /** Epoch ms of the last request. */
  askedAt: number;
  terms: FetchedFeed['terms'];
  next: string | undefined;
  read = 0;
  readonly #gaps: readonly Lesson[];
  readonly #open: Set<Lesson>;
  readonly #finds = new Map<string, Find>();
  readonly #seen = new Set<string>();
  readonly #named: string[] = [];
  readonly #exchanges: Exchange[] = [];
  #requests = 0;
  #wireBytes = 0;
  #entries: number;

  constructor(gaps: readonly Lesson[], { url, hops, terms }: FetchedDocument, document: ParsedFeed) {
    this.#gaps = gaps;
    this.#open = new Set(gaps);
    for (const { member } of gaps) this.#finds.set(member.feed.id, { entries: [], known: 0 });
    for (const visited of [url, ...hops.map((hop) => hop.url)]) this.#seen.add(hrefOf(new URL(visited)));
    this.documentUrl = url;
    this.startedAt = terms.endedAt;
    this.askedAt = gaps[0]?.member.startedAt ?? terms.endedAt;
    this.terms = terms;
    this.next = document.prevArchiveUrl;
    this.#entries = document.entries.length;
  }

  get isDone(): boolean {
    return this.#open.size === 0;
  }

  hasSeen(url: URL): boolean {
    return this.#seen.has(hrefOf(url));
  }

  /** A request that left counts, whatever came of it. */
  count(to: string, { figures, terms, status, url }: FetchedFeed): void {
    this.#named.push(hrefOf(new URL(to)));
    for (const visited of [to, url]) this.#seen.add(hrefOf(new URL(visited)));
    this.#exchanges.push(...figures.exchanges);
    this.#requests += figures.requests;
    this.#wireBytes += figures.wireBytes;
    this.terms = termsWith(this.terms, terms, status);
  }

  /** Returns, in words, why it cannot be taken. */
  take(archive: FetchedFeed, { limits }: WalkTools): string | undefined {
    const read = archive.kind === 'document' ? readArchive(archive, limits) : codeOf(archive);
    if (typeof read === 'string') return `the archive failed: ${read}`;
    if (this.#entries + read.entries.length > limits.maxEntries) {
      return `document and archives have over ${limits.maxEntries} entries (limits.maxEntries)`;
    }
    this.#entries += read.entries.length;
    this.read += 1;
    this.next = read.prevArchiveUrl;
    for (const lesson of this.#open) this.#search(lesson, read);
    return undefined;
  }

  #search(lesson: Lesson, archive: ParsedFeed): void {
    const { feed, memory: before } = lesson.member;
    const after = lesson.learned.memory ?? before;
    const { entries, known, isHistory } = missedIn(archive, { before, after, identity: feed.identity });
    const found = this.#finds.get(feed.id)?.entries ?? [];
    this.#finds.set(feed.id, { entries: [...found, ...entries], known });
    if (known > 0 || isHistory) this.#open.delete(lesson);
  }

  end(why = 'the archives go back to before the first poll, and none of their entries was known'): Walk {
    const isClosed = this.#gaps.every(({ member }) => (this.#finds.get(member.feed.id)?.known ?? 0) > 0);
    return {
      read: this.read,
      figures: {
        exchanges: this.#exchanges,
        requests: this.#requests,
        wireBytes: this.#wireBytes,
        named: this.#named,
      },
      terms: this.terms,
      finds: this.#finds,
      ...(!isClosed && { why }),
    };
  }

  cutOff(): Walk {
    return { ...this.end('cut off'), cutOffAt: this.askedAt };
  }
}

function readArchive(fetched: FetchedDocument, limits: WalkTools['limits']): ParsedFeed | Code {
  const { body, contentType, url } = fetched;
  try {
    const { text } = decode(body, contentType);
    return parse({ text, url, limits, ...(contentType !== undefined && { contentType }) });
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ParseError) return error.code;
    throw error;
  }
}

/** A 304 to a request without validators is a failure of its own. */
function codeOf(archive: Exclude<FetchedFeed, FetchedDocument>): Code {
  return archive.kind === 'failed' ? archive.code : 'unsolicited-304';
}

function hrefOf(url: URL): string {
  return requestUrl(url).href;
}
