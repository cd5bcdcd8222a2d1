// A contest of polls that end in a 304: real daemons, and loops that make the same GETs and nothing else, in two shapes: all
// feeds on one kept-alive host, and one host per feed with a fresh connection each, as real lists are.

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cliPath, loopbackConfig } from '../../test/support/daemon.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/support/temporary.ts';
import { type Figure, figureOf, middle, type ServerChild, startServerChild } from './contest.ts';
import type { EmptyStore } from './stores.ts';
import { table } from './table.ts';

const feeds = 2_000;
const concurrency = 64;
const rounds = 3;
const span = { warmUpMs: 6_000, measuredMs: 5_000 };
/** Every feed has to be due again before its turn comes, or the daemon is measured while it waits. */
const interval = '100ms';

/** Who polls: so many daemons on this store. */
export interface Pollers {
  readonly name: string;
  readonly daemons: number;
  store(folder: TemporaryFolder): Promise<EmptyStore>;
}

type Contestant = Pollers | 'undici' | 'node:http';
const nameOf = (who: Contestant) => (typeof who === 'string' ? who : who.name);

export async function pollTable(pollers: readonly Pollers[]): Promise<string> {
  const contestants = [...pollers, 'undici', 'node:http'] as const;
  const rows = [
    ...(await shape(contestants, 'one kept-alive host', 'keep', () => '127.0.0.1')),
    // 127.1.0.1 and up: as many loopback addresses as there are feeds.
    ...(await shape(
      contestants,
      'one host per feed',
      'close',
      (n) => `127.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`,
    )),
  ];
  return table(['shape, who asks', '304s a second', 'of undici', 'CPU µs each', 'of node:http'], rows);
}

async function shape(
  contestants: readonly Contestant[],
  name: string,
  connection: 'keep' | 'close',
  host: (n: number) => string,
): Promise<string[][]> {
  await using folder = await temporaryFolder();
  const origin = await startServerChild('origin.ts', connection);
  try {
    const urls = Array.from({ length: feeds }, (_, n) => `http://${host(n + 1)}:${origin.port}/feed/${n}`);
    await writeFile(folder.file('urls.json'), JSON.stringify(urls));
    const figures = await contest(contestants, folder, urls, origin);
    return contestants.map((who) => row(name, who, figures));
  } finally {
    origin.stop();
  }
}

/** In turns, so that a slow minute of the machine falls on all alike. */
async function contest(
  contestants: readonly Contestant[],
  folder: TemporaryFolder,
  urls: readonly string[],
  origin: ServerChild,
): Promise<Map<Contestant, Figure>> {
  const all = new Map<Contestant, Figure[]>(contestants.map((who) => [who, []]));
  for (let round = 0; round < rounds; round++) {
    for (const who of contestants) {
      all.get(who)?.push(await figureOf(await launch(who, folder, urls, origin), origin, span));
    }
  }
  return new Map(contestants.map((who) => [who, middle(all.get(who) ?? [])]));
}

async function launch(
  who: Contestant,
  folder: TemporaryFolder,
  urls: readonly string[],
  origin: ServerChild,
): Promise<ChildProcess[]> {
  // The daemon's log is part of its work, so it is written, to a file.
  const log = openSync(folder.file('log'), 'w');
  const stdio: ['ignore', number, number] = ['ignore', log, log];
  if (typeof who === 'string') {
    const loop = new URL('bare-loop.ts', import.meta.url).pathname;
    const client = who === 'undici' ? 'undici' : 'http';
    return [
      spawn(process.execPath, [loop, client, folder.file('urls.json'), String(concurrency)], { stdio }),
    ];
  }
  const { line } = await who.store(folder);
  await writeFile(folder.file('feeds.yaml'), JSON.stringify(configOf(line, urls, origin)));
  const start = () =>
    spawn(process.execPath, [cliPath, 'run', '--config', folder.file('feeds.yaml')], { stdio });
  return Array.from({ length: who.daemons }, start);
}

function configOf(store: string, urls: readonly string[], origin: ServerChild): object {
  return loopbackConfig({
    interval,
    feeds: urls.map((url, n) => ({ id: `feed-${n}`, url })),
    more: {
      store,
      limits: { minInterval: interval, maxConcurrentLanes: concurrency },
      origins: { [`127.0.0.1:${origin.port}`]: { scope: 'host', gap: '0s', concurrency } },
    },
  });
}

function row(shapeName: string, who: Contestant, figures: ReadonlyMap<Contestant, Figure>): string[] {
  const own = figures.get(who);
  const perSecond = own?.perSecond ?? Number.NaN;
  const cpu = own?.cpuMicroseconds ?? Number.NaN;
  return [
    `${shapeName}, ${nameOf(who)}`,
    perSecond.toFixed(0),
    (perSecond / (figures.get('undici')?.perSecond ?? Number.NaN)).toFixed(2),
    cpu.toFixed(0),
    (cpu / (figures.get('node:http')?.cpuMicroseconds ?? Number.NaN)).toFixed(2),
  ];
}
