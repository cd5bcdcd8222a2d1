// How BullMQ waits. Taking the server for an old one, it would wait for whole seconds only, and each lane would run up to a second
// late.

import { expect, test } from '@jest/globals';
import { until } from '../../../support/fake-clock.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();

test('a worker waits no longer than until its next job is due', async () => {
  await using store = await redis.open();
  await using onlooker = new AsyncDisposableStack();
  const monitor = await redis.server.client.monitor();
  onlooker.defer(() => monitor.disconnect());
  const waits: number[] = [];
  monitor.on('monitor', (_time: string, [command, , seconds]: string[]) => {
    if (command?.toLowerCase() === 'bzpopmin') waits.push(Number(seconds));
  });
  store.backend.lanes.start(async () => ({ dueAt: store.now() + 400 }), 1);
  await store.backend.lanes.reconcile(new Map([['lane', store.now()]]));
  await until(() => waits.some((seconds) => seconds > 0 && seconds < 0.5), 'it waits for less than a second');
  expect(waits.every((seconds) => seconds <= 1)).toBe(true);
});
