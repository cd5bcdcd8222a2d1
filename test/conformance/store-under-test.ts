// What a backend gives to the conformance suites: a fresh store, time that passes, a restart, a second process.
// The suites let at most two seconds pass, so that a backend on real time can run them too.

import type { Backend } from '../../src/ports.ts';

export interface StoreUnderTest extends AsyncDisposable {
  /** The open backend; another one after `restart`. */
  readonly backend: Backend;
  /** Epoch ms as the store sees it. */
  now(): number;
  /** Lets `ms` go by, and everything happen that becomes due meanwhile. */
  pass(ms: number): Promise<void>;
  /** Within so many ms a change by another process is noticed; within 1,500 where absent. */
  readonly noticeMs?: number;
  /** Stops the queues, closes the backend and opens the same store again. */
  restart(): Promise<void>;
  /** The same store opened by somebody who does not own it (deliveries list, replay). */
  beside(): Promise<Backend>;
}

export type OpenStore = () => Promise<StoreUnderTest>;
