// Replaying, releasing and dropping: who is meant is decided and changed by change-scripts.ts, endpoint by endpoint, oldest first.
// What is added meanwhile is left alone.

import type { Clock } from '../../../clock.ts';
import type { DeliveryState } from '../../../model/delivery.ts';
import type { DeliveryFilter } from '../../../ports.ts';
import type { RedisLink } from '../server/link.ts';
import { type Script, type ScriptArgument, script } from '../server/script.ts';
import { changeNamedScript, changeWalkScript } from './change-scripts.ts';
import { type Narrowed, narrowed } from './delivery-narrow.ts';
import type { RedisDeliveryQueue } from './delivery-queue.ts';
import type { DeliveryReader } from './delivery-reader.ts';
import type { DeliverySearch } from './delivery-search.ts';

/** Deliveries looked at, and perhaps changed, in one script: some milliseconds in which nobody else is served. */
const changedTogether = 100;

export interface Change {
  readonly verb: 'replay' | 'release' | 'drop';
  /** Those that it may concern. */
  readonly states: readonly DeliveryState[];
  readonly takesSkipped?: boolean;
}

export interface ChangeTools {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly queue: Pick<RedisDeliveryQueue, 'wake'>;
  readonly search: DeliverySearch;
  readonly reader: DeliveryReader;
}

/** As the scripts answer. */
export type Changed = readonly [changed: number, last: string, damaged: readonly string[]];

interface Asked {
  readonly filter: DeliveryFilter;
  readonly change: Change;
  /** Number of the last delivery that there was when it was asked. */
  readonly newest: string;
}

export class DeliveryChanges {
  readonly #tools: ChangeTools;
  readonly #walk: Script;
  readonly #named: Script;

  constructor(tools: ChangeTools) {
    this.#tools = tools;
    this.#walk = script(tools.link, changeWalkScript);
    this.#named = script(tools.link, changeNamedScript);
  }

  /** Returns how many were changed. */
  async make(filter: DeliveryFilter, change: Change): Promise<number> {
    const narrow = narrowed(filter);
    if (narrow.by === 'nothing') return 0;
    const { link, queue, search } = this.#tools;
    const newest = (await link.ask((client) => client.get(link.key('number')))) ?? '0';
    const asked = { filter, change, newest };
    let changed = 0;
    for (const endpointId of await search.endpointIds(narrow)) {
      const count = await this.#makeAt(endpointId, narrow, asked);
      if (count > 0) await queue.wake([endpointId]);
      changed += count;
    }
    return changed;
  }

  #makeAt(endpointId: string, narrow: Narrowed, asked: Asked): Promise<number> {
    if (narrow.by === 'states') return this.#changeWalked(endpointId, asked);
    if (narrow.by === 'heads') return this.#changeHeads(endpointId, asked);
    return narrow.by === 'event'
      ? this.#changeNamed(endpointId, [narrow.eventId], asked)
      : Promise.resolve(0);
  }

  async #changeWalked(endpointId: string, { filter, change, newest }: Asked): Promise<number> {
    const { feedId = '', since = '', until = '', state } = filter;
    const states = state === undefined ? change.states : change.states.filter((each) => each === state);
    if (states.length === 0) return 0;
    let count = 0;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const span = [feedId, since, until, ...states];
      const answer = await this.#walk(
        ...this.#verb(filter, change),
        endpointId,
        after,
        newest,
        changedTogether,
        ...span,
      );
      const [changed, last] = this.#told(endpointId, answer);
      count += changed;
      after = last === '' ? undefined : last;
    }
    return count;
  }

  /** All are read before the first is changed: a change may give the lane another head, which nobody meant. */
  async #changeHeads(endpointId: string, asked: Asked): Promise<number> {
    const eventIds = new Set<string>();
    for await (const some of this.#tools.search.heads(endpointId)) for (const id of some) eventIds.add(id);
    return this.#changeNamed(endpointId, [...eventIds], asked);
  }

  async #changeNamed(endpointId: string, eventIds: readonly string[], asked: Asked): Promise<number> {
    const { filter, change, newest } = asked;
    const { feedId = '', since = '', until = '' } = filter;
    let count = 0;
    for (let from = 0; from < eventIds.length; from += changedTogether) {
      const some = eventIds.slice(from, from + changedTogether);
      const answer = await this.#named(
        ...this.#verb(filter, change),
        endpointId,
        newest,
        feedId,
        since,
        until,
        ...some,
      );
      const [changed, , damaged] = this.#told(endpointId, answer);
      const [eventId] = damaged;
      // What is asked for by its name is not passed over in silence.
      if (filter.id !== undefined && eventId !== undefined) {
        throw this.#tools.reader.damaged({ endpointId, eventId }, 'it was left as it is');
      }
      count += changed;
    }
    return count;
  }

  /** The first arguments of both scripts. */
  #verb({ state, isHead }: DeliveryFilter, { verb, takesSkipped }: Change): ScriptArgument[] {
    return [this.#tools.clock.now(), verb, takesSkipped ? 1 : 0, state ?? '', isHead ? 1 : 0];
  }

  #told(endpointId: string, answer: unknown): Changed {
    const changed = answer as Changed;
    this.#tools.reader.tellOf(changed[2].map((eventId) => ({ endpointId, eventId })));
    return changed;
  }
}
