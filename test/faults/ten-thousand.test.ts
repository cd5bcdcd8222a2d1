// 10,000 entries at once: that each arrives, and arrives once, with the real daemon; and that an endpoint which takes ten
// requests a second costs time and neither memory nor entries. What such an endpoint is sent and when is health.test.ts and pace.test.ts.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { type Arrival, isAcceptance, Receiver } from '../../src/commands/demo/receiver.ts';
import { standardRetryMs } from '../../src/deliver/retry.ts';
import { type DeliveryRig, startRig } from '../deliver/delivery-rig.ts';
import { endpoint, k1, storedEvent } from '../deliver/records.ts';
import { feedhook } from '../support/command.ts';
import { daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { startFeedServer } from '../support/feed-server.ts';
import { startServer } from '../support/http-server.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

describe('10,000 entries', () => {
  test('G15: 10,000 entries without faults arrive exactly once', async () => {
    const names = upTo(20).map((number) => `feed-${number}`);
    const titles = upTo(500).map((number) => `Entry ${number}`);
    await using origin = await startFeedServer();
    for (const name of names) origin.publish(name, ...titles);
    const receiver = await Receiver.start({ clock: systemClock, secret: k1, keepsArrivals: false });
    const ledger = ledgerOf(receiver);
    await using world = await daemonFolder(
      loopbackConfig({
        feeds: names.map((id) => ({ id, url: `${origin.url}/${id}`, initial: 'all' })),
        // Many at a time share one write to the disk, which is what a delivery costs most.
        endpoints: [{ id: 'app', url: receiver.url, secret: k1, concurrency: 32 }],
        interval: '1s',
      }),
    );
    const daemon = await world.start();
    await until(() => ledger.accepted >= 10_000, 'all have arrived', 60_000);
    // Each feed is read again while all of them are known.
    const polls = names.map((name) => origin.count(name));
    await until(() => names.every((name, at) => origin.count(name) > (polls[at] ?? 0)), 'it polls on');
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    await receiver.close();

    expect(ledger.faults).toEqual([]);
    expect(ledger.accepted).toBe(10_000);
    const owed = names.flatMap((name) => titles.map((title) => `${name}:${title}`));
    expect(owed.filter((id) => ledger.entries.get(id) !== 1)).toEqual([]);
    expect(upTo(10_000).filter((number) => ledger.sequences.get(number) !== 1)).toEqual([]);
    const listed = await feedhook(['endpoints', 'list', '--json'], world.folder.path);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { endpointId: 'app', state: 'well', pending: 0, done: 10_000, dead: 0 },
    ]);
  }, 90_000);
});

function ledgerOf(receiver: Receiver) {
  const ledger = {
    /** How often each has come. */
    entries: new Map<unknown, number>(),
    sequences: new Map<unknown, number>(),
    accepted: 0,
    /** Refused by the reference library, or sent again. */
    faults: [] as unknown[],
  };
  receiver.on('arrival', ({ event, headers, refusal, webhookId }: Arrival) => {
    count(ledger.entries, event?.data?.entry?.id);
    count(ledger.sequences, Number(headers['feedhook-sequence']));
    const isFirst = headers['feedhook-attempt'] === '1' && event?.id === webhookId;
    if (refusal !== undefined || !isFirst) ledger.faults.push({ webhookId, refusal, headers });
  });
  receiver.on('answered', (arrival: Arrival) => {
    if (isAcceptance(arrival)) ledger.accepted++;
  });
  return ledger;
}

function count(times: Map<unknown, number>, what: unknown): void {
  times.set(what, (times.get(what) ?? 0) + 1);
}

describe('an endpoint that takes 10 requests a second', () => {
  test('10,000 entries against an endpoint that takes 10 a second keep memory flat, and none is lost', async () => {
    await using flood = await startFlood(10_000, {});
    const before = heapBytes();
    await flood.owe();
    await flood.deliver(1_000);
    const first = heapBytes();
    await flood.deliver(10_000);
    const last = heapBytes();
    // Measured: 2 to 3 MB, and less than nothing. The bodies alone would be 10 MB.
    expect(first - before).toBeLessThan(6_000_000);
    expect(last - first).toBeLessThan(2_000_000);
    await flood.expectAllOnce();
  }, 120_000);

  test('nor is any lost when it says how long to wait', async () => {
    await using flood = await startFlood(2_000, { 'retry-after': '1' });
    await flood.owe();
    await flood.deliver(2_000);
    await flood.expectAllOnce();
  }, 60_000);
});

const endpointId = 'my-app';
const text = 'x'.repeat(1_000);
const takenInASecond = 10;

/** So many entries that wait for one endpoint, on a clock that stands still while anything is on its way. */
async function startFlood(entries: number, headersOf429: Readonly<Record<string, string>>) {
  const times = new Uint8Array(entries + 1);
  const seen = { accepted: 0, refused: 0, second: 0, inSecond: 0 };
  const receiver = await startServer(({ headers }, response) => {
    // What the server keeps is not what is measured.
    receiver.requests.length = 0;
    const second = Math.floor(rig.clock.now() / 1_000);
    if (second !== seen.second) Object.assign(seen, { second, inSecond: 0 });
    if (++seen.inSecond > takenInASecond) {
      seen.refused++;
      return void response.writeHead(429, headersOf429).end();
    }
    seen.accepted++;
    const number = Number(String(headers['webhook-id']).slice(4));
    times[number] = (times[number] ?? 0) + 1;
    response.writeHead(204).end();
  });
  const rig = await startRig([endpoint(receiver.url, { id: endpointId, retryMs: standardRetryMs })]);
  // Too much caution is a fault too: at 5 a second it is over.
  const deadline = rig.clock.now() + entries * 200;
  return {
    owe: () => oweAll(rig, entries),
    deliver: (count: number) => deliverUntil(rig, () => seen.accepted >= count, deadline),
    async expectAllOnce() {
      const { deliveries } = rig.backend;
      await deliverUntil(rig, async () => (await deliveries.count({ state: 'pending' })) === 0, deadline);
      expect(await deliveries.count({ state: 'done' })).toBe(entries);
      expect(upTo(entries).filter((number) => times[number] !== 1)).toEqual([]);
      // No more than it takes to find out how much is too much.
      expect(seen.refused).toBeLessThan(entries * 0.05);
    },
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await receiver.close();
    },
  };
}

async function oweAll(rig: DeliveryRig, entries: number): Promise<void> {
  const { store, deliveries } = rig.backend;
  for (let from = 0; from < entries; from += 500) {
    const events = upTo(500).map((at) => {
      const id = `evt_${from + at}`;
      return storedEvent({ id, body: JSON.stringify({ id, type: 'entry.new', data: { text } }) });
    });
    await store.addEvents(events);
    await deliveries.add(events.map(({ id, feedId }) => ({ eventId: id, endpointId, feedId })));
  }
}

/** Moves the clock from timer to timer, each time when what was on its way has ended. */
async function deliverUntil(rig: DeliveryRig, isEnough: () => boolean | Promise<boolean>, deadline: number) {
  const { clock } = rig;
  while (!(await isEnough())) {
    if (clock.now() > deadline) throw new Error('the endpoint takes more than it is given');
    // Beside that of the queue, each attempt has a timer for its deadline.
    while (clock.timers > 1) await new Promise((resolve) => setImmediate(resolve));
    // What the rig keeps is not what is measured.
    rig.ends.length = 0;
    rig.lines.length = 0;
    await clock.advance(clock.untilNext ?? 0);
  }
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  return process.memoryUsage().heapUsed;
}
