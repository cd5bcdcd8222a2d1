// A private redis-server on a free loopback port, with its data in a folder that is gone with it. Never the system's own, and
// never one that outlives its test: the kernel kills it with the process that started it.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { fastFolder, type TemporaryFolder } from '../temporary.ts';
import { type RedisProgram, redisProgram } from './program.ts';

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  readonly folder: TemporaryFolder;
  /** A client of the test's own. */
  readonly client: Redis;
  readonly pid: number;
  /** SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>;
  /** The same data and settings again; kills it first when it still runs. Resolves when all is loaded. */
  restart(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** Lines of a redis.conf, over append-only as operators should have it. */
export type RedisSettings = Readonly<Record<string, string>>;

export interface RedisSetup {
  /** Default: a new one, in memory where possible. Removed at the end. */
  readonly folder?: TemporaryFolder;
  /** Instead of the settings: a sentinel, say, has a file that it writes to. */
  readonly argv?: (port: number, folder: TemporaryFolder) => readonly string[];
}

const usual: RedisSettings = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  // Another replica might come along, says the default, and waits five seconds for it.
  'repl-diskless-sync-delay': '0',
};

/** For an empty one; loading a long append-only file takes longer. */
const readyLimitMs = 30_000;
const mostStarts = 5;

export async function startRedis(settings: RedisSettings = {}, setup: RedisSetup = {}): Promise<RedisServer> {
  const program = await redisProgram();
  const folder = setup.folder ?? (await fastFolder());
  try {
    const argv =
      setup.argv ?? ((port) => argumentsOf({ ...usual, ...settings, port: String(port), dir: folder.path }));
    return await onFreePort((port) => serve(program, folder, port, argv(port, folder)));
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function serve(
  program: RedisProgram,
  folder: TemporaryFolder,
  port: number,
  argv: readonly string[],
): Promise<RedisServer> {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    // Its own looks for readiness are a second apart.
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
    disconnectTimeout: 50,
  });
  client.on('error', () => {});
  let running: Running | undefined;
  const launch = async () => {
    running = run(program, folder.path, argv);
    await running.within(readyLimitMs, untilLoaded(client));
  };
  const kill = async () => {
    const dying = running;
    running = undefined;
    await dying?.kill();
  };
  try {
    await launch();
  } catch (error) {
    client.disconnect();
    await kill();
    throw error;
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    client,
    get pid() {
      return running?.child.pid ?? 0;
    },
    kill,
    async restart() {
      await kill();
      await launch();
    },
    signal: (name) => void running?.child.kill(name),
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  /** What `outcome` brings; rejects when the server ends before that, or when it takes too long. */
  within<T>(limitMs: number, outcome: Promise<T>): Promise<T>;
  kill(): Promise<void>;
}

const setpriv = '/usr/bin/setpriv';

function run({ file, env }: RedisProgram, cwd: string, argv: readonly string[]): Running {
  // prctl(2), PR_SET_PDEATHSIG: a test that is killed takes its servers with it.
  const bound = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', '--', file] : [file];
  const [command = file, ...before] = bound;
  const child = spawn(command, [...before, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
    env: { ...process.env, ...env },
  });
  let tail = '';
  const keep = (text: string) => {
    tail = `${tail}${text}`.slice(-2_000);
  };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  return {
    child,
    async within(limitMs, outcome) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<string>((resolve) => {
        timer = setTimeout(() => resolve(`not ready within ${limitMs} ms`), limitMs);
      });
      const failure = Promise.race([ended, late]).then((why) => {
        throw new Error(`redis-server: ${why}\n${tail}`);
      });
      try {
        return await Promise.race([outcome, failure]);
      } finally {
        clearTimeout(timer);
        failure.catch(() => {});
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A server that reads its append-only file, or the copy of its master, answers each question with LOADING. */
async function untilLoaded(client: Redis): Promise<void> {
  for (;;) {
    try {
      await client.ping();
      return;
    } catch (error) {
      if (!String(error).includes('LOADING')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Somebody else may take the port before the server does. */
async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let starts = 1; ; starts++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (starts === mostStarts || !/Address already in use/i.test(String(error))) throw error;
    }
  }
}

function argumentsOf(settings: RedisSettings): string[] {
  return Object.entries(settings).flatMap(([key, value]) => [
    `--${key}`,
    ...(value === '' ? [''] : value.split(' ')),
  ]);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
