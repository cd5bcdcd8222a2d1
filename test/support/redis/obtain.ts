// Brings Debian's redis-server without changing the system: its package, and those of its libraries that are not
// installed, are downloaded and unpacked into a folder below node_modules. Needs no rights, and nothing is ever started or
// configured. https://manpages.debian.org/stable/apt/apt-get.8.en.html

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RedisProgram } from './program.ts';

const start = promisify(execFile);

interface Limits {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** In the environment as it is seen here, which in a test may not be that of the process. */
function run(file: string, argv: readonly string[], { env, ...limits }: Limits) {
  return start(file, argv, { ...limits, env: { ...process.env, ...env } });
}

/** For all of it. */
const limitMs = 60_000;
const caches = join(import.meta.dirname, '../../../node_modules/.cache');
const cache = join(caches, `feedhook-redis-${arch()}`);
const absent =
  'redis-server is absent and could not be obtained: install it, or set REDIS_SERVER to its path';

export function cachedRedis(root = cache): RedisProgram | undefined {
  const file = join(root, 'usr/bin/redis-server');
  return existsSync(file) ? { file, env: { LD_LIBRARY_PATH: libraryPath(root) } } : undefined;
}

/** Rejects with one line. */
export async function obtainRedis(root = cache): Promise<RedisProgram> {
  const stop = AbortSignal.timeout(limitMs);
  await mkdir(join(root, '..'), { recursive: true });
  const workplace = await mkdtemp(`${root}-`);
  try {
    await unpack(await download(workplace, stop), join(workplace, 'root'), stop);
    const program = cachedRedis(join(workplace, 'root'));
    if (!program) throw new Error('the package holds no /usr/bin/redis-server');
    await run(program.file, ['--version'], { env: program.env, signal: stop });
    // Complete or absent, whoever else does the same meanwhile: a rename upon a folder that is there fails.
    await rename(join(workplace, 'root'), root).catch(() => {});
  } catch (error) {
    throw new Error(`${absent} (${reasonOf(error)})`);
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
  const program = cachedRedis(root);
  if (!program) throw new Error(absent);
  return program;
}

/** The packages as files. apt keeps its lists in the workplace too, so that it needs no rights and leaves the system's alone. */
async function download(workplace: string, signal: AbortSignal): Promise<string[]> {
  const folders = ['lists/partial', 'archives/partial', 'packages'];
  for (const each of folders) await mkdir(join(workplace, each), { recursive: true });
  const options = [
    `Dir::State::lists=${join(workplace, 'lists')}`,
    `Dir::Cache=${workplace}`,
    `Dir::Cache::archives=${join(workplace, 'archives')}`,
    'APT::Sandbox::User=',
    'Acquire::Retries=2',
  ].flatMap((each) => ['-o', each]);
  const apt = async (...argv: string[]) =>
    await run('apt-get', ['-q', ...options, ...argv], { cwd: join(workplace, 'packages'), signal });
  await apt('update');
  const plan = await apt('install', '--simulate', '--no-install-recommends', 'redis-server');
  const missing = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => name ?? []);
  // The program itself is a file of redis-tools.
  await apt('download', ...new Set(['redis-server', 'redis-tools', ...missing]));
  const names = await readdir(join(workplace, 'packages'));
  return names.map((name) => join(workplace, 'packages', name));
}

async function unpack(packages: readonly string[], root: string, signal: AbortSignal): Promise<void> {
  for (const each of packages) await run('dpkg-deb', ['-x', each, root], { signal });
}

/** Debian puts libraries below /usr/lib/<triplet>, and some still below /lib/<triplet>. */
function libraryPath(root: string): string {
  const triplet =
    { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[arch() as string] ?? `${arch()}-linux-gnu`;
  return ['usr/lib', 'lib'].map((each) => join(root, each, triplet)).join(':');
}

function reasonOf(error: unknown): string {
  const { code, name, stderr = '', message } = error as Error & { code?: unknown; stderr?: string };
  if (code === 'ENOENT') return 'no apt-get or dpkg-deb here';
  if (name === 'AbortError') return `took longer than ${limitMs / 1_000} s`;
  const complaint = stderr.split('\n').find((line) => line.startsWith('E: '));
  return complaint ?? message.split('\n', 1)[0] ?? 'unknown reason';
}
