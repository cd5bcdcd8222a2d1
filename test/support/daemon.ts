// The real daemon as a child of a test: a folder of its own, a feeds.yaml from an object, the log lines as
// they come. Disposing kills what still runs and removes the folder.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { DaemonProcess } from '../../src/commands/demo/daemon-process.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary.ts';

export const cliPath = join(import.meta.dirname, '../../src/cli.ts');

/** Half of what a child does at its start is to compile the same files again. */
export const childEnv = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/feedhook-tests'),
} as const;

export interface DaemonFolder extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  /** Path of feeds.yaml. */
  readonly config: string;
  /** Replaces feeds.yaml; JSON is YAML too. */
  configure(config: object | string): Promise<void>;
  /** Starts a daemon on the folder and waits until it says that it has started. */
  start(env?: NodeJS.ProcessEnv): Promise<DaemonProcess>;
  /** Starts a daemon without waiting: for one that is expected to refuse. */
  launch(env?: NodeJS.ProcessEnv): DaemonProcess;
}

export async function daemonFolder(config: object | string): Promise<DaemonFolder> {
  const folder = await temporaryFolder();
  const file = folder.file('feeds.yaml');
  const running: DaemonProcess[] = [];
  const started: DaemonFolder = {
    folder,
    config: file,
    configure: (changed) => writeConfig(file, changed),
    launch(env = {}) {
      const daemon = DaemonProcess.start({
        clock: systemClock,
        cli: cliPath,
        config: file,
        cwd: folder.path,
        env: { ...childEnv, ...env },
      });
      running.push(daemon);
      return daemon;
    },
    async start(env) {
      const daemon = started.launch(env);
      await daemon.started();
      return daemon;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((daemon) => daemon.kill()));
      await folder[Symbol.asyncDispose]();
    },
  };
  await writeConfig(file, config);
  return started;
}

function writeConfig(file: string, config: object | string): Promise<void> {
  return writeFile(file, typeof config === 'string' ? config : JSON.stringify(config, null, 2));
}

export interface LoopbackWorld {
  readonly feeds: readonly { readonly id: string; readonly url: string; readonly [key: string]: unknown }[];
  readonly endpoints?: readonly {
    readonly id: string;
    readonly url: string;
    readonly [key: string]: unknown;
  }[];
  /** Default 200ms. */
  readonly interval?: string;
  /** More keys of feeds.yaml, or others instead of these. */
  readonly more?: object;
}

/** A configuration for a fast world on loopback: one lane a feed, no gaps, no admin server. */
export function loopbackConfig({
  feeds,
  endpoints = [],
  interval = '200ms',
  more = {},
}: LoopbackWorld): object {
  return {
    store: 'sqlite:./feedhook.db',
    startSpread: '0s',
    defaults: { interval, contact: 'https://example.org/feedhook' },
    limits: { minInterval: interval },
    network: { feeds: { allow: ['loopback'] } },
    origins: Object.fromEntries(feeds.map(({ url }) => [new URL(url).host, freeLane])),
    server: { listen: 'off' },
    endpoints: endpoints.map((endpoint) => ({ retry: fastRetry, ...endpoint })),
    feeds,
    ...more,
  };
}

const freeLane = { scope: 'feed', gap: '0s', concurrency: 8 };

/** Ten attempts within half a minute. */
const fastRetry = ['0s', '200ms', '500ms', '1s', '1s', '2s', '2s', '5s', '5s', '5s'];
