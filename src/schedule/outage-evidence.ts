// Whether the failures of the last two minutes are our own network's: pure, from the attempts alone. Decides neither
// what an outage changes nor when it ends; that is outage.ts.

import type { Code } from '../errors.ts';
import type { FeedState } from '../model/feed.ts';

/** One fetch as its end looked, whatever the number of feeds it was made for. */
export interface Attempt {
  /** The registrable domain that was asked: what fails apart from the others. */
  readonly site: string;
  readonly feedIds: readonly string[];
  /** The states of these feeds as they were before the attempt. */
  readonly before: readonly (FeedState | undefined)[];
  /** An HTTP answer came, whatever its status. */
  readonly answered: boolean;
  readonly code?: Code;
  /** Origin of the final URL, when another site redirected to it and what it answered is no feed. */
  readonly target?: string;
}

export interface NotedAttempt extends Attempt {
  readonly at: number;
  readonly sign: Sign;
}

/**
 * What an attempt says of our network: it is silent (against it), an answer (for it), an odd redirect (against it if
 * other sites lead to the same place), or nothing.
 */
export type Sign = 'silence' | 'answer' | 'odd-redirect' | 'none';

export interface ForgivenFeed {
  readonly feedId: string;
  readonly before: FeedState | undefined;
}

/** Fewer unrelated sites than this prove nothing by being silent. */
const minSites = 3;
const minShare = 0.8;
/** A portal is where more than one site leads to: one feed that became a web page is that feed's own affair. */
const minPortalSites = 2;

// Every way to end without an HTTP answer that a broken network has: a portal refuses or hijacks the name, the
// connection or the certificate. Not here: `blocked-address`, which is our own rule, `aborted`, which is our own stop,
// and what shows that some server spoke (`protocol`).
const silence = /^(?:dns-|connect-|tls-)|^(?:proxy-failed|headers-timeout|timeout)$/;

// One site alone can be refused, slow, or have a bad certificate. Only these say that there is no way out at all:
// ENETUNREACH and its like, and the ends that getaddrinfo calls EAI_AGAIN.
const noWayOut: ReadonlySet<Code> = new Set([
  'connect-unreachable',
  'dns-failed',
  'dns-refused',
  'dns-timeout',
]);

export function signOf({ answered, code, target }: Attempt): Sign {
  if (target !== undefined) return 'odd-redirect';
  if (answered) return 'answer';
  return code !== undefined && silence.test(code) ? 'silence' : 'none';
}

/**
 * Which attempts our own network explains, if it is at fault; `undefined` if it is not. `window` is in order and its
 * last attempt is the one to judge. `isUnexcused`: the site was still silent when another proved the network sound.
 */
export function judgeOutage(
  window: readonly NotedAttempt[],
  isUnexcused: (site: string) => boolean,
): ((attempt: NotedAttempt) => boolean) | undefined {
  const telling = window.filter(({ sign }) => sign !== 'none');
  const portal = portalOf(telling);
  const isOurs = ({ sign, target }: NotedAttempt) =>
    sign === 'silence' || (portal !== undefined && target === portal);
  const last = window.at(-1);
  if (last === undefined || !isOurs(last)) return undefined;
  const sites = new Set(telling.map(({ site }) => site));
  const holds = sites.size < minSites ? isCutOff(telling, last, isUnexcused) : isWidespread(telling, isOurs);
  return holds ? isOurs : undefined;
}

/** The one target that attempts at several sites ended at. */
function portalOf(telling: readonly NotedAttempt[]): string | undefined {
  const sitesOf = new Map<string, Set<string>>();
  for (const { target, site } of telling) {
    if (target === undefined) continue;
    sitesOf.set(target, (sitesOf.get(target) ?? new Set()).add(site));
  }
  const [first] = [...sitesOf].sort(([, a], [, b]) => b.size - a.size);
  return first !== undefined && first[1].size >= minPortalSites ? first[0] : undefined;
}

// By attempts, and by the last one of each site as well: three dead sites with sixty feeds are not the network.
function isWidespread(telling: readonly NotedAttempt[], isOurs: (attempt: NotedAttempt) => boolean): boolean {
  const lastOf = [...new Map(telling.map((attempt) => [attempt.site, attempt])).values()];
  const sites = lastOf.filter(isOurs).length;
  const attempts = telling.filter(isOurs).length;
  return sites >= minSites && sites >= minShare * lastOf.length && attempts >= minShare * telling.length;
}

function isCutOff(
  telling: readonly NotedAttempt[],
  last: NotedAttempt,
  isUnexcused: (site: string) => boolean,
): boolean {
  const speaks = last.sign === 'silence' && last.code !== undefined && noWayOut.has(last.code);
  return speaks && !isUnexcused(last.site) && telling.every(({ sign }) => sign === 'silence');
}

/**
 * Feeds against which attempts of the window were counted, with the state before the first of them. A feed that was
 * answered in between, or failed for a reason of its own, keeps what that made of it.
 */
export function forgivenFeeds(
  window: readonly NotedAttempt[],
  isOurs: (attempt: NotedAttempt) => boolean,
): ForgivenFeed[] {
  const first = new Map<string, FeedState | undefined>();
  for (const attempt of window) {
    for (const [index, feedId] of attempt.feedIds.entries()) {
      if (!isOurs(attempt)) first.delete(feedId);
      else if (!first.has(feedId)) first.set(feedId, attempt.before[index]);
    }
  }
  return [...first].map(([feedId, before]) => ({ feedId, before }));
}
