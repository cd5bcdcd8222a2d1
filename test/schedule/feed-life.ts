// A feed over days: answers go in, notices come out, and the state is kept between them as a poll keeps it.

import type { FeedNotice } from '../../src/model/event.ts';
import type { FeedState, ParsedFeed } from '../../src/model/feed.ts';
import type { FetchedFeed, Hop, PollOutcome, PollSummary } from '../../src/model/poll.ts';
import { endState, noteRequest, stateAtUrl } from '../../src/schedule/poll-state.ts';
import { type Standing, type StandingInput, standingAfter } from '../../src/schedule/standing.ts';
import { troubleAfter } from '../../src/schedule/trouble.ts';

export const start = Date.parse('2026-11-20T09:20:11.482Z');
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const feedUrl = 'https://example.org/feed';

export const emptyFeed: ParsedFeed = {
  format: 'rss20',
  hubUrls: [],
  authors: [],
  contributors: [],
  categories: [],
  hints: {},
  entries: [],
  tombstones: [],
  flaws: [],
};

/** What one poll met. */
export interface Met {
  /** 200 unless said. */
  readonly status?: number;
  /** From the status unless said: 410 is gone, 304 not modified, 2xx unchanged, the rest failed. */
  readonly outcome?: PollOutcome;
  readonly hops?: readonly Hop[];
  /** The URL of the last answer. */
  readonly url?: string;
  /** Absent: the document was the known one. */
  readonly parsed?: Partial<ParsedFeed> | undefined;
  readonly isConditional?: boolean;
  readonly knownEntries?: number;
  readonly hadKnown?: boolean;
}

/** `301 https://a.example/` as hops. */
export function hops(...lines: readonly string[]): Hop[] {
  return lines.map((line) => {
    const [status, url = ''] = line.split(' ');
    return { status: Number(status), url };
  });
}

function inWords(notice: FeedNotice): string {
  switch (notice.type) {
    case 'feed.error':
      return `error ${notice.step}`;
    case 'feed.recovered':
      return 'recovered';
    case 'feed.moved':
      return `moved ${notice.via} ${notice.to}`;
    case 'feed.gone':
      return `gone ${notice.polling}`;
    case 'feed.identity_churn':
      return `churn ${notice.matched}`;
  }
}

export class FeedLife {
  url: string;
  now = start;
  state: FeedState | undefined;
  baselineAt: number | undefined;
  claimedUrl: string | undefined;
  readonly told: FeedNotice[] = [];

  constructor(url = feedUrl) {
    this.url = url;
  }

  /** The notices so far in a word or two each. */
  get story(): string[] {
    return this.told.map(inWords);
  }

  /** The state as the next poll finds it. */
  get stored(): FeedState {
    if (!this.state) throw new Error('not polled yet');
    return stateAtUrl({ url: this.url }, this.state);
  }

  /** Decides without keeping anything: what a poll that a crash cuts off before its state does. */
  decide(met: Met, at = this.now): Standing {
    return standingAfter(this.#inputOf(met, at));
  }

  /** Polls after `waitMs`. */
  poll(met: Met, waitMs = 0): Standing {
    this.now += waitMs;
    const input = this.#inputOf(met, this.now);
    if (input.parsed) this.baselineAt ??= input.baselineAt;
    const standing = standingAfter(input);
    this.state = endState(input.before, input.fetched, {
      summary: input.summary,
      terms: { ...input.fetched.terms, hasValidators: true },
      nextPoll: input.nextPoll,
      standing: standing.state,
    });
    this.claimedUrl = standing.claimedUrl ?? this.claimedUrl;
    this.told.push(...standing.notices);
    return standing;
  }

  /** The same answer, again and again. */
  polls(count: number, met: Met, everyMs: number): this {
    for (let each = 0; each < count; each += 1) this.poll(met, everyMs);
    return this;
  }

  #inputOf(met: Met, at: number): StandingInput {
    const summary = summaryOf(met, this.url, at);
    const before = noteRequest('feed', this.state && this.stored, at, { at: at + hour, reason: 'interval' });
    const trouble = troubleAfter(before, summary);
    return {
      feed: { url: this.url },
      before,
      fetched: fetchedOf(met, summary),
      summary,
      ...(met.parsed && { parsed: { ...emptyFeed, ...met.parsed } }),
      knownEntries: met.knownEntries ?? 1,
      hadKnown: met.hadKnown ?? true,
      baselineAt: this.baselineAt ?? (met.parsed && Math.floor(at / 1000)),
      claimedUrl: this.claimedUrl,
      trouble,
      nextPoll:
        trouble.parkedAt === undefined
          ? { at: at + hour, reason: 'interval' }
          : { at: Number.POSITIVE_INFINITY, reason: 'parked' },
    };
  }
}

function summaryOf(met: Met, asked: string, at: number): PollSummary {
  const { status = 200, hops: walked = [] } = met;
  const outcome = met.outcome ?? outcomeOf(status);
  const isBad = outcome === 'failed' || outcome === 'gone';
  return {
    startedAt: at,
    endedAt: at,
    outcome,
    status,
    ...(isBad && { code: `http-${status}` as const, message: `the origin answered ${status}` }),
    url: met.url ?? asked,
    hops: walked,
    events: 0,
    wireBytes: 0,
  };
}

function outcomeOf(status: number): PollOutcome {
  if (status === 410) return 'gone';
  if (status === 304) return 'notModified';
  return status < 300 ? 'unchanged' : 'failed';
}

function fetchedOf(met: Met, { url, hops: walked, status = 200, endedAt, code }: PollSummary): FetchedFeed {
  const figures = {
    exchanges: [],
    requests: 1,
    conditional: met.isConditional ?? true,
    wireBytes: 0,
    decodedBytes: 0,
    durationMs: 0,
  };
  const base = { url, hops: walked, figures, terms: { endedAt } };
  if (status === 304) return { ...base, kind: 'notModified', status };
  if (status === 200 || status === 226) {
    return { ...base, kind: 'document', status, body: new Uint8Array(), validators: { url } };
  }
  return { ...base, kind: 'failed', status, code: code ?? 'timeout', message: '' };
}
