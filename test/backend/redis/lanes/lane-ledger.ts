// Who ran which lane when, over all workers of a test; a lane that runs twice at a time is written down as a fault.

import type { LaneRest } from '../../../../src/ports.ts';

export class LaneLedger {
  readonly runs: { readonly lane: string; readonly worker: string }[] = [];
  readonly faults: string[] = [];
  readonly #running = new Set<string>();

  /** The work of one worker: each run takes `forMs`, and then its lane rests for `restMs`. */
  work(worker: string, forMs: number, restMs: number): (lane: string) => Promise<LaneRest> {
    return async (lane) => {
      if (this.#running.has(lane)) this.faults.push(`${lane} on ${worker}`);
      this.#running.add(lane);
      this.runs.push({ lane, worker });
      await new Promise((resolve) => setTimeout(resolve, forMs));
      this.#running.delete(lane);
      return { dueAt: Date.now() + restMs };
    };
  }

  /** Which lanes have run, from the run with this number on. */
  lanes(from = 0): Set<string> {
    return new Set(this.runs.slice(from).map(({ lane }) => lane));
  }

  workers(from = 0): Set<string> {
    return new Set(this.runs.slice(from).map(({ worker }) => worker));
  }
}

export const lanesDueNow = (count: number) =>
  new Map(Array.from({ length: count }, (_, place) => [`lane ${place}`, Date.now() + place]));
