// The truth about lanes, as Redis holds it: one hash of records, lane id -> text. What a change of one is, lane-scripts.ts
// decides; this calls it and reads the answer. Nobody else reads or writes that hash.

import type { Clock } from '../../../clock.ts';
import type { RedisLink } from '../server/link.ts';
import {
  claimLane,
  type LaneScript,
  reconcileLanes,
  releaseLanes,
  restLane,
  retireLanes,
  wakeLane,
} from './lane-scripts.ts';

/** Above the longest cap of a wait (7 days) and its jitter: docs/http.md. */
const longestHoldMs = 8 * 24 * 60 * 60_000;
/** Records in one call: a script of that many takes about 2 ms of the server. */
export const lanesTogether = 1_000;
const never = Number.POSITIVE_INFINITY;

/** When the job of a lane at rest is to be handed out; `Infinity`: there is to be no job. */
export interface LaneTurn {
  readonly lane: string;
  readonly at: number;
  /** There was no such lane, so its job is most likely to be made, not moved. */
  readonly isNew?: true;
}

export interface LaneRecord {
  readonly lane: string;
  /** As in LaneTurn. */
  readonly at: number;
  readonly isRunning: boolean;
  readonly isRetired: boolean;
}

/** What one who was handed a job is to do: poll the lane, give it back, or leave it alone, since it is another's. */
export type Claim = 'run' | 'lost' | { readonly at: number };

export class LaneRecords {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #key: string;

  constructor(link: RedisLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#key = link.key('lanes');
  }

  /** The lanes whose jobs are to be changed. */
  async reconcile(lanes: readonly (readonly [string, number])[], joins: boolean): Promise<LaneTurn[]> {
    const told = lanes.flatMap(([id, dueAt]) => [id, timeText(dueAt)]);
    const answer = (await this.#call(reconcileLanes, joins ? '1' : '0', ...told)) as number[];
    return threes(answer).map(([place, at, isNew]) => ({
      lane: lanes[place]?.[0] ?? '',
      at: timeOf(at),
      ...(isNew === 1 && { isNew: true as const }),
    }));
  }

  async retire(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#call(retireLanes, ...ids);
  }

  /** `undefined` where its job is right as it is. */
  async wake(lane: string, at: number): Promise<LaneTurn | undefined> {
    const answer = (await this.#call(wakeLane, lane, timeText(at))) as number;
    return answer === -1 ? undefined : { lane, at: answer };
  }

  async claim(lane: string, token: string, lock: string): Promise<Claim> {
    const answer = (await this.#call(claimLane, lane, token, lock)) as number;
    if (answer === 0) return 'run';
    return answer === -2 ? 'lost' : { at: timeOf(answer) };
  }

  /** Records how a run ended; `heldUntil` `undefined`: as it was. `lost`: another runs the lane now. */
  async rest(
    lane: string,
    token: string,
    dueAt: number,
    heldUntil: number | undefined,
  ): Promise<'lost' | { at: number }> {
    const held = heldUntil === undefined ? '' : String(Math.ceil(heldUntil));
    const answer = (await this.#call(restLane, lane, token, timeText(dueAt), held)) as number;
    return answer === -2 ? 'lost' : { at: timeOf(answer) };
  }

  /** Ends the runs of those of these lanes that nobody holds a lock of; returns them. */
  async release(lanes: readonly { lane: string; lock: string }[]): Promise<string[]> {
    if (lanes.length === 0) return [];
    const told = lanes.flatMap(({ lane, lock }) => [lane, lock]);
    const places = (await this.#call(releaseLanes, ...told)) as number[];
    return places.map((place) => lanes[place]?.lane ?? '');
  }

  async read(ids: readonly string[]): Promise<LaneRecord[]> {
    if (ids.length === 0) return [];
    const texts = await this.#link.ask((client) => client.hmget(this.#key, ...ids));
    const now = this.#clock.now();
    return ids.map((lane, place) => recordOf(lane, texts[place] ?? '', now));
  }

  /** All of them, some at a time; one that is added or removed meanwhile may be among them or not. */
  async *scan(): AsyncGenerator<LaneRecord[]> {
    for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
      const [next, flat] = await this.#link.ask((client) =>
        client.hscan(this.#key, cursor, 'COUNT', lanesTogether),
      );
      cursor = next;
      const now = this.#clock.now();
      yield flat.flatMap((lane, place) => (place % 2 ? [] : [recordOf(lane, flat[place + 1] ?? '', now)]));
    }
  }

  /** By its digest, and in full when the server does not know it: it forgets at a restart or a fail-over. */
  #call({ lua, sha }: LaneScript, ...args: readonly string[]): Promise<unknown> {
    const all = [String(this.#clock.now()), String(longestHoldMs), ...args];
    return this.#link.ask(async (client) => {
      try {
        return await client.evalsha(sha, 1, this.#key, ...all);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return await client.eval(lua, 1, this.#key, ...all);
      }
    });
  }
}

/** No record, or one that cannot be read, is a lane that was never known. */
export function recordOf(lane: string, text: string, now: number): LaneRecord {
  const [due = '', heldText = '', , fence = '', retired = '1'] = text.split('|');
  const held = Number(heldText) - now > longestHoldMs ? 0 : Number(heldText);
  return {
    lane,
    at: due === '' ? never : Math.max(Number(due), held),
    isRunning: fence !== '',
    isRetired: retired === '1',
  };
}

const timeOf = (answer: number) => (answer === -1 ? never : answer);
const timeText = (at: number) => (at === never ? '' : String(Math.max(0, Math.ceil(at))));

function threes(flat: readonly number[]): [number, number, number][] {
  const rows: [number, number, number][] = [];
  for (let place = 0; place < flat.length; place += 3)
    rows.push([flat[place] ?? 0, flat[place + 1] ?? 0, flat[place + 2] ?? 0]);
  return rows;
}
