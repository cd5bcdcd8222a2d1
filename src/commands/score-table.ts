// `feedhook status --score`: what origins could hold against this poller, per feed and per lane. Pure: the counts
// are made where requests leave (docs/http.md, "The score"); here they are added up, judged and shown.

import type { FeedState, PollScore } from '../model/feed.ts';
import { laneScore } from '../schedule/score.ts';
import { span, table } from './table.ts';

export interface Scored {
  readonly id: string;
  readonly laneId: string;
  readonly state: FeedState | undefined;
}

export interface ScoreReport {
  readonly feeds: readonly { readonly id: string; readonly score?: PollScore }[];
  readonly lanes: readonly { readonly id: string; readonly score?: PollScore }[];
  /** What was counted that an origin could hold against us, in words; empty is good. */
  readonly heldAgainst: readonly string[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export function scoreReport(feeds: readonly Scored[]): ScoreReport {
  const lanes = Map.groupBy(feeds, ({ laneId }) => laneId);
  return {
    feeds: feeds.map(({ id, state }) => scored(id, state?.score)),
    lanes: [...lanes].map(([id, mates]) => {
      const scores = mates.flatMap(({ state }) => state?.score ?? []);
      return scored(id, scores.length > 0 ? laneScore(scores) : undefined);
    }),
    heldAgainst: feeds.flatMap(({ id, state }) => faultsOf(state).map((fault) => `${id}: ${fault}`)),
  };
}

function scored(id: string, score: PollScore | undefined): ScoreReport['feeds'][number] {
  if (!score) return { id };
  const { given: _, ...counts } = score;
  return { id, score: counts };
}

/** The rules of docs/http.md, "The score", as a publisher with a log would apply them. */
function faultsOf(state: FeedState | undefined): string[] {
  const { score, terms } = state ?? {};
  if (!score) return [];
  const counted = faultWords.flatMap(([key, words]) => (score[key] > 0 ? [counts(score[key], words)] : []));
  const leastMs = (terms?.hasValidators ?? true) ? hourMs : dayMs;
  const { shortestGapMs = leastMs } = score;
  return shortestGapMs < leastMs
    ? [...counted, `requests ${span(shortestGapMs)} apart (strict publishers ask for ${span(leastMs)})`]
    : counted;
}

function counts(count: number, words: string): string {
  return `${count} ${count === 1 ? words.replace(/^(\w+)s\b/, '$1') : words}`;
}

const faultWords = [
  ['outOfSequence', 'validators out of sequence'],
  ['madeUp', 'validators made up'],
  ['early', 'requests before max-age was over'],
  ['insideRetryAfter', 'requests inside Retry-After'],
  ['additions', 'requests for another URL than the configured one'],
  ['cookies', 'requests with a cookie'],
  ['referrers', 'requests with a referrer'],
] as const;

export function scoreText(report: ScoreReport): string {
  const { feeds, lanes, heldAgainst } = report;
  return [
    table(['FEED', ...heads], feeds.map(row)),
    '',
    table(['LANE', ...heads], lanes.map(row)),
    '',
    heldAgainst.length === 0
      ? 'Nothing was counted that an origin could hold against us.'
      : `An origin could hold this against us: ${heldAgainst.join('; ')}`,
  ].join('\n');
}

const heads = [
  'REQUESTS',
  'CONDITIONAL',
  'UNCONDITIONAL',
  'GOOD',
  'OUT OF SEQ',
  'MADE UP',
  'EARLY',
  'IN RETRY-AFTER',
  'SHORTEST GAP',
  'ADDITIONS',
  'COOKIES',
  'REFERRERS',
];

function row({ id, score }: ScoreReport['feeds'][number]): (string | number)[] {
  if (!score) return [id, ...heads.map(() => '-')];
  const { shortestGapMs: gap } = score;
  return [
    id,
    score.requests,
    score.conditional,
    score.unconditional,
    score.good,
    score.outOfSequence,
    score.madeUp,
    score.early,
    score.insideRetryAfter,
    gap === undefined ? '-' : span(gap),
    score.additions,
    score.cookies,
    score.referrers,
  ];
}
