// The folder and the files of the store, before SQLite touches them: private to the owner, and a place
// that cannot be written is one clear line.

import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fault } from './fault.ts';

/** Makes the folder and an empty file that only the owner can read, unless they exist. */
export function makePrivateFile(path: string): void {
  attempt(path, `the folder ${dirname(path)} cannot be made`, () => makeFolder(dirname(path)));
  try {
    // `x` never opens a file that exists: closing a second descriptor of it would drop SQLite's locks.
    // https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw fault('store-failed', path, `it cannot be made: ${remedy(error)}`, error);
    }
  }
}

// One level at a time: mkdir with `recursive` never returns where the system answers ENOENT below a folder that
// exists, as /proc does.
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** What tells this very file from another that takes its name; `undefined` when there is none. */
export function fileIdentity(path: string): string | undefined {
  const stats = attempt(path, 'it cannot be looked at', () => statSync(path, { throwIfNoEntry: false }));
  return stats && `${stats.dev}:${stats.ino}`;
}

export function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function attempt<T>(path: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fault('store-failed', path, `${what}: ${remedy(error)}`, error);
  }
}

function remedy(error: unknown): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'no permission: fix the owner or mode of the folder, or name another path as store';
    case 'EROFS':
      return 'the file system is read-only: name a path that can be written as store';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a part of the path is a file: name another path as store';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk or quota is full';
    default:
      return String(error);
  }
}

// By its shape, since the error of a built-in module may come from another realm than ours.
const codeOf = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
