// Recording how the run of a lane ended. The poll cannot be undone, so this is repeated until the store takes it, and the lane
// keeps its place meanwhile: a store that is away pauses the polling.

import { type Clock, wait } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';

/** The pause between two tries. */
const recordPauseMs = 500;

export class LaneRecorder {
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** What `write` resolves to once the store has taken it, or nothing when it is not recorded and `giveUp` aborts. */
  async record<T>(lane: string, giveUp: AbortSignal, write: () => Promise<T>): Promise<T | undefined> {
    for (let tries = 0; ; tries++) {
      try {
        const answer = await write();
        if (tries > 0) this.#log.info({ lane, tries }, 'recorded');
        return answer;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        const { code, message } = error;
        if (tries === 0) this.#log.error({ lane, code, reason: message }, 'not-recorded');
        if (giveUp.aborted) return undefined;
      }
      await wait(this.#clock, recordPauseMs, giveUp);
    }
  }
}
