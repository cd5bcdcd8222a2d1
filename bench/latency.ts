// Claim: a new entry is on its way to the receiver milliseconds after the answer that held it has ended,
// although it was parsed, compared, stored and put in a durable queue first. Measured from outside, at 200
// entries a second: from the last byte of the feed's answer to the request at the receiver.

import { systemClock, wait } from '../src/clock.ts';
import { Origin } from '../src/commands/demo/origin.ts';
import { Receiver } from '../src/commands/demo/receiver.ts';
import { crashEntry, crashFeeds } from '../test/crash/burst.ts';
import { daemonFolder, loopbackConfig } from '../test/support/daemon.ts';
import { until } from '../test/support/fake-clock.ts';
import { table } from './rig/table.ts';

export const title = 'from the last byte of a feed to the request at the receiver, at 200 entries a second';

const feedCount = 200;
const entriesPerSecond = 200;
const warmUpSeconds = 3;
const measuredSeconds = 15;
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export async function measure(): Promise<string> {
  const feeds = crashFeeds(feedCount);
  const origin = await Origin.start({ clock: systemClock, feeds });
  const receiver = await Receiver.start({ clock: systemClock, secret, keepsArrivals: false });
  try {
    for (const feed of feeds) origin.publish(feed.id, crashEntry(feed, 0, systemClock.now()));
    await using folder = await daemonFolder(
      loopbackConfig({
        interval: '1s',
        feeds: feeds.map(({ id }) => ({ id, url: origin.feedUrl(id) })),
        endpoints: [{ id: 'receiver', url: receiver.url, secret }],
        // A steady stream, as many sites make it, and not one crowd a second.
        more: { startSpread: '1s' },
      }),
    );
    const daemon = await folder.start();
    await until(() => feeds.every(({ id }) => origin.counts(id).notModified > 0), 'all are known', 30_000);
    const latencies = await stream(origin, receiver, feeds);
    await daemon.stop();
    return summary(latencies);
  } finally {
    await origin.close();
    await receiver.close();
  }
}

/** Publishes at a steady rate and collects milliseconds, one for each entry after the warm-up. */
async function stream(
  origin: Origin,
  receiver: Receiver,
  feeds: ReturnType<typeof crashFeeds>,
): Promise<number[]> {
  const sentAt = new Map<string, number>();
  const latencies: number[] = [];
  let arrived = 0;
  const total = entriesPerSecond * (warmUpSeconds + measuredSeconds);
  const warmUp = entriesPerSecond * warmUpSeconds;
  origin.on('answer', ({ feedId, status }) => {
    if (status !== 200) return;
    const now = performance.now();
    for (const { id } of origin.entries(feedId)) if (!sentAt.has(id)) sentAt.set(id, now);
  });
  receiver.on('arrival', ({ event }) => {
    const now = performance.now();
    arrived += 1;
    const left = sentAt.get(String(event?.data?.entry?.id));
    if (left !== undefined && arrived > warmUp) latencies.push(now - left);
  });
  const startedAt = performance.now();
  for (let number = 0; number < total; number++) {
    const feed = feeds[number % feeds.length];
    if (feed)
      origin.publish(feed.id, crashEntry(feed, 1 + Math.floor(number / feeds.length), systemClock.now()));
    const due = startedAt + (1000 * (number + 1)) / entriesPerSecond;
    await wait(systemClock, due - performance.now());
  }
  await until(() => arrived >= total, 'every entry has arrived', 30_000);
  return latencies;
}

function summary(latencies: readonly number[]): string {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(1);
  return table(
    ['entries', 'p50 ms', 'p90 ms', 'p99 ms', 'longest ms'],
    [[String(sorted.length), at(0.5), at(0.9), at(0.99), at(1)]],
  );
}
