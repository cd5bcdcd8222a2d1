// The embedded backend for the conformance suites and the tests of its own: a file in a folder that is
// gone afterwards, under a clock that the test moves.

import { openBackend } from '../../../src/backend/open.ts';
import { type Log, silentLog } from '../../../src/log.ts';
import type { Backend } from '../../../src/ports.ts';
import type { StoreUnderTest } from '../../conformance/store-under-test.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

export interface SqliteStore extends StoreUnderTest {
  readonly path: string;
  readonly clock: FakeClock;
  close(): Promise<void>;
}

export async function openSqliteStore(log: Log = silentLog): Promise<SqliteStore> {
  const folder = await temporaryFolder();
  const path = folder.file('feedhook.db');
  const clock = new FakeClock();
  const open = (exclusive: boolean) =>
    openBackend({ store: { kind: 'sqlite', path }, clock, log, exclusive });
  let backend: Backend | undefined = await open(true);
  const close = async () => {
    const closing = backend;
    backend = undefined;
    if (!closing) return;
    const stopped = Promise.all([closing.lanes.stop(), closing.deliveries.stop(0)]);
    await clock.advance(0);
    await stopped;
    await closing.close();
    if (clock.timers > 0) throw new Error(`${clock.timers} timers are left`);
  };
  return {
    path,
    clock,
    close,
    get backend() {
      if (!backend) throw new Error('the store is closed');
      return backend;
    },
    now: () => clock.now(),
    async pass(ms) {
      await clock.advance(ms);
      await settle();
    },
    async restart() {
      await close();
      backend = await open(true);
    },
    beside: () => open(false),
    async [Symbol.asyncDispose]() {
      await close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
