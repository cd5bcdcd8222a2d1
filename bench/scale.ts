// Claim: 100,000 feeds over 20,000 origins are a matter of one machine. The real daemon on a store in which each feed has
// its state and a memory of ten entries, as a run of some hours leaves it, with an hour between two polls: how long it takes to
// start, and what it takes then while it polls on; on the embedded store and on a private redis-server.

import { readFileSync, statSync } from 'node:fs';
import { openBackend } from '../src/backend/open.ts';
import { systemClock, wait } from '../src/clock.ts';
import type { StoreConfig } from '../src/config/config.ts';
import { silentLog } from '../src/log.ts';
import type { FeedMemory, FeedState } from '../src/model/feed.ts';
import { daemonFolder, loopbackConfig } from '../test/support/daemon.ts';
import { cpuTicks, type ServerChild, startServerChild, tickMicroseconds } from './rig/contest.ts';
import { embeddedStore, redisStores } from './rig/stores.ts';
import { table } from './rig/table.ts';

export const title = '100,000 feeds over 20,000 origins, an hour between polls';

const feeds = 100_000;
const origins = 20_000;
const hourMs = 3_600_000;
const settleMs = 20_000;
const measuredMs = 60_000;
const startLimitMs = 300_000;

interface Measured {
  readonly startSeconds: number;
  readonly rssMegabytes: number;
  readonly cpuPercent: number;
  readonly polls: number;
  readonly storeBytesPerFeed: number;
  readonly serverCpuPercent?: number;
}

export async function measure(): Promise<string> {
  const origin = await startServerChild('origin.ts', 'close');
  try {
    const rows = [row('embedded', await embedded(origin)), row('Redis', await onRedis(origin))];
    const head = [
      'store',
      'start s',
      'RSS MB',
      'CPU % of a core',
      'redis-server %',
      'polls/s',
      'store bytes a feed',
    ];
    return table(head, rows);
  } finally {
    origin.stop();
  }
}

function row(name: string, measured: Measured): string[] {
  const { startSeconds, rssMegabytes, cpuPercent, serverCpuPercent, polls, storeBytesPerFeed } = measured;
  return [
    name,
    startSeconds.toFixed(1),
    rssMegabytes.toFixed(0),
    cpuPercent.toFixed(1),
    serverCpuPercent?.toFixed(1) ?? '',
    ((1000 * polls) / measuredMs).toFixed(1),
    storeBytesPerFeed.toFixed(0),
  ];
}

async function embedded(origin: ServerChild): Promise<Measured> {
  await using folder = await daemonFolder('');
  const { line, config } = await embeddedStore(folder.folder);
  await fill(config, origin);
  const bytes = statSync(folder.folder.file('feedhook.db')).size;
  await folder.configure(configOf(line, origin));
  return await run(folder, origin, () => bytes / feeds);
}

async function onRedis(origin: ServerChild): Promise<Measured> {
  await using redis = await redisStores();
  await using folder = await daemonFolder('');
  const { line, config } = await redis.store();
  const empty = await redis.usedMemory();
  await fill(config, origin);
  await folder.configure(configOf(line, origin));
  // With the lanes, which the daemon makes at its start.
  return await run(folder, origin, async () => ((await redis.usedMemory()) - empty) / feeds, redis.pid);
}

async function run(
  folder: Awaited<ReturnType<typeof daemonFolder>>,
  origin: ServerChild,
  storeBytesPerFeed: () => number | Promise<number>,
  serverPid?: number,
): Promise<Measured> {
  const from = performance.now();
  const daemon = folder.launch();
  await daemon.started(startLimitMs);
  const startSeconds = (performance.now() - from) / 1000;
  await wait(systemClock, settleMs);
  const cpu = () => [cpuTicks(daemon.pid) ?? Number.NaN, cpuTicks(serverPid) ?? Number.NaN] as const;
  const [before, polled] = [cpu(), await origin.answered()];
  await wait(systemClock, measuredMs);
  const [after, polledAfter] = [cpu(), await origin.answered()];
  const percent = (place: 0 | 1) => ((after[place] - before[place]) * tickMicroseconds) / (10 * measuredMs);
  const measured = {
    startSeconds,
    rssMegabytes: residentBytes(daemon.pid) / 1e6,
    cpuPercent: percent(0),
    polls: polledAfter - polled,
    storeBytesPerFeed: await storeBytesPerFeed(),
    ...(serverPid !== undefined && { serverCpuPercent: percent(1) }),
  };
  await daemon.kill();
  return measured;
}

/** 127.1.0.0 and up: each loopback address is an origin, and asked for five feeds. */
function urlOf(at: number, { port }: ServerChild): string {
  const host = at % origins;
  return `http://127.${1 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}:${port}/feed/${at}`;
}

function configOf(store: string, origin: ServerChild): object {
  const urls = Array.from({ length: feeds }, (_, at) => ({ id: `feed-${at}`, url: urlOf(at, origin) }));
  return loopbackConfig({ interval: '1h', feeds: urls, more: { store, origins: {} } });
}

/** What a run of some hours has left: each feed known, and the next polls spread over the hour. */
async function fill(store: StoreConfig, origin: ServerChild): Promise<void> {
  const model = await modelFeed(origin);
  const backend = await openBackend({ store, clock: systemClock, log: silentLog, exclusive: true });
  const now = systemClock.now();
  for (let from = 0; from < feeds; from += 1_000) {
    const places = Array.from({ length: 1_000 }, (_, index) => from + index);
    await Promise.all(
      places.flatMap((at) => {
        const { state, memory } = copyOf(model, `feed-${at}`, urlOf(at, origin));
        const nextAt = now + settleMs + Math.round((hourMs * at) / feeds);
        return [
          backend.store.writeState({ ...state, nextPoll: { ...state.nextPoll, at: nextAt } }),
          backend.store.writeMemory(memory),
        ];
      }),
    );
  }
  await backend.close();
}

interface KnownFeed {
  readonly state: FeedState;
  readonly memory: FeedMemory;
}

/** As a real poll leaves a feed. */
async function modelFeed(origin: ServerChild): Promise<KnownFeed> {
  const feed = { id: 'model', url: urlOf(0, origin) };
  await using folder = await daemonFolder(loopbackConfig({ interval: '1s', feeds: [feed] }));
  const daemon = await folder.start();
  const isPolled = (line: { event?: string; outcome?: unknown }) =>
    line.event === 'poll' && line.outcome === 'notModified';
  await daemon.line(isPolled, 'the model was polled', startLimitMs);
  await daemon.stop();
  const { config } = await embeddedStore(folder.folder);
  const backend = await openBackend({ store: config, clock: systemClock, log: silentLog, exclusive: true });
  const state = (await backend.store.readStates(['model'])).get('model');
  const memory = await backend.store.readMemory('model');
  await backend.close();
  if (!state || !memory) throw new Error('the model was not stored');
  return { state, memory };
}

function copyOf({ state, memory }: KnownFeed, feedId: string, url: string): KnownFeed {
  const { validators } = memory;
  return {
    // A state of another URL would be due at once.
    state: { ...JSON.parse(JSON.stringify(state).replaceAll(validators?.url ?? '', url)), feedId },
    memory: { ...memory, feedId, ...(validators && { validators: { ...validators, url } }) },
  };
}

/** From proc(5); pages of 4 KiB. */
function residentBytes(pid: number | undefined): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096;
}
