// Turns what node:sqlite and the file system throw into a StoreError whose message names the file and the
// remedy. Nobody else reads an SQLite result code.
// Result codes: https://www.sqlite.org/rescode.html

import { StoreError } from '../../errors.ts';

const primary = { busy: 5, locked: 6, readOnly: 8, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 };

/** The fault behind an SQLite error; anything else (a programmer's error) comes back as it is. */
export function storeFault(path: string, error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  // The low byte is the primary code, the rest says more about it.
  switch (error.errcode & 0xff) {
    case primary.busy:
    case primary.locked:
      return busyStore(path, error);
    case primary.full:
      return fault(
        'store-full',
        path,
        'the disk or quota is full: free some space, work goes on by itself',
        error,
      );
    case primary.corrupt:
    case primary.notADatabase:
      return damagedStore(path, error.message, error);
    case primary.readOnly:
      return fault('store-failed', path, 'it is read-only: fix its owner, its mode or the mount', error);
    case primary.cannotOpen:
      return fault(
        'store-failed',
        path,
        'it cannot be opened: check the path, its owner and its mode',
        error,
      );
    default:
      return fault('store-failed', path, `${error.message} (SQLite ${error.errcode})`, error);
  }
}

export function busyStore(path: string, cause?: unknown): StoreError {
  return fault('store-busy', path, 'another process holds it; nothing was changed', cause);
}

export function damagedStore(path: string, what: string, cause?: unknown): StoreError {
  const remedy =
    'stop feedhook, keep a copy, then put a backup of the file in its place; an older one repeats events, it loses none';
  return fault('store-corrupt', path, `it is damaged (${what}): ${remedy}`, cause);
}

export function fault(code: StoreError['code'], path: string, what: string, cause?: unknown): StoreError {
  return new StoreError(code, `store ${path}: ${what}`, { cause });
}

export function isBusy(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'store-busy';
}

interface SqliteError {
  readonly errcode: number;
  readonly message: string;
}

// By its shape, since the error of a built-in module may come from another realm than ours. A closed handle is
// ERR_INVALID_STATE and has no result code: somebody kept using a closed backend.
function isSqliteError(error: unknown): error is SqliteError {
  return (
    typeof error === 'object' && error !== null && 'errcode' in error && typeof error.errcode === 'number'
  );
}
