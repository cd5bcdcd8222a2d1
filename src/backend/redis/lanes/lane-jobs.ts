// The BullMQ jobs of the lanes: one eternal job a lane that rests for a time or runs, none for one that rests for ever. A job
// is the lane's timer and its lock and knows nothing more; a record that says otherwise is right, and `settle` makes the job
// follow it.

import { createHash } from 'node:crypto';
import { ErrorCode, Queue } from 'bullmq';
import type { RedisLink } from '../server/link.ts';
import { type LaneRecords, type LaneTurn, lanesTogether } from './lane-records.ts';

export const laneQueueName = 'poll';
/** BullMQ makes of each delayed job's time a score, so that jobs of one ms stay in order. */
const scoresPerMs = 0x1000;
/** BullMQ keeps this many notes of what happened for those who listen. Nobody does. */
const notesKept = 100;

export interface LaneJobData {
  readonly lane: string;
}

export class LaneJobs {
  readonly #link: RedisLink;
  readonly #records: LaneRecords;
  #queue: Queue<LaneJobData> | undefined;

  constructor(link: RedisLink, records: LaneRecords) {
    this.#link = link;
    this.#records = records;
  }

  /** Where BullMQ keeps the token of who holds a lane's job. */
  lockOf(lane: string): string {
    return `${this.#part(jobIdOf(lane))}:lock`;
  }

  /**
   * Makes the jobs follow what was just written of these lanes. Others write at the same time, each its record first and the
   * job after it: who looks at the record once more after the job sees whether another was quicker with the one and slower
   * with the other.
   */
  async settle(turns: readonly LaneTurn[]): Promise<void> {
    for (let open = [...turns]; open.length > 0; ) {
      const some = open.splice(0, lanesTogether);
      await this.#place(some);
      open.push(...(await this.changed(some)));
    }
  }

  /** What the records say by now of lanes whose jobs were placed like this, where it is something else. */
  async changed(placed: readonly LaneTurn[]): Promise<LaneTurn[]> {
    const records = await this.#records.read(placed.map(({ lane }) => lane));
    return records.filter(({ at, isRunning }, place) => !isRunning && at !== placed[place]?.at);
  }

  /** Ids of jobs of ours at rest, and when each is handed out (`0`: now); of those that run, too. */
  async times(): Promise<Map<string, number>> {
    const times = new Map<string, number>();
    for (const name of ['wait', 'active']) {
      for await (const ids of this.#pages((from, to) => this.#list(name, from, to)))
        for (const id of ids) if (isOurs(id)) times.set(id, 0);
    }
    for await (const flat of this.#pages((from, to) => this.#delayed(from, to), 2)) {
      for (let place = 0; place < flat.length; place += 2) {
        const id = flat[place] ?? '';
        if (isOurs(id)) times.set(id, Number(flat[place + 1]) / scoresPerMs);
      }
    }
    return times;
  }

  /** A job fails only where this program does, or by hand: away with it, so that another can be made. */
  async removeFailed(): Promise<void> {
    const key = this.#part('failed');
    const ids = await this.#link.ask((client) => client.zrange(key, 0, String(lanesTogether - 1)));
    await this.remove(ids.filter(isOurs));
  }

  /** A job that somebody holds stays: who holds it ends it. */
  async remove(jobIds: readonly string[]): Promise<void> {
    const queue = this.#open();
    for (let from = 0; from < jobIds.length; from += lanesTogether) {
      const some = jobIds.slice(from, from + lanesTogether);
      await this.#link.ask(() => Promise.all(some.map((id) => queue.remove(id))));
    }
  }

  /** Epoch ms at which the earliest job at rest was or is due. */
  async earliest(): Promise<number | undefined> {
    const [waiting, [, score]] = await Promise.all([
      this.#link.ask((client) => client.lindex(this.#part('wait'), -1)),
      this.#delayed(0, 0),
    ]);
    const times = score === undefined ? [] : [Number(score) / scoresPerMs];
    if (waiting) times.push(...(await this.#dueOf(waiting)));
    return times.length === 0 ? undefined : Math.floor(Math.min(...times));
  }

  async close(): Promise<void> {
    await this.#queue?.close();
  }

  async #dueOf(jobId: string): Promise<number[]> {
    const data = await this.#link.ask((client) => client.hget(this.#part(jobId), 'data'));
    const lane = laneOf(jobId, data);
    const records = lane === undefined ? [] : await this.#records.read([lane]);
    return records.map(({ at }) => at).filter(Number.isFinite);
  }

  async #place(turns: readonly LaneTurn[]): Promise<void> {
    const isSome = ({ at }: LaneTurn) => at !== Number.POSITIVE_INFINITY;
    const some = turns.filter(isSome);
    await this.remove(turns.filter((turn) => !isSome(turn) && !turn.isNew).map(({ lane }) => jobIdOf(lane)));
    const isMissing = await this.#link.ask(() =>
      Promise.all(some.map((turn) => turn.isNew || this.#move(turn))),
    );
    await this.#add(some.filter((_, place) => isMissing[place]));
  }

  /** Whether there is no such job. One that waits or runs is left alone: who takes it reads the record. */
  async #move({ lane, at }: LaneTurn): Promise<boolean> {
    try {
      await this.#open()
        .getBackend()
        .changeDelay(jobIdOf(lane), Math.max(0, at - Date.now()));
      return false;
    } catch (error) {
      if (isRefusal(error)) return error.code === ErrorCode.JobNotExist;
      throw error;
    }
  }

  /** A job that exists stays as it is. */
  async #add(turns: readonly LaneTurn[]): Promise<void> {
    if (turns.length === 0) return;
    const inOrder = turns.toSorted((one, other) => one.at - other.at);
    const jobs = inOrder.map(({ lane, at }) => ({
      name: 'lane',
      data: { lane },
      // Counted from just before, so that one that is overdue takes its place among the others by its time too.
      opts: { jobId: jobIdOf(lane), timestamp: Math.max(1, at - 1), delay: 1 },
    }));
    const queue = this.#open();
    await this.#link.ask(() => queue.addBulk(jobs));
  }

  async *#pages(read: (from: number, to: number) => Promise<string[]>, width = 1): AsyncGenerator<string[]> {
    for (let from = 0; ; from += lanesTogether) {
      const page = await read(from, from + lanesTogether - 1);
      yield page;
      if (page.length < lanesTogether * width) return;
    }
  }

  #list(name: string, from: number, to: number): Promise<string[]> {
    return this.#link.ask((client) => client.lrange(this.#part(name), from, to));
  }

  #delayed(from: number, to: number): Promise<string[]> {
    return this.#link.ask((client) => client.zrange(this.#part('delayed'), from, String(to), 'WITHSCORES'));
  }

  #part(name: string): string {
    return `${this.#link.bullPrefix}:${laneQueueName}:${name}`;
  }

  #open(): Queue<LaneJobData> {
    if (this.#queue) return this.#queue;
    const queue = new Queue<LaneJobData>(laneQueueName, {
      connection: this.#link.client,
      prefix: this.#link.bullPrefix,
      skipVersionCheck: true,
      streams: { events: { maxLen: notesKept } },
    });
    // Every call tells of its own fault.
    queue.on('error', () => {});
    this.#queue = queue;
    return queue;
  }
}

/** No `:` and not a whole number, as BullMQ wants custom ids: https://docs.bullmq.io/guide/jobs/job-ids */
export function jobIdOf(lane: string): string {
  return `lane-${createHash('sha256').update(lane).digest('hex').slice(0, 32)}`;
}

/** The lane of a job of ours, by what BullMQ stored of it. */
function laneOf(jobId: string, data: string | null): string | undefined {
  if (!isOurs(jobId) || data === null) return undefined;
  const { lane } = JSON.parse(data) as Partial<LaneJobData>;
  return lane;
}

const isOurs = (jobId: string) => jobId.startsWith('lane-');

/** BullMQ's answer that a job is not where it was asked for: it is gone, or another holds it. */
export function isRefusal(error: unknown): error is Error & { readonly code: ErrorCode } {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'number';
}
