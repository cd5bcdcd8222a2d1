// Recording what has happened already: a lane has polled, a webhook was sent. It cannot be undone, so the
// write is repeated until the store takes it, and whoever waits for it keeps its place: a full disk
// pauses the work and nothing is done twice for it.

import { type Clock, wait } from '../../clock.ts';
import { StoreError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Committer } from './committer.ts';

/** The pause between two tries. */
export const recordPauseMs = 1_000;

export class Recorder {
  readonly #committer: Committer;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(committer: Committer, clock: Clock, log: Log) {
    this.#committer = committer;
    this.#clock = clock;
    this.#log = log;
  }

  /** Resolves when `write` is durable, or unrecorded when `giveUp` aborts. `fields` name the subject in the log. */
  async record(fields: object, giveUp: AbortSignal, write: () => void): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.#committer.commit(write);
        if (tries > 0) this.#log.info({ ...fields, tries }, 'recorded');
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        const { code, message } = error;
        if (tries === 0) this.#log.error({ ...fields, code, reason: message }, 'not-recorded');
        if (giveUp.aborted) return;
      }
      await wait(this.#clock, recordPauseMs, giveUp);
    }
  }
}
