// Puts the embedded backend together: one file, one connection, one committer, and the ports on top.

import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Backend } from '../../ports.ts';
import { Committer } from './committer.ts';
import { type Database, openDatabase } from './database.ts';
import { SqliteDeliveryLog } from './delivery-log.ts';
import { SqliteDeliveryQueue } from './delivery-queue.ts';
import { DeliveryTable } from './delivery-table.ts';
import { SqliteFeedStore } from './feed-store.ts';
import { GivingUp } from './give-up.ts';
import { SqliteLaneQueue } from './lane-queue.ts';
import { SqlitePortable } from './portable.ts';
import { SqliteUpkeep } from './upkeep.ts';

export interface SqliteOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly exclusive: boolean;
}

export async function openSqliteBackend(options: SqliteOptions): Promise<Backend> {
  const database = await openDatabase(options);
  try {
    return assemble(database, options.clock, options.log);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Exported for tests that squeeze or damage the database below a working backend. */
export function assemble(database: Database, clock: Clock, log: Log): Backend {
  const committer = new Committer(database, clock);
  const table = new DeliveryTable(database);
  const queue = new SqliteDeliveryQueue(database, committer, table, clock, log);
  const changed = () => queue.refresh();
  const history = new SqliteDeliveryLog(database, committer, table, clock, changed);
  const givingUp = new GivingUp(database, committer, table, clock);
  return {
    store: new SqliteFeedStore(database, committer),
    lanes: new SqliteLaneQueue(database, committer, clock, log),
    deliveries: {
      add: (deliveries) => queue.add(deliveries),
      configure: (endpoints) => queue.configure(endpoints),
      start: (attempt) => queue.start(attempt),
      stop: (graceMs) => queue.stop(graceMs),
      list: (filter, limit) => history.list(filter, limit),
      count: (filter) => history.count(filter),
      attempts: (deliveryId) => history.attempts(deliveryId),
      replay: (filter) => history.replay(filter),
      release: (filter) => history.release(filter),
      drop: (filter) => history.drop(filter),
      endpoints: () => history.endpoints(),
      changeCondition: (endpointId, change) => history.changeCondition(endpointId, change),
    },
    upkeep: new SqliteUpkeep(database, committer, givingUp, changed),
    portable: new SqlitePortable(database, committer),
    async close() {
      await committer.idle();
      database.close();
    },
  };
}
