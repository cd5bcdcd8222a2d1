// Judges rule 22 by the log: an adopted permanent redirect leaves the old URL alone, nothing else is ever adopted, and a
// 410 that is confirmed ends the requests. Pure, and written from POLITENESS §3 and §4, not from the program.

import { dayMs } from './answer.ts';
import type { Resource, Visit } from './scoring-origin.ts';
import type { Tally } from './tally.ts';

/** §4: the same target on at least 3 polls over at least 7 days. */
const provingPolls = 3;
const provingMs = 7 * dayMs;
/** §3: the third 410 in a row, at least 24 h after the first. */
const parkingCount = 3;
const parkingMs = dayMs;
/** A daemon that would have come again has had the time to. */
const longEnoughMs = 2 * dayMs;

export function judgeMoves(visits: readonly Visit[], endedAt: number, tally: Tally): void {
  const adoptions = new Map<string, number>();
  const followers = followersIn(visits);
  const begun = visits.filter((visit) => !followers.has(visit) && locationOf(visit) !== undefined);
  for (const url of new Set(begun.map((visit) => visit.url))) {
    const starts = begun.filter((visit) => visit.url === url);
    judgeOld(url, starts, { visits, endedAt, adoptions, tally });
  }
  for (const visit of visits.filter(({ resource }) => resource?.of !== undefined)) {
    const isAdopted = (adoptions.get(visit.url) ?? Number.POSITIVE_INFINITY) < visit.at;
    const isMeant = followers.has(visit) || isAdopted;
    tally.check(22, isMeant, visit, 'came by itself, and no move there has proven itself');
  }
}

/** Those that a redirect has sent there by this very poll. */
function followersIn(visits: readonly Visit[]): ReadonlySet<Visit> {
  const sent = new Set<string>();
  const followers = new Set<Visit>();
  for (const visit of visits) {
    if (sent.delete(visit.url)) followers.add(visit);
    const location = locationOf(visit);
    if (location !== undefined) sent.add(location);
  }
  return followers;
}

interface Watch {
  readonly visits: readonly Visit[];
  readonly endedAt: number;
  /** URL -> when it was adopted. */
  readonly adoptions: Map<string, number>;
  readonly tally: Tally;
}

/** One URL where polls begin and that redirects: when its move is adopted, and that nobody comes any more from then on. */
function judgeOld(url: string, starts: readonly Visit[], watch: Watch): void {
  const { visits, endedAt, adoptions, tally } = watch;
  let proof: { readonly to: string; readonly since: number; readonly polls: number } | undefined;
  let adopted: { readonly to: string; readonly at: number } | undefined;
  for (const visit of starts) {
    if (adopted) {
      tally.check(22, false, visit, `${adopted.to} is its address since ${shown(adopted.at)}`);
      continue;
    }
    const journey = journeyFrom(visit, visits.slice(visits.indexOf(visit) + 1));
    if (!journey.isGood || journey.to === undefined) continue;
    const { to, end } = journey;
    const known = proof?.to === to ? proof : { to, since: end, polls: 0 };
    proof = { ...known, polls: known.polls + 1 };
    const isProven = proof.polls >= provingPolls && end - proof.since >= provingMs;
    if (isProven || isUpgrade(url, to)) adopted = { to, at: end };
  }
  if (!adopted) return;
  const { to, at } = adopted;
  adoptions.set(to, at);
  if (endedAt - at < longEnoughMs) return;
  const isAsked = visits.some((visit) => visit.url === to && visit.at > at);
  tally.checkSaid(22, isAsked, `${url} has moved to ${to} since ${shown(at)}, which nobody asked`);
}

interface Journey {
  /** Where the leading permanent redirects lead. */
  readonly to: string | undefined;
  /** The chain ended in a feed or in a 304. */
  readonly isGood: boolean;
  readonly end: number;
}

/** Follows one chain through what came after it; the visits of other chains lie in between. */
function journeyFrom(first: Visit, later: readonly Visit[]): Journey {
  let visit = first;
  let to: string | undefined;
  let isLeading = true;
  for (let rest = later; ; ) {
    const location = locationOf(visit);
    if (location === undefined) break;
    const status = visit.answer?.status ?? 0;
    isLeading &&= status === 301 || status === 308;
    if (isLeading) to = location;
    const next = rest.findIndex(({ url }) => url === location);
    const found = rest[next];
    if (!found) return { to, isGood: false, end: first.at };
    visit = found;
    rest = rest.slice(next + 1);
  }
  const { answer, endedAt } = visit;
  const isGood = endedAt !== undefined && (answer?.isDocument === true || answer?.status === 304);
  return { to, isGood, end: endedAt ?? visit.at };
}

/** §3: three times 410, then nothing. */
export function judgeGone(resource: Resource, visits: readonly Visit[], endedAt: number, tally: Tally): void {
  let row: Visit[] = [];
  let parked: Visit | undefined;
  for (const visit of visits) {
    if (parked)
      tally.check(22, false, visit, 'came although the origin has said three times that it is gone');
    row = visit.answer?.status === 410 ? [...row, visit] : [];
    const [first] = row;
    if (first && row.length >= parkingCount && visit.at - first.at >= parkingMs) parked ??= visit;
  }
  const since = parked?.endedAt;
  if (since === undefined || endedAt - since < longEnoughMs) return;
  const isAlone = visits.at(-1) === parked;
  tally.checkSaid(22, isAlone, `${resource.name} is gone since ${shown(since)} and was asked again`);
}

function locationOf({ answer, answered, url }: Visit): string | undefined {
  const { location } = answered;
  const isRedirect = [301, 302, 303, 307, 308].includes(answer?.status ?? 0);
  return isRedirect && location !== undefined ? new URL(location, url).href : undefined;
}

function isUpgrade(from: string, to: string): boolean {
  return to === from.replace(/^http:/, 'https:') && to !== from;
}

const shown = (at: number) => new Date(at).toISOString().slice(5, 16).replace('T', ' ');
