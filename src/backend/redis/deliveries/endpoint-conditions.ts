// What is stored of endpoints beyond their deliveries: target, condition, lane rule. Each change builds on the version that was
// read, and is thought over anew when another process was quicker.

import type { Clock } from '../../../clock.ts';
import type { EndpointCondition } from '../../../model/endpoint.ts';
import type { EndpointPlan } from '../../../ports.ts';
import { readCondition, writeCondition } from '../../condition-record.ts';
import { dueTimes, ruleOfPlan } from '../../plan-rules.ts';
import type { RedisLink } from '../server/link.ts';
import { type Script, script } from '../server/script.ts';
import {
  conditionScript,
  lookScript,
  pendingScript,
  placeScript,
  relaneScript,
  ruleScript,
} from './scripts/configure.ts';

/** Deliveries that get another place in one step. */
const placedTogether = 500;
/** Stored while places are given by another rule: until that is done, what is added has no lane. */
const mixed = 'mixed';

interface Stored {
  readonly version: string;
  readonly target: string | null;
  readonly condition: string;
  readonly lanes: string;
  readonly batchCount: number | null;
  readonly newest:
    | { readonly attempts: number; readonly dueAt: number; readonly addedAt: number }
    | undefined;
}

export class EndpointConditions {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #look: Script;
  readonly #give: Script;
  readonly #place: Script;
  readonly #pending: Script;
  readonly #relane: Script;
  readonly #setRule: Script;

  constructor(link: RedisLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#look = script(link, lookScript);
    this.#give = script(link, conditionScript);
    this.#place = script(link, placeScript);
    this.#pending = script(link, pendingScript);
    this.#relane = script(link, relaneScript);
    this.#setRule = script(link, ruleScript);
  }

  /** Returns the one before, `undefined` where there is no such endpoint. */
  async change(
    endpointId: string,
    change: (before: EndpointCondition) => EndpointCondition,
  ): Promise<EndpointCondition | undefined> {
    for (;;) {
      const key = this.#link.key('ep', endpointId);
      const [version, text] = await this.#link.ask((client) => client.hmget(key, 'version', 'condition'));
      if (version === null || version === undefined) return undefined;
      const before = readCondition(endpointId, text ?? '');
      const words = [endpointId, version, writeCondition(change(before)), this.#clock.now()];
      if ((await this.#give(...words)) === 1) return before;
    }
  }

  /** The endpoint as configured: a target, and each of its pending deliveries in its place. */
  async configure(plan: EndpointPlan): Promise<void> {
    const stored = await this.#read(plan.id);
    const { lanes, batchCount } = ruleOfPlan(plan);
    // Another count alone leaves everything in its place.
    const isSame = stored.lanes === lanes && (stored.batchCount === null) === (batchCount === null);
    const isSameRule = isSame && stored.batchCount === batchCount;
    const isSameTarget = stored.target === plan.target;
    if (!isSameRule || !isSameTarget) {
      const condition = isSameTarget ? stored.condition : keptOf(plan.id, stored.condition);
      const rule = isSame ? lanes : mixed;
      const words = [
        plan.id,
        stored.version,
        plan.target,
        condition,
        rule,
        batchCount ?? '',
        this.#clock.now(),
      ];
      if ((await this.#place(...words)) !== 1) return this.configure(plan);
    }
    if (!isSameRule || waitsTooLong(plan, stored)) await this.#relaneAll(plan);
  }

  async #read(endpointId: string): Promise<Stored> {
    const found = (await this.#look(endpointId)) as (string | null)[];
    const [version, target, condition, lanes, batchCount, attempts, due, added] = found;
    return {
      version: version ?? '0',
      target: target ?? null,
      condition: condition ?? '{}',
      lanes: lanes ?? 'none',
      batchCount: batchCount == null ? null : Number(batchCount),
      newest:
        attempts === undefined
          ? undefined
          : { attempts: Number(attempts), dueAt: Number(due), addedAt: Number(added) },
    };
  }

  /** In as many steps as it takes, so that others get their turn; the rule holds after the last one. */
  async #relaneAll(plan: EndpointPlan): Promise<void> {
    const { lanes } = ruleOfPlan(plan);
    const dueAt = dueTimes(plan);
    for (let after = '0'; ; ) {
      const rows = (await this.#pending(plan.id, after, placedTogether)) as string[];
      const words: string[] = [];
      for (let place = 0; place < rows.length; place += 4) {
        const [ev = '', number = '0', attempts, added] = rows.slice(place, place + 4);
        after = number;
        words.push(ev, attempts === '0' ? String(dueAt(Number(added))) : '');
      }
      if (words.length === 0) break;
      await this.#relane(plan.id, this.#clock.now(), numeral(plan.maxBlockMs), lanes, ...words);
    }
    await this.#setRule(plan.id, lanes);
  }
}

/** When the one that was added last waits longer than it would have to now. */
function waitsTooLong(plan: EndpointPlan, { newest }: Stored): boolean {
  return newest !== undefined && newest.attempts === 0 && newest.dueAt > dueTimes(plan)(newest.addedAt);
}

/** What another target leaves of a condition: the word of the operator. A damaged one cannot say that there was any. */
function keptOf(endpointId: string, condition: string): string {
  try {
    const { paused } = readCondition(endpointId, condition);
    return writeCondition(paused ? { paused } : {});
  } catch {
    return '{}';
  }
}

const numeral = (value: number) => (value === Number.POSITIVE_INFINITY ? 'inf' : value);
