// Claim: a poll that ends in a 304, with its durable state, costs little more than the bare request it makes.
// The real daemon against loops that make the same GETs and nothing else, each one process, in two shapes:
// all feeds on one kept-alive host, and one host per feed with a fresh connection each, as real lists are.

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cliPath, loopbackConfig } from '../test/support/daemon.ts';
import { type TemporaryFolder, temporaryFolder } from '../test/support/temporary.ts';
import { type Figure, figureOf, middle, type ServerChild, startServerChild } from './rig/contest.ts';
import { table } from './rig/table.ts';

export const title = 'polls a second that end in a 304, against bare request loops';

const feeds = 2_000;
const concurrency = 64;
const rounds = 3;
const span = { warmUpMs: 6_000, measuredMs: 5_000 };
/** Every feed has to be due again before its turn comes, or the daemon is measured while it waits. */
const interval = '100ms';

type Contestant = 'feedhook' | 'undici' | 'node:http';
const contestants: readonly Contestant[] = ['feedhook', 'undici', 'node:http'];

export async function measure(): Promise<string> {
  const rows = [
    ...(await shape('one kept-alive host', 'keep', () => '127.0.0.1')),
    // 127.1.0.1 and up: as many loopback addresses as there are feeds.
    ...(await shape(
      'one host per feed',
      'close',
      (n) => `127.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`,
    )),
  ];
  return table(['shape, who asks', '304s a second', 'of undici', 'CPU µs each', 'of node:http'], rows);
}

async function shape(
  name: string,
  connection: 'keep' | 'close',
  host: (n: number) => string,
): Promise<string[][]> {
  await using folder = await temporaryFolder();
  const origin = await startServerChild('origin.ts', connection);
  try {
    const urls = Array.from({ length: feeds }, (_, n) => `http://${host(n + 1)}:${origin.port}/feed/${n}`);
    await writeFile(folder.file('urls.json'), JSON.stringify(urls));
    await writeFile(folder.file('feeds.yaml'), JSON.stringify(configOf(urls, origin)));
    const figures = await contest(folder, origin);
    return contestants.map((who) => row(name, who, figures));
  } finally {
    origin.stop();
  }
}

/** In turns, so that a slow minute of the machine falls on all alike. */
async function contest(folder: TemporaryFolder, origin: ServerChild): Promise<Map<Contestant, Figure>> {
  const all = new Map<Contestant, Figure[]>(contestants.map((who) => [who, []]));
  for (let round = 0; round < rounds; round++) {
    for (const who of contestants) {
      all.get(who)?.push(await figureOf(launch(who, folder), origin, span));
    }
  }
  return new Map(contestants.map((who) => [who, middle(all.get(who) ?? [])]));
}

function launch(who: Contestant, folder: TemporaryFolder): ChildProcess {
  // The daemon's log is part of its work, so it is written, to a file.
  const log = openSync(folder.file('log'), 'w');
  const stdio: ['ignore', number, number] = ['ignore', log, log];
  if (who === 'feedhook')
    return spawn(process.execPath, [cliPath, 'run', '--config', folder.file('feeds.yaml')], { stdio });
  const loop = new URL('rig/bare-loop.ts', import.meta.url).pathname;
  const client = who === 'undici' ? 'undici' : 'http';
  return spawn(process.execPath, [loop, client, folder.file('urls.json'), String(concurrency)], { stdio });
}

function configOf(urls: readonly string[], origin: ServerChild): object {
  return loopbackConfig({
    interval,
    feeds: urls.map((url, n) => ({ id: `feed-${n}`, url })),
    more: {
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
    `${shapeName}, ${who}`,
    perSecond.toFixed(0),
    (perSecond / (figures.get('undici')?.perSecond ?? Number.NaN)).toFixed(2),
    cpu.toFixed(0),
    (cpu / (figures.get('node:http')?.cpuMicroseconds ?? Number.NaN)).toFixed(2),
  ];
}
