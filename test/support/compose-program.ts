// Where `docker compose` is: the plugin of docker, docker-compose on PATH, or a copy of Debian's package that is brought once.
// Asks for nothing but `config`, so no engine has to run.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unpackPackage } from './debian-package.ts';

const start = promisify(execFile);

export interface ComposeProgram {
  readonly version: string;
  /** Standard output; rejects when it ends with another code than 0, with what it wrote in `stderr`. */
  run(argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<string>;
}

const cache = join(import.meta.dirname, '../../node_modules/.cache/feedhook-compose');

/** A text says why there is none. */
export async function composeProgram(): Promise<ComposeProgram | string> {
  const found = await firstThatRuns();
  if (found) return found;
  try {
    await unpackPackage('docker-compose', cache);
  } catch (error) {
    return `docker compose is absent and could not be obtained: ${reasonOf(error)}`;
  }
  return (await firstThatRuns()) ?? 'docker compose is absent, and the package does not run here';
}

async function firstThatRuns(): Promise<ComposeProgram | undefined> {
  const candidates = [
    programOf('docker', ['compose']),
    programOf('docker-compose'),
    // Version 2 is a program by itself, version 1 a script whose libraries are unpacked beside it.
    programOf(join(cache, 'usr/libexec/docker/cli-plugins/docker-compose')),
    // By Debian's own Python, which has the libraries that were there before.
    programOf('/usr/bin/python3', [join(cache, 'usr/bin/docker-compose')], {
      PYTHONPATH: join(cache, 'usr/lib/python3/dist-packages'),
      PYTHONDONTWRITEBYTECODE: '1',
    }),
  ];
  for (const run of candidates) {
    const version = await run(['version', '--short']).catch(() => undefined);
    if (version !== undefined) return { version: version.trim(), run };
  }
  return undefined;
}

function programOf(
  file: string,
  before: readonly string[] = [],
  libraries: NodeJS.ProcessEnv = {},
): ComposeProgram['run'] {
  return async (argv, env = {}) => {
    if (before.some((path) => path.startsWith('/') && !existsSync(path))) throw new Error('absent');
    const options = { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...libraries, ...env } };
    return (await start(file, [...before, ...argv], { ...options, timeout: 30_000 })).stdout;
  };
}

function reasonOf(error: unknown): string {
  const { code, name, stderr = '', message } = error as Error & { code?: unknown; stderr?: string };
  if (code === 'ENOENT') return 'no apt-get or dpkg-deb here';
  if (name === 'AbortError') return 'the download took too long';
  return stderr.split('\n').find((line) => line.startsWith('E: ')) ?? message.split('\n', 1)[0] ?? '';
}
