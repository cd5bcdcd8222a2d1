// A folder that is gone when the test is.

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  file(name: string): string;
}

const memory = '/dev/shm';

/** For a store of many commits that no test pulls the plug of: each of them would wait for the disk. In memory where there is such a folder. */
export function fastFolder(): Promise<TemporaryFolder> {
  return temporaryFolder(existsSync(memory) ? memory : tmpdir());
}

export async function temporaryFolder(parent = tmpdir()): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, 'feedhook-test-'));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
