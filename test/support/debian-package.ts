// Programs of Debian packages without installing them: the packages and what they need that is not installed are downloaded
// and unpacked into a folder below node_modules. Needs no rights, starts and configures nothing.
// https://manpages.debian.org/stable/apt/apt-get.8.en.html

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Leaves `root` complete or absent; rejects within `limitMs`. */
export async function unpackPackage(name: string, root: string, limitMs = 45_000): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  await mkdir(dirname(root), { recursive: true });
  const workplace = await mkdtemp(`${root}-`);
  try {
    for (const file of await download(name, workplace, signal)) {
      await run('dpkg-deb', ['-x', file, join(workplace, 'root')], { signal });
    }
    // Whoever else does the same meanwhile: a rename upon a folder that is there fails.
    await rename(join(workplace, 'root'), root).catch(() => {});
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
}

/** Paths of the packages. apt keeps its lists in the workplace too, and leaves the system's alone. */
async function download(name: string, workplace: string, signal: AbortSignal): Promise<string[]> {
  const files = join(workplace, 'packages');
  for (const each of ['lists/partial', 'archives/partial', 'packages'])
    await mkdir(join(workplace, each), { recursive: true });
  const options = [
    `Dir::State::lists=${join(workplace, 'lists')}`,
    `Dir::Cache=${workplace}`,
    `Dir::Cache::archives=${join(workplace, 'archives')}`,
    'APT::Sandbox::User=',
  ].flatMap((each) => ['-o', each]);
  const apt = (...argv: string[]) => run('apt-get', ['-q', ...options, ...argv], { cwd: files, signal });
  await apt('update');
  const plan = await apt('install', '--simulate', '--no-install-recommends', name);
  const missing = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].flatMap(([, each]) => each ?? []);
  await apt('download', ...new Set([name, ...missing]));
  return (await readdir(files)).map((each) => join(files, each));
}
