// Judges the log of a scoring origin by the numbered rules of POLITENESS.md. Pure: visits in, a tally out. It
// shares no code with the program; what an answer asks for is stated by the scenario that gave it.

import { type Asks, dayMs, minuteMs } from './answer.ts';
import { judgeGone, judgeMoves } from './judge-moves.ts';
import { type Known, knownAfter, unknown } from './known.ts';
import { isRepeat, type Resource, type Visit } from './scoring-origin.ts';
import { type Rule, Tally } from './tally.ts';

/** Visits of one program in the order in which they came, and the times at which it was restarted or reloaded. */
export interface Log {
  readonly visits: readonly Visit[];
  readonly restarts: readonly number[];
  /** When the watch ended; at the last visit if nobody says. */
  readonly endedAt?: number;
}

/** POLITENESS §2: no hint holds longer. */
const capMs = 7 * dayMs;

export function judge({ visits, restarts, ...log }: Log, tally = new Tally()): Tally {
  const endedAt = log.endedAt ?? visits.at(-1)?.at ?? 0;
  for (const visit of visits) judgeManners(visit, visits, tally);
  const resources = new Set(visits.flatMap(({ resource }) => resource ?? []));
  for (const resource of resources) {
    const own = visitsOf(resource, visits);
    judgeResource(own, restarts, tally);
    judgeGone(resource, own, endedAt, tally);
  }
  judgeMoves(visits, endedAt, tally);
  for (const lane of new Set([...resources].flatMap(({ lane }) => lane?.name ?? []))) {
    judgeLane(
      visits.filter(({ resource }) => resource?.lane?.name === lane),
      tally,
    );
  }
  return tally;
}

function visitsOf(resource: Resource, visits: readonly Visit[]): Visit[] {
  return visits.filter((visit) => visit.resource === resource);
}

/** What holds for every request whatever came before it. */
function judgeManners(visit: Visit, [first = visit]: readonly Visit[], tally: Tally): void {
  const { resource, method, target, asked } = visit;
  const agent = theOnly(visit, 'user-agent') ?? '';
  tally.check(2, method === 'GET', visit, `a ${method}, not a GET`);
  tally.check(16, resource !== undefined, visit, `asked for ${target}, which nobody configured`);
  tally.check(15, !asked.has('cookie') && !asked.has('referer'), visit, 'sent a Cookie or a Referer');
  tally.check(
    15,
    mayAuthorize(visit),
    visit,
    'sent an Authorization that is not configured for it, or not the one that is',
  );
  tally.check(17, !asked.has('cache-control') && !asked.has('pragma'), visit, 'asked caches to step aside');
  tally.check(18, /\bgzip\b/.test(theOnly(visit, 'accept-encoding') ?? ''), visit, 'did not offer gzip');
  const manipulation = asked.has('if-none-match') ? 'feed' : undefined;
  tally.check('§6', theOnly(visit, 'a-im') === manipulation, visit, 'A-IM: feed goes with If-None-Match');
  tally.check(19, /^\S+\/\S+ \(\+https?:\/\/\S+\)$/.test(agent), visit, `named itself "${agent}"`);
  tally.check(19, agent === theOnly(first, 'user-agent'), visit, `changed its name to "${agent}"`);
}

/** The one that is configured; to an origin that challenges also none, at first. */
function mayAuthorize(visit: Visit): boolean {
  const { authorization, isChallenging } = visit.resource ?? {};
  const sent = theOnly(visit, 'authorization');
  return sent === authorization || (isChallenging === true && sent === undefined);
}

function judgeResource(visits: readonly Visit[], restarts: readonly number[], tally: Tally): void {
  let known = unknown;
  let last: Visit | undefined;
  for (const visit of visits) {
    judgeValidators(visit, known, tally);
    if (last && !isRepeat(visit, last)) judgeWaits(visit, last, known, restarts, tally);
    known = knownAfter(known, visit);
    last = visit;
  }
}

/** Rules 1 to 9. */
function judgeValidators(visit: Visit, known: Known, tally: Tally): void {
  const { pair, given, last, hasDropped } = known;
  const etag = theOnly(visit, 'if-none-match');
  const modified = theOnly(visit, 'if-modified-since');
  const isPair = etag === pair.etag && modified === pair.modified;
  const sent = `sent ${shown(etag)} and ${shown(modified)}, known are ${shown(pair.etag)} and ${shown(pair.modified)}`;
  const check = (rule: Rule, holds: boolean) => tally.check(rule, holds, visit, sent);
  const knowsAny = pair.etag !== undefined || pair.modified !== undefined;
  if (knowsAny) check(1, etag !== undefined || modified !== undefined);
  if (pair.modified !== undefined) check(3, modified === pair.modified);
  if (pair.etag !== undefined) check(4, etag === pair.etag);
  check(5, (etag === undefined || given.has(etag)) && (modified === undefined || given.has(modified)));
  if (last === 'nothing-yet') return;
  check(6, isPair);
  if (last === 'same-body' || last === 'moved-by-304') check(7, isPair);
  if (hasDropped || last === 'bare-304') check(8, isPair);
  if (last === 'failure' && knowsAny) check(9, isPair);
}

/** Rules 10 to 14, and the further terms of §2. */
function judgeWaits(visit: Visit, last: Visit, known: Known, restarts: readonly number[], tally: Tally) {
  const asks: Asks = last.answer?.asks ?? {};
  // An answer that never ended has no end to count from.
  const from = last.endedAt ?? last.at;
  const freshnessMs = asks.freshnessMs ?? (last.answer?.status === 304 ? known.lifetimeMs : 0);
  const terms: readonly [Rule, string, number][] = [
    [10, 'its own interval', known.ownMs],
    [21, 'the longest interval of the lines that share it', sharedMs(visit, known)],
    [11, 'max-age or Expires', freshnessMs],
    [12, 'Retry-After', asks.retryAfterMs ?? 0],
    ['§2', 'the spent quota', asks.quotaMs ?? 0],
    ['§2', 'the backoff', asks.backoffMs ?? 0],
    ['§2', 'ttl', known.hints.ttlMs ?? 0],
  ];
  const longestMs = Math.max(...terms.map(([, , waitMs]) => Math.min(waitMs, capMs)));
  const how = (what: string, waitMs: number) =>
    `came ${minutes(visit.at - from)} after the answer, ${what} asks for ${minutes(waitMs)}`;
  for (const [rule, what, askedMs] of terms) {
    const waitMs = Math.min(askedMs, capMs);
    if (waitMs > 0) tally.check(rule, visit.at - from >= waitMs, visit, how(what, waitMs));
  }
  const isLate = visit.at - from >= longestMs;
  if (restarts.some((at) => at > last.at && at < visit.at)) {
    tally.check(13, isLate, visit, how('the longest term, over a restart or reload,', longestMs));
  }
  tally.check(14, isLate, visit, how('the longest term', longestMs));
  const { skips } = known.hints;
  if (skips) tally.check('§2', !skips(visit.at), visit, 'came in an hour that the feed asks to skip');
}

/** Of a URL that several lines name: what any of them owes, all of them wait. */
function sharedMs({ resource }: Visit, { ownMs }: Known): number {
  const { lines = [] } = resource ?? {};
  return lines.length > 1 ? Math.max(ownMs, ...lines.map(({ intervalMs = 0 }) => intervalMs)) : 0;
}

/** §5: one request at a time, the gap from end to start, a 429 holds them all, and a 503 its feed alone. */
function judgeLane(visits: readonly Visit[], tally: Tally): void {
  let heldUntil = 0;
  let last: Visit | undefined;
  for (const visit of visits) {
    const { gapMs = 0 } = visit.resource?.lane ?? {};
    if (last) {
      const freeAt = (last.endedAt ?? Number.POSITIVE_INFINITY) + gapMs;
      tally.check('§5', visit.at >= freeAt, visit, `came within the gap after ${last.resource?.name}`);
    }
    if (heldUntil > 0) tally.check('§5', visit.at >= heldUntil, visit, 'came while a 429 held the lane');
    const { retryAfterMs = 0 } = visit.answer?.status === 429 ? visit.answer.asks : {};
    if (visit.answer?.status === 503) judgeMates(visit, visits, tally);
    if (retryAfterMs > 0) heldUntil = Math.max(heldUntil, (visit.endedAt ?? visit.at) + retryAfterMs);
    last = visit;
  }
}

/** What one feed is told by a 503 is no reason to leave its neighbours alone. */
function judgeMates(refused: Visit, visits: readonly Visit[], tally: Tally): void {
  const { endedAt = refused.at, answer, resource } = refused;
  const until = endedAt + (answer?.asks.retryAfterMs ?? 0);
  const mate = visits.find((visit) => visit.resource !== resource && visit.at > endedAt && visit.at < until);
  tally.check('§5', mate !== undefined, refused, 'its 503 held the whole lane');
}

/** The value of a field that was sent once; one that was sent twice shows as both. */
function theOnly({ asked }: Visit, name: string): string | undefined {
  return asked.get(name)?.join(' and again ');
}

const shown = (validator: string | undefined) => (validator === undefined ? 'none' : `‹${validator}›`);
const minutes = (ms: number) => `${(ms / minuteMs).toFixed(2)} min`;
