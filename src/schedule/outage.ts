// Our own network is down: what then counts against no feed, who may still ask, and when it is over. Whether the
// evidence suffices is outage-evidence.ts; what becomes of feeds and lanes is outage-relief.ts.

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { hashFraction } from './hash-fraction.ts';
import { isPrivateHost } from './lane.ts';
import {
  type Attempt,
  type ForgivenFeed,
  forgivenFeeds,
  judgeOutage,
  type NotedAttempt,
  signOf,
} from './outage-evidence.ts';

export type { Attempt, ForgivenFeed } from './outage-evidence.ts';

export interface OwnOutageOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The feeds that were blamed before the outage was recognised: their states are to be written back. */
  readonly onBegin?: (feeds: readonly ForgivenFeed[]) => void;
  readonly onEnd?: () => void;
}

const windowMs = 2 * 60_000;
const maxWindow = 1_000;
/** Between two attempts of an outage. */
const attemptEveryMs = 60_000;
/** A lane whose turn it is not, although a minute is over, must not ask for it all the time. */
const shortestRestMs = 1_000;
/** With the wait for the next attempt ten minutes, as for overdue feeds after a start. */
const maxSpreadMs = 9 * 60_000;
/** Sites that one outage remembers, and sites without an excuse. */
const maxKnown = 1_000;

/** One outage, from the attempt that proves it to the answer that ends it. */
interface Outage {
  readonly beganAt: number;
  attempts: number;
  /** Sites that were asked, or wanted to ask, and when they last did; 0: not yet. */
  readonly askedAt: Map<string, number>;
  readonly lanes: Set<string>;
  lastAskedAt: number;
}

/**
 * Quiet, every attempt enters a window of two minutes. An attempt that fails the way a broken network makes them fail
 * has the window judged; if the fault is ours the outage *begins*: the feeds that the window blamed are handed to
 * `onBegin`, and the attempt itself counts already for nothing. From then on all attempts count for nothing. Lanes ask
 * `mayAsk`: one a minute may, the site first that was asked longest ago; the others rest for `restMs`, so that they
 * come back one by one, in the outage and after it. The first attempt with an HTTP answer that is no odd redirect ends
 * the outage: the window is emptied and we are quiet again. Nothing of this is stored: a restart learns it anew.
 *
 * A host of our own network says nothing of the way to the others and needs none of it, so it is left out of all this.
 */
export class OwnOutage {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onBegin: NonNullable<OwnOutageOptions['onBegin']>;
  readonly #onEnd: NonNullable<OwnOutageOptions['onEnd']>;
  #window: NotedAttempt[] = [];
  #outage: Outage | undefined;
  // A site that stays silent when another's answer has ended an outage is at fault itself. Without this, one broken
  // name among few sites would be taken for an outage over and over, and never be reported.
  readonly #unexcused = new Set<string>();

  constructor({ clock, log, onBegin = () => {}, onEnd = () => {} }: OwnOutageOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#onBegin = onBegin;
    this.#onEnd = onEnd;
  }

  get isOn(): boolean {
    return this.#outage !== undefined;
  }

  /** Takes the end of a fetch; true when our own network is at fault, so that the attempt counts against no feed. */
  note(attempt: Attempt): boolean {
    if (isOwnNetwork(attempt.site)) return false;
    const sign = signOf(attempt);
    const before = sign === 'answer' ? [] : attempt.before;
    const noted = { ...attempt, before, at: this.#clock.now(), sign };
    if (noted.sign === 'answer') {
      this.#unexcused.delete(noted.site);
      if (this.#outage) this.#end(this.#outage, noted);
    }
    this.#remember(noted);
    if (this.#outage) this.#outage.attempts++;
    else if (noted.sign === 'silence' || noted.sign === 'odd-redirect') this.#judge();
    return this.isOn;
  }

  /** Whether a lane may send a request to the site now; a yes in an outage is this minute's only one. */
  mayAsk(site: string): boolean {
    const outage = this.#outage;
    if (!outage || isOwnNetwork(site)) return true;
    const now = this.#clock.now();
    const lastAskedAt = this.#lastAskedAt(outage, now);
    const { askedAt } = outage;
    const own = askedAt.get(site) ?? 0;
    if (askedAt.has(site) || askedAt.size < maxKnown) askedAt.set(site, own);
    if (now < lastAskedAt + attemptEveryMs) return false;
    const before = [...askedAt].filter(([, at]) => at < own);
    // Those whose turn it is may have nothing due any more: after another minute they have missed it.
    if (before.length > 0 && now < lastAskedAt + 2 * attemptEveryMs) return false;
    for (const [missed] of before) askedAt.delete(missed);
    if (askedAt.has(site)) askedAt.set(site, now);
    outage.lastAskedAt = now;
    return true;
  }

  /**
   * For how long a lane that may not ask should rest; 0 when there is no outage. Those whose turn is near come back for
   * it, so that no site is passed over for ever; the rest come back spread.
   */
  restMs(laneId: string, site?: string): number {
    const outage = this.#outage;
    if (!outage) return 0;
    // More lanes than attempts in the longest spread make it no longer.
    if (outage.lanes.size * attemptEveryMs < maxSpreadMs) outage.lanes.add(laneId);
    const now = this.#clock.now();
    const untilNextMs = Math.max(0, this.#lastAskedAt(outage, now) + attemptEveryMs - now);
    const turnMs = turnsBefore(outage.askedAt, site) * attemptEveryMs;
    const spreadMs = outage.lanes.size * attemptEveryMs;
    const restMs = turnMs < maxSpreadMs ? turnMs : Math.ceil(hashFraction(laneId) * spreadMs);
    return Math.max(shortestRestMs, untilNextMs + restMs);
  }

  /** A clock that was ahead and is set right must not put off the next attempt by as much. */
  #lastAskedAt(outage: Outage, now: number): number {
    outage.lastAskedAt = Math.min(outage.lastAskedAt, now);
    return outage.lastAskedAt;
  }

  #remember(noted: NotedAttempt): void {
    const window = this.#window;
    // A clock that was set back would keep what it noted before for as long as it was ahead.
    if ((window.at(-1)?.at ?? 0) > noted.at) window.length = 0;
    const inTime = window.findIndex(({ at }) => at > noted.at - windowMs);
    const tooMany = window.length + 1 - maxWindow;
    window.splice(0, inTime < 0 ? window.length : Math.max(0, inTime, tooMany));
    window.push(noted);
  }

  #judge(): void {
    const window = this.#window;
    const isOurs = judgeOutage(window, (site) => this.#unexcused.has(site));
    if (!isOurs) return;
    const now = this.#clock.now();
    const { length: attempts } = window;
    this.#outage = { beganAt: now, lastAskedAt: now, attempts, askedAt: new Map(), lanes: new Set() };
    const forgiven = forgivenFeeds(window.slice(0, -1), isOurs);
    const code = window.at(-1)?.code;
    const fields = { ...this.#figures(this.#outage), forgiven: forgiven.length, ...(code && { code }) };
    this.#log.warn(fields, 'outage-began');
    this.#onBegin(forgiven);
  }

  #end(outage: Outage, { site }: NotedAttempt): void {
    if (this.#unexcused.size > maxKnown) this.#unexcused.clear();
    for (const each of this.#window) {
      if (each.sign === 'silence' && each.site !== site) this.#unexcused.add(each.site);
    }
    const seconds = Math.round((this.#clock.now() - outage.beganAt) / 1_000);
    this.#log.info({ ...this.#figures(outage), seconds }, 'outage-ended');
    this.#outage = undefined;
    this.#window = [];
    this.#onEnd();
  }

  #figures(outage: Outage): { readonly sites: number; readonly attempts: number } {
    const sites = new Set([...this.#window.map(({ site }) => site), ...outage.askedAt.keys()]);
    return { sites: sites.size, attempts: outage.attempts };
  }
}

/** How many sites are to be asked before this one: those asked longer ago, or as long ago and first to want it. */
function turnsBefore(askedAt: ReadonlyMap<string, number>, site: string | undefined): number {
  const own = site === undefined ? undefined : askedAt.get(site);
  if (own === undefined) return Number.POSITIVE_INFINITY;
  let turns = 0;
  let isBefore = true;
  for (const [other, at] of askedAt) {
    if (other === site) isBefore = false;
    else if (at < own || (at === own && isBefore)) turns += 1;
  }
  return turns;
}

// RFC 6762 §3 and RFC 8375 §3, `.internal` of ICANN, `.lan` of many routers; and a name without a dot, which no public
// resolver knows. https://www.rfc-editor.org/rfc/rfc6762#section-3 https://www.rfc-editor.org/rfc/rfc8375#section-3
const ownName = /^[^.:]+$|\.(?:local|internal|lan|home\.arpa)$/;

function isOwnNetwork(site: string): boolean {
  return isPrivateHost(site) || ownName.test(site);
}
