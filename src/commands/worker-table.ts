// The processes that share a store, as people see them.

import type { WorkerFacts } from '../ports.ts';
import { fromNow, printable, table } from './table.ts';

/** `seen` is by the clock of the store. */
export function workerTable(workers: readonly WorkerFacts[], now: number): string {
  return table(
    ['WORKER', 'PID', 'SINCE', 'SEEN', 'FEEDS.YAML'],
    workers.map(({ host, pid, startedAt, seenAt, rules }) => [
      printable(host),
      pid,
      fromNow(startedAt, now),
      fromNow(seenAt, now),
      rules ? 'rules' : 'behind',
    ]),
  );
}
