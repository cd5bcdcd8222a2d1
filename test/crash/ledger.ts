// The only truth of a crash run: what was published, what each receiver was sent, what the origin was asked,
// and the rules that must hold between them. The daemon never sees it.

import type { OriginRequest } from '../../src/commands/demo/origin.ts';
import { type Arrival, isAcceptance } from '../../src/commands/demo/receiver.ts';
import { entryName } from '../../src/commands/demo/tally.ts';
import { type Told, toldBy } from './told.ts';

/**
 * - L0: only what was published as news is sent.
 * - L1: what was published, every endpoint accepts.
 * - L2: one id for an event, one event for an id, and for an endpoint one request, however often it is repeated.
 * - L3: the same id brings the same bytes to an endpoint.
 * - L4: every signature verifies.
 * - L5: repeats stay within what ran at the kills; none without a kill.
 * - L6: a feed is asked once per interval and kill, and validators vouch for nothing that is missing.
 * - L7: the store is sound, keeps its generation, and has nothing left to do when all is quiet.
 * - L8: the daemon starts after a kill and ends on SIGTERM with 0.
 * - L9: an endpoint in order accepts no entry of a feed before those that were published earlier.
 */
export type Rule = 'L0' | 'L1' | 'L2' | 'L3' | 'L4' | 'L5' | 'L6' | 'L7' | 'L8' | 'L9';

export interface Violation {
  readonly rule: Rule;
  /** How many kills there had been. */
  readonly kills: number;
  readonly text: string;
}

export interface PublishedEntry {
  readonly feedId: string;
  readonly entryId: string;
  /** The version of the feed that first held it. */
  readonly version: number;
}

export interface LedgerSetup {
  readonly endpointIds: readonly string[];
  /** Those that are told of the entries of a feed in order. */
  readonly orderedIds: readonly string[];
  /** Attempts that one endpoint is sent at a time. */
  readonly concurrency: number;
  readonly intervalMs: number;
  readonly startedAt: number;
}

interface Asked {
  requests: number;
  unconditional: number;
  knownVersion: number;
  lastAt: number;
}

export class Ledger {
  kills = 0;
  /** Entries that a check found missing. */
  missing = 0;
  /** Requests accepted beyond the first, under the same id. */
  duplicates = 0;
  readonly violations: Violation[] = [];
  /** What was accepted and may have been forgotten since, so that it is sent again. */
  #forgivable = 0;
  #isRollingBack = false;
  /** What was found before a roll-back is found again at another time, which its body says, and beside others. */
  #mayDiffer = false;
  readonly #setup: LedgerSetup;
  readonly #published = new Map<string, PublishedEntry>();
  /** entry -> endpoints that have accepted it. */
  readonly #accepted = new Map<string, Set<string>>();
  /** Published and not yet accepted everywhere, in the order published; what a check has reported missing leaves it. */
  readonly #open = new Map<string, PublishedEntry>();
  readonly #reported = new Set<string>();
  readonly #idOf = new Map<string, string>();
  readonly #eventOf = new Map<string, string>();
  readonly #bodyOf = new Map<string, string>();
  readonly #requestOf = new Map<string, string>();
  readonly #asked = new Map<string, Asked>();

  constructor(setup: LedgerSetup) {
    this.#setup = setup;
  }

  get published(): number {
    return this.#published.size;
  }

  get requests(): number {
    return [...this.#asked.values()].reduce((sum, { requests }) => sum + requests, 0);
  }

  /** True when every endpoint has accepted every entry that is not reported missing. */
  get isSettled(): boolean {
    return this.#open.size === 0;
  }

  notePublished(entry: PublishedEntry): void {
    const name = entryName(entry.feedId, entry.entryId);
    this.#published.set(name, entry);
    this.#open.set(name, entry);
  }

  /** From here on the store loses what it confirms. */
  beginRollBack(): void {
    this.#isRollingBack = true;
    this.#mayDiffer = true;
  }

  /** It has gone back to where it was. */
  endRollBack(): void {
    this.#isRollingBack = false;
  }

  noteRequest({ feedId, at, isConditional, knownVersion }: OriginRequest): void {
    const asked = this.#asked.get(feedId) ?? { requests: 0, unconditional: 0, knownVersion: 0, lastAt: at };
    asked.requests += 1;
    if (!isConditional) asked.unconditional += 1;
    asked.knownVersion = knownVersion ?? asked.knownVersion;
    asked.lastAt = at;
    this.#asked.set(feedId, asked);
  }

  noteArrival(endpointId: string, arrival: Arrival): void {
    const { webhookId, refusal } = arrival;
    if (refusal !== undefined) this.violate('L4', `${endpointId}: ${webhookId} does not verify: ${refusal}`);
    for (const each of toldBy(arrival)) {
      if (this.#published.has(each.name)) this.#compareIds(endpointId, each, arrival);
      else this.violate('L0', `${endpointId}: ${each.name} was sent and never published after the baseline`);
    }
    this.#compareBodies(`${endpointId} ${webhookId}`, arrival);
  }

  /** Its answer has left: only then is it accepted, since a sender that died before must send it again. */
  noteAnswered(endpointId: string, arrival: Arrival): void {
    if (!isAcceptance(arrival)) return;
    if (this.#isRollingBack) this.#forgivable += 1;
    const names = toldBy(arrival).flatMap(({ name }) => (this.#published.has(name) ? [name] : []));
    if (names.some((name) => this.#hasAccepted(endpointId, name))) this.duplicates += 1;
    for (const name of names) this.#accept(endpointId, name);
  }

  /** The rules that hold once everything published should have been delivered. */
  checkQuiet(now: number): void {
    for (const entry of this.#open.values()) this.#reportMissing(entry);
    this.#open.clear();
    this.#mayDiffer = false;
    this.#checkDuplicates();
    this.#checkRequests(now);
  }

  /** Feeds that nobody has asked for since `at`. */
  neglectedSince(at: number): string[] {
    return [...this.#asked].filter(([, { lastAt }]) => lastAt < at).map(([feedId]) => feedId);
  }

  violate(rule: Rule, text: string): void {
    this.violations.push({ rule, kills: this.kills, text });
  }

  #hasAccepted(endpointId: string, name: string): boolean {
    return this.#accepted.get(name)?.has(endpointId) ?? false;
  }

  #accept(endpointId: string, name: string): void {
    const isFirst = !this.#hasAccepted(endpointId, name);
    if (isFirst && this.#setup.orderedIds.includes(endpointId)) this.#checkOrder(endpointId, name);
    const endpoints = this.#accepted.get(name) ?? new Set();
    this.#accepted.set(name, endpoints.add(endpointId));
    if (endpoints.size === this.#setup.endpointIds.length) this.#open.delete(name);
  }

  #checkOrder(endpointId: string, name: string): void {
    const feedId = this.#published.get(name)?.feedId;
    for (const [earlier, entry] of this.#open) {
      if (earlier === name) return;
      if (entry.feedId === feedId && !this.#hasAccepted(endpointId, earlier))
        this.violate('L9', `${endpointId} accepted ${name} before ${earlier}`);
    }
  }

  #checkDuplicates(): void {
    const { endpointIds, concurrency } = this.#setup;
    const allowed = concurrency * endpointIds.length * this.kills + this.#forgivable;
    if (this.duplicates > allowed) this.#once('L5', '', `${this.duplicates} duplicates, ${allowed} allowed`);
  }

  #checkRequests(now: number): void {
    const { startedAt, intervalMs } = this.#setup;
    const most = Math.ceil((now - startedAt) / intervalMs) + this.kills + 1;
    for (const [feedId, { requests, unconditional }] of this.#asked) {
      if (requests > most)
        this.#once('L6', `${feedId} often`, `${feedId}: ${requests} requests, ${most} allowed`);
      if (unconditional > 1)
        this.#once('L6', `${feedId} blind`, `${feedId}: ${unconditional} requests without validators`);
    }
  }

  /** A count that is once too high stays so; one line says it. */
  #once(rule: Rule, about: string, text: string): void {
    if (this.#reported.has(`${rule} ${about}`)) return;
    this.#reported.add(`${rule} ${about}`);
    this.violate(rule, text);
  }

  #compareIds(endpointId: string, { name, type, id, ownId }: Told, { webhookId }: Arrival): void {
    const what = `${type} of ${name}`;
    const known = remember(this.#idOf, what, id);
    if (known !== id) this.violate('L2', `${what} has two ids, ${known} and ${id}`);
    const other = remember(this.#eventOf, id, what);
    if (other !== what) this.violate('L2', `${id} names two events, ${other} and ${what}`);
    if (ownId !== id) this.violate('L2', `${id} names itself ${ownId} in its body`);
    if (this.#mayDiffer) return;
    const request = remember(this.#requestOf, `${endpointId} ${what}`, webhookId);
    if (request !== webhookId)
      this.violate('L2', `${endpointId}: ${what} came in two requests, ${request} and ${webhookId}`);
  }

  #compareBodies(what: string, { bodyHash }: Arrival): void {
    if (this.#mayDiffer) return;
    if (remember(this.#bodyOf, what, bodyHash) !== bodyHash)
      this.violate('L3', `${what} was sent with two bodies`);
  }

  // Validators that vouch for an entry nobody was told of are how entries get lost for ever, so say which it was.
  #reportMissing({ feedId, entryId, version }: PublishedEntry): void {
    this.missing += 1;
    const known = this.#asked.get(feedId)?.knownVersion ?? 0;
    this.violate('L1', `${entryId} was never accepted everywhere`);
    if (known >= version)
      this.violate('L6', `${feedId}: the validators sent vouch for ${entryId}, which is missing`);
  }
}

/** What the map has for the key, after putting `value` there if it had nothing. */
function remember(map: Map<string, string>, key: string, value: string): string {
  const before = map.get(key);
  if (before !== undefined) return before;
  map.set(key, value);
  return value;
}
