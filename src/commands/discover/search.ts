// The search for the feeds of one page, step by step: the URL itself, what its page names, what looks like a feed
// there, and known paths where nothing else was found. Says what was asked and what came of it; prints nothing.

import type { Code } from '../../errors.ts';
import type { ReadDocument } from '../read-document.ts';
import { type Candidate, candidatesOf, knownPathsOf, sameUrl } from './candidates.ts';
import { distinctFeeds, type FoundFeed, type Reading, readingOf } from './found-feed.ts';
import type { Answer, Inquiry } from './inquiry.ts';

/** What was asked and is no feed. */
export interface Miss extends Candidate {
  readonly code: Code;
  readonly message: string;
}

export interface NotAsked extends Candidate {
  readonly why: string;
}

export interface Discovery {
  /** The URL that was asked first, and where it led. */
  readonly asked: string;
  readonly url: string;
  /** Nobody said https, and it was asked alone. */
  readonly isHttpsAssumed?: true;
  /** Why http was asked although nobody said so. */
  readonly insteadOfHttps?: Code;
  /** What the URL itself is. */
  readonly is: 'feed' | 'document' | 'failed';
  readonly found: readonly FoundFeed[];
  readonly misses: readonly Miss[];
  readonly notAsked: readonly NotAsked[];
}

/** What one search may ask beyond the URL itself. */
const maxCandidates = 10;

/** No way to https at all. What a certificate or an answer says against it is no reason to go without. */
const unreachable: ReadonlySet<Code> = new Set(['connect-refused', 'connect-timeout']);

/** The URL may be wrong and its site still have feeds. */
const absent: ReadonlySet<Code> = new Set(['http-404', 'http-410']);

export interface Start {
  readonly url: string;
  /** False: https is only assumed. */
  readonly hasScheme: boolean;
}

export async function discover({ url: given, hasScheme }: Start, inquiry: Inquiry): Promise<Discovery> {
  const search = new Search(inquiry);
  let asked = given;
  let first = await search.start(asked);
  let insteadOfHttps: Code | undefined;
  if (first.kind === 'failed' && !hasScheme && unreachable.has(first.code)) {
    insteadOfHttps = first.code;
    asked = given.replace(/^https:/, 'http:');
    first = await search.start(asked);
  }
  const url = first.kind === 'notAsked' ? asked : first.fetched.url;
  if (first.kind === 'other') await search.page(first, url);
  if (first.kind === 'other' || (first.kind === 'failed' && absent.has(first.code)))
    await search.knownPaths(url);
  return {
    asked,
    url,
    ...(!hasScheme && insteadOfHttps === undefined && { isHttpsAssumed: true as const }),
    ...(insteadOfHttps !== undefined && { insteadOfHttps }),
    is: first.kind === 'feed' ? 'feed' : first.kind === 'other' ? 'document' : 'failed',
    ...search.result(),
  };
}

class Search {
  readonly #inquiry: Inquiry;
  readonly #readings: Reading[] = [];
  readonly #misses: Miss[] = [];
  readonly #notAsked: NotAsked[] = [];
  /** As `sameUrl` has them: what an answer came from, redirects included. */
  readonly #seen = new Set<string>();
  #left = maxCandidates;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
  }

  async start(url: string): Promise<Answer> {
    return this.#note({ url, source: 'given' }, await this.#inquiry.ask(url));
  }

  /** Anchors are guesses: asked when the link elements led to no feed. */
  async page({ text = '' }: ReadDocument & { readonly kind: 'other' }, url: string): Promise<void> {
    const { links, anchors } = candidatesOf(text, url);
    for (const candidate of links) await this.#ask(candidate);
    const why = 'it only looks like a feed, and others were found';
    for (const candidate of anchors) {
      if (this.#readings.length === 0 || this.#hasSeen(candidate)) await this.#ask(candidate);
      else this.#notAsked.push({ ...candidate, why });
    }
  }

  async knownPaths(url: string): Promise<void> {
    for (const candidate of knownPathsOf(url)) {
      if (this.#readings.length > 0) return;
      await this.#ask(candidate);
    }
  }

  result(): Pick<Discovery, 'found' | 'misses' | 'notAsked'> {
    return { found: distinctFeeds(this.#readings), misses: this.#misses, notAsked: this.#notAsked };
  }

  async #ask(candidate: Candidate): Promise<void> {
    if (this.#hasSeen(candidate)) return;
    if (this.#left === 0) {
      this.#notAsked.push({ ...candidate, why: `a search asks ${maxCandidates} URLs at most` });
      return;
    }
    this.#left -= 1;
    const answer = this.#note(candidate, await this.#inquiry.ask(candidate.url));
    const { insecureUrl } = candidate;
    if (answer.kind !== 'failed' || insecureUrl === undefined || this.#left === 0) return;
    this.#left -= 1;
    this.#note({ ...candidate, url: insecureUrl }, await this.#inquiry.ask(insecureUrl));
  }

  #hasSeen({ url }: Candidate): boolean {
    return this.#seen.has(sameUrl(url));
  }

  #note(candidate: Candidate, answer: Answer): Answer {
    this.#seen.add(sameUrl(candidate.url));
    if (answer.kind === 'notAsked') {
      this.#notAsked.push({ ...candidate, why: answer.why });
      return answer;
    }
    const { fetched } = answer;
    for (const { url } of [...fetched.hops, fetched]) this.#seen.add(sameUrl(url));
    if (answer.kind === 'feed') {
      this.#readings.push(readingOf(candidate, answer.fetched, answer.decoded, answer.parsed));
    } else {
      this.#misses.push({ ...candidate, code: answer.code, message: answer.message });
    }
    return answer;
  }
}
