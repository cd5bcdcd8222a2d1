// The limits of a lane as an origin sees them: scheduler, poll, client and store together, over real sockets and
// under a clock that runs fast. Every host of the site is the same loopback server.

import type { lookup as systemLookup } from 'node:dns';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { silentLog } from '../../src/log.ts';
import { fanOut } from '../../src/outbox/fan-out.ts';
import { type PolledFeed, type PollTools, poll } from '../../src/poll.ts';
import type { Backend } from '../../src/ports.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { laneOf } from '../../src/schedule/lane.ts';
import { createScheduler, type Scheduler } from '../../src/schedule/scheduler.ts';
import { feedClient, limits } from '../fetch/clients.ts';
import { ScaledClock } from '../score/scaled-clock.ts';
import { until } from '../support/fake-clock.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { polledFeed } from '../support/polled-feed.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';
import { stateDue } from './scheduler-world.ts';

const second = 1_000;
const retryAfterMs = 900 * second;
const origins = new Map([['example.org', { scope: 'site' as const }]]);
const parseLimits = { ...limits, maxDepth: 100, maxReferences: 1_000, maxTags: 10_000, maxEntries: 100 };

/** One request as the origin saw it, in the time of the clock. */
interface Visit {
  readonly host: string;
  readonly path: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: number;
}

let folder: TemporaryFolder;
let clock: ScaledClock;
let origin: TestServer;
let visits: Visit[];
let inFlight: number;
let mostInFlight: number;
/** Answers 429 to this visit, counted from 1. */
let refusedVisit: number;
let running: Awaited<ReturnType<typeof start>> | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new ScaledClock(600);
  visits = [];
  inFlight = mostInFlight = 0;
  refusedVisit = 0;
  origin = await startServer((request, response) => {
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    const startedAt = clock.now();
    const isRefused = visits.length + 1 === refusedVisit;
    // Later, so that a second request would be seen beside this one.
    setImmediate(() => {
      const status = isRefused ? 429 : 200;
      visits.push({
        host: request.headers.host ?? '',
        path: request.path,
        startedAt,
        endedAt: clock.now(),
        status,
      });
      inFlight -= 1;
      if (isRefused) response.writeHead(429, { 'retry-after': String(retryAfterMs / second) }).end();
      else
        response
          .writeHead(200, { etag: '"1"' })
          .end('<rss version="2.0"><channel><title>Log</title></channel></rss>');
    });
  });
});

afterEach(async () => {
  await stop();
  await origin.close();
  await folder[Symbol.asyncDispose]();
});

/** Knows every name of the site, and no other. */
const lookup = ((hostname: string, options: { all?: boolean }, done: (...found: unknown[]) => void) => {
  const isKnown = hostname.endsWith('.example.org') || hostname === 'example.org';
  if (!isKnown) done(Object.assign(new Error(hostname), { code: 'ENOTFOUND' }));
  else if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
}) as unknown as typeof systemLookup;

function feedAt(host: string, n: number): PolledFeed {
  const url = `http://${host}:${origin.port}/${n}`;
  return polledFeed({ id: `feed-${n}`, url, defaultIntervalMs: 24 * 3_600_000 });
}

async function start(
  feeds: readonly PolledFeed[],
): Promise<{ backend: Backend; scheduler: Scheduler<PolledFeed> }> {
  const backend = await openStore();
  const tools: PollTools = {
    clock,
    store: backend.store,
    queue: backend.deliveries,
    client: feedClient({ clock, lookup, limits: { requestTimeoutMs: 3_600_000 } }),
    limits: parseLimits,
    maxArchives: 10,
    floodLimit: 50,
    nextTick,
    fanOut: (_feedId, events) => fanOut(events, { id: 'f', labels: [] }, []),
  };
  const scheduler = createScheduler<PolledFeed>({
    lanes: backend.lanes,
    states: backend.store,
    clock,
    log: silentLog,
    startSpreadMs: 0,
    maxConcurrentLanes: 32,
    laneAt: (url, { id }) => laneOf(url, id, origins),
    poll: (source, states) => poll(source, states, tools),
    onCrash: (error) => {
      throw error;
    },
  });
  await scheduler.start(feeds);
  return { backend, scheduler };
}

function openStore(): Promise<Backend> {
  return openBackend({
    store: { kind: 'sqlite', path: folder.file('feedhook.db') },
    clock,
    log: silentLog,
    exclusive: true,
  });
}

async function stop(): Promise<void> {
  await running?.scheduler.stop();
  await running?.backend.close();
  running = undefined;
}

/** From the end of one answer to the next request. */
const gaps = () => visits.slice(1).map(({ startedAt }, n) => startedAt - (visits[n]?.endedAt ?? 0));

test('J04: 200 feeds on the hosts of one site, some by adoption, are asked one at a time and never within the gap', async () => {
  const hosts = ['example.org', 'a.example.org', 'b.example.org', 'c.d.example.org'];
  const feeds = Array.from({ length: 200 }, (_, n) => feedAt(hosts[n % hosts.length] ?? '', n));
  const seeded = await openStore();
  // Every tenth is configured elsewhere and has moved here.
  for (let n = 0; n < feeds.length; n += 10) {
    const url = `http://gone-${n}.example.net:${origin.port}/`;
    const here = feeds[n]?.url ?? '';
    feeds[n] = { ...feedAt('example.org', n), url };
    const adopted = { url: here, at: clock.now() };
    await seeded.store.writeState(stateDue(`feed-${n}`, clock.now(), { url, adopted }));
  }
  await seeded.close();

  refusedVisit = 100;
  running = await start(feeds);
  await until(() => visits.length === 100, 'the hundredth is refused', 60_000);
  await stop();
  running = await start(feeds);
  await until(() => visits.length === 200, 'all others are asked', 60_000);
  await stop();

  expect(mostInFlight).toBe(1);
  expect(new Set(visits.map(({ path }) => path)).size).toBe(200);
  expect(new Set(visits.map(({ host }) => host)).size).toBe(hosts.length);
  expect(Math.min(...gaps())).toBeGreaterThanOrEqual(2 * second);
  expect(visits.findIndex(({ status }) => status === 429)).toBe(99);
  expect(gaps()[99]).toBeGreaterThanOrEqual(retryAfterMs);
}, 120_000);
