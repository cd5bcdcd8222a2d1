// What the origin itself counts against one feed, from its log: the same numbers as `feedhook status --score`, by the
// words of POLITENESS.md §1, for rule 23. Pure, and without a line of the program.

import { dayMs } from './answer.ts';
import { type Known, knownAfter, unknown } from './known.ts';
import { isRepeat, type Visit } from './scoring-origin.ts';

export interface Counts {
  requests: number;
  conditional: number;
  unconditional: number;
  good: number;
  outOfSequence: number;
  madeUp: number;
  early: number;
  insideRetryAfter: number;
  shortestGapMs?: number;
  additions: number;
  cookies: number;
  referrers: number;
}

export const nothing: Readonly<Omit<Counts, 'shortestGapMs'>> = {
  requests: 0,
  conditional: 0,
  unconditional: 0,
  good: 0,
  outOfSequence: 0,
  madeUp: 0,
  early: 0,
  insideRetryAfter: 0,
  additions: 0,
  cookies: 0,
  referrers: 0,
};

/** POLITENESS §2: no hint holds longer. */
const capMs = 7 * dayMs;

/** `visits`: all that one feed caused, in their order. */
export function countVisits(visits: readonly Visit[]): Counts {
  const counts: Counts = { ...nothing };
  for (const group of Map.groupBy(visits, ({ url }) => url).values()) countUrl(group, counts);
  return counts;
}

/** Values of one header field that one URL gave: the last one, and all. */
interface Gave {
  last: string | undefined;
  readonly ever: Set<string>;
}

function countUrl(visits: readonly Visit[], counts: Counts): void {
  const tags: Gave = { last: undefined, ever: new Set() };
  const dates: Gave = { last: undefined, ever: new Set() };
  let known = unknown;
  let before: Visit | undefined;
  for (const visit of visits) {
    const { asked, resource } = visit;
    const tag = asked.get('if-none-match');
    const date = asked.get('if-modified-since');
    counts.requests += 1;
    counts[tag || date ? 'conditional' : 'unconditional'] += 1;
    for (const each of tag ?? []) counts[verdictOn(each, tags)] += 1;
    for (const each of date ?? []) counts[verdictOn(each, dates)] += 1;
    if (asked.has('cookie')) counts.cookies += 1;
    if (asked.has('referer')) counts.referrers += 1;
    if (!resource) counts.additions += 1;
    if (before && !isRepeat(visit, before)) countTime(visit, before, known, counts);
    take(tags, visit, 'etag');
    take(dates, visit, 'last-modified');
    known = knownAfter(known, visit);
    before = visit;
  }
}

function verdictOn(sent: string, { last, ever }: Gave): 'good' | 'outOfSequence' | 'madeUp' {
  if (sent === last) return 'good';
  return ever.has(sent) ? 'outOfSequence' : 'madeUp';
}

function take(gave: Gave, { answer, answered, endedAt }: Visit, name: 'etag' | 'last-modified'): void {
  if (!answer || endedAt === undefined) return;
  const value = answered[name] || undefined;
  if (answer.isDocument || (answer.status === 304 && value !== undefined)) gave.last = value;
  if (value !== undefined && gave.last === value) gave.ever.add(value);
}

function countTime({ at }: Visit, { answer, endedAt }: Visit, known: Known, counts: Counts): void {
  if (endedAt === undefined) return;
  const gapMs = at - endedAt;
  const { asks = {}, status } = answer ?? {};
  const freshMs = asks.freshnessMs ?? (status === 304 ? known.lifetimeMs : 0);
  if (gapMs < Math.min(freshMs, capMs)) counts.early += 1;
  if (gapMs < Math.min(asks.retryAfterMs ?? 0, capMs)) counts.insideRetryAfter += 1;
  counts.shortestGapMs = Math.min(counts.shortestGapMs ?? gapMs, gapMs);
}

/**
 * Where the daemon's own counts differ. Its shortest gap is measured from the other end of the wire, so it may be shorter
 * by the way there and back, which a busy machine makes long at the speed of this clock, and never longer.
 */
export function differences(own: Partial<Counts>, origin: Counts): string[] {
  const names = Object.keys(nothing) as (keyof typeof nothing)[];
  const differ = names
    .filter((name) => own[name] !== origin[name])
    .map((name) => `${name} ${own[name] ?? 'missing'}, the origin counts ${origin[name]}`);
  const { shortestGapMs: gapMs } = origin;
  const { shortestGapMs: ownMs = Number.POSITIVE_INFINITY } = own;
  if (gapMs === undefined || (ownMs <= gapMs && ownMs >= gapMs / 2)) return differ;
  return [...differ, `a shortest gap of ${own.shortestGapMs ?? 'none'} ms, the origin counts ${gapMs}`];
}
