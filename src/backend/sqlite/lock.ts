// One process owns a store. The lock is a write transaction that stays open on a second, empty SQLite file
// `<path>-lock`: the operating system drops it when the process dies in whatever way, so a stale lock cannot
// exist. The file is left in place, since removing it would let two processes lock two files of one name.

import { realpathSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fault, isBusy, storeFault } from './fault.ts';
import { makePrivateFile } from './file.ts';

export interface Lock {
  release(): void;
}

/** `path` exists. Throws `store-locked` at once when another process owns the store. */
export function takeLock(path: string): Lock {
  // Through a symbolic link it is the same store, so it must be the same lock.
  const lockPath = `${realpathSync(path)}-lock`;
  makePrivateFile(lockPath);
  const sql = open(lockPath);
  try {
    // BEGIN IMMEDIATE keeps other writers out but lets them read, so the next one can name this process. The
    // one number to keep, the process id, goes into the header field that SQLite leaves to its users.
    sql.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`);
  } catch (error) {
    const found = storeFault(lockPath, error);
    const owner = isBusy(found) ? ownerOf(sql) : '';
    sql.close();
    throw isBusy(found) ? inUse(path, owner) : found;
  }
  return { release: () => sql.close() };
}

function open(lockPath: string): DatabaseSync {
  try {
    return new DatabaseSync(lockPath, { timeout: 100 });
  } catch (error) {
    throw storeFault(lockPath, error);
  }
}

function inUse(path: string, owner: string) {
  return fault(
    'store-locked',
    path,
    `another feedhook process owns it${owner}: stop that one, or use another store`,
  );
}

function ownerOf(sql: DatabaseSync): string {
  try {
    return ` (pid ${sql.prepare('PRAGMA user_version').get()?.user_version})`;
  } catch {
    // The owner is writing its id this very moment; the refusal stands without it.
    return '';
  }
}
