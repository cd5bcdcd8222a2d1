// Reads the file behind a `file:/path` value: a small regular file, its last line end left out.

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

export interface SecretFile {
  readonly text: string;
  /** Every user of this machine can read it. */
  readonly isWorldReadable: boolean;
}

// A key or token has some hundred bytes; more is the wrong file.
const largestBytes = 65_536;

/** Throws with a reason fit for people. */
export function readSecretFile(path: string): SecretFile {
  // Without O_NONBLOCK a named pipe would wait for its writer.
  const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { mode, size } = fstatSync(handle);
    const isRegular = (mode & 0o170000) === 0o100000;
    if (!isRegular) throw new Error('it is not a regular file');
    if (size > largestBytes) throw new Error(`it is larger than ${largestBytes} bytes`);
    const text = readFileSync(handle, 'utf8').replace(/\r?\n$/, '');
    return { text, isWorldReadable: (mode & 0o004) !== 0 };
  } finally {
    closeSync(handle);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its links form a loop',
};

/** Why a file could not be read, for people. */
export function readingProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : (reasons[code] ?? `reading it failed with ${code}`);
}
