// L7: what the killed daemon left in its store. Between kills only a copy is opened, since opening the file
// itself would recover it before the daemon can show that it does; at the end the store is asked for what
// should have been emptied.

import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openBackend } from '../../src/backend/open.ts';
import { systemClock } from '../../src/clock.ts';
import type { StoreConfig } from '../../src/config/config.ts';
import { silentLog } from '../../src/log.ts';

/** In words. */
export type Complaint = string;

export interface StoreFacts {
  /** `ok`, or what SQLite found. */
  readonly integrity: string;
  readonly generation: string;
}

/** Looks at a copy of the file and of its write-ahead log, as a kill left them. */
export async function inspectCopy(storePath: string, scratch: string): Promise<StoreFacts> {
  await mkdir(scratch, { recursive: true });
  const copy = join(scratch, 'copy.db');
  try {
    await copyFile(storePath, copy);
    await copyFile(`${storePath}-wal`, `${copy}-wal`).catch(() => {});
    return inspect(copy);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Of a store that nobody writes to now. */
export function inspect(storePath: string): StoreFacts {
  const database = new DatabaseSync(storePath);
  try {
    const check = database.prepare('PRAGMA integrity_check').get();
    const generation = database.prepare("SELECT value FROM meta WHERE key = 'generation'").get();
    return {
      integrity: String(check?.integrity_check),
      generation: String(generation?.value),
    };
  } finally {
    database.close();
  }
}

/** What is left to do in a store: nothing after a quiet time, or a complaint each. */
export async function leftovers(store: StoreConfig): Promise<Complaint[]> {
  const backend = await openBackend({
    store,
    clock: systemClock,
    log: silentLog,
    exclusive: false,
  });
  try {
    const outboxes = await backend.store.feedsWithOutbox();
    const endpoints = await backend.deliveries.endpoints();
    return [
      ...outboxes.map((feedId) => `the outbox of ${feedId} is not empty`),
      ...endpoints
        .filter(({ pending, dead }) => pending + dead > 0)
        .map(
          ({ endpointId, pending, dead }) =>
            `${endpointId} has ${pending} pending and ${dead} dead deliveries`,
        ),
    ];
  } finally {
    await backend.close();
  }
}
