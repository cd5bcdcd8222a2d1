// E06 (FAULTS.md): the master is lost, and the replica that follows it lacks what the master had confirmed last. All that feedhook
// knows goes back together, to one point of one history: what is still in the feeds is found again and sent again under the
// same ids, and nothing is missing.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBackend } from '../../../../src/backend/open.ts';
import { systemClock } from '../../../../src/clock.ts';
import { Receiver } from '../../../../src/commands/demo/receiver.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { silentLog } from '../../../../src/log.ts';
import type { Backend } from '../../../../src/ports.ts';
import { delivered } from '../../../conformance/queue-rig.ts';
import { deliveryOf, eventOf, memoryOf, planOf } from '../../../conformance/records.ts';
import { daemonFolder, loopbackConfig } from '../../../support/daemon.ts';
import { until } from '../../../support/fake-clock.ts';
import { startFeedServer } from '../../../support/feed-server.ts';
import { TcpProxy } from '../../../support/redis/proxy.ts';
import { copied, promote, startReplica } from '../../../support/redis/replica.ts';
import { type RedisServer, startRedis } from '../../../support/redis/server.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let master: RedisServer;
let replica: RedisServer;
/** Between the master and its replica. */
let link: TcpProxy;
/** Before whichever of them is the master: what feedhook knows as the store. */
let door: TcpProxy;

beforeEach(async () => {
  master = await startRedis();
  link = await TcpProxy.start(master.port);
  replica = await startReplica(master, { through: link.port });
  door = await TcpProxy.start(master.port);
});

afterEach(async () => {
  for (const each of [door, replica, link, master]) await each[Symbol.asyncDispose]();
});

/** The replica copies nothing more, and nobody notices. */
async function loseTouch(): Promise<void> {
  await copied(master, replica);
  link.answers = 'drop';
}

async function failOver(): Promise<void> {
  await master.kill();
  await promote(replica);
  door.target = replica.port;
}

describe('after a fail-over to a replica that missed the last writes', () => {
  test('memory and deliveries have gone back together, and what is added again is sent again under its id', async () => {
    const store: RedisStoreConfig = {
      kind: 'redis',
      topology: 'single',
      nodes: [{ host: '127.0.0.1', port: door.port }],
      database: 0,
      prefix: 'failover',
      leaseMs: 1_000,
    };
    const backend = await openBackend({ store, clock: systemClock, log: silentLog, exclusive: true });
    try {
      const sent: string[] = [];
      await backend.deliveries.configure([planOf('app')]);
      backend.deliveries.start(async (deliveries) => {
        sent.push(...deliveries.map(({ id }) => id));
        return delivered;
      });
      await tell(backend, 1);
      await until(async () => (await backend.deliveries.count({ state: 'done' })) === 1, 'the first is done');
      await loseTouch();
      await tell(backend, 2);
      await until(
        async () => (await backend.deliveries.count({ state: 'done' })) === 2,
        'the second is done',
      );
      await failOver();

      // Both its clients come back by themselves, each in its own time.
      await until(() => answers(() => backend.store.readMemory('feed')), 'memories are there');
      await until(() => answers(() => backend.store.readEvents(['evt_2'])), 'events are there');
      expect((await backend.store.readMemory('feed'))?.sequence).toBe(1);
      expect(await backend.store.readEvents(['evt_2'])).toEqual([]);
      expect(await backend.deliveries.count({ state: 'done' })).toBe(1);
      await tell(backend, 2);
      await until(async () => (await backend.deliveries.count({ state: 'done' })) === 2, 'it is done again');
      expect(sent).toEqual(['evt_1.app', 'evt_2.app', 'evt_2.app']);
    } finally {
      await backend.deliveries.stop(0);
      await backend.close();
    }
  });

  test('daemons find again what is still in the feed, send it again under its id, and go on', async () => {
    await using origin = await startFeedServer();
    const receiver = await Receiver.start({ clock: systemClock, secret });
    origin.publish('log', 'before all');
    await using world = await daemonFolder(
      loopbackConfig({
        feeds: [{ id: 'log', url: `${origin.url}/log` }],
        endpoints: [{ id: 'app', url: receiver.url, secret }],
        more: { store: `redis://127.0.0.1:${door.port}?prefix=failover&lease=1s` },
      }),
    );
    const idsOf = (title: string) =>
      receiver.accepted
        .filter(({ event }) => event?.data?.entry?.title === title)
        .map(({ webhookId }) => webhookId);
    try {
      const daemons = await Promise.all([world.start(), world.start()]);
      await until(() => origin.count('log') > 1, 'the baseline is there');
      origin.publish('log', 'copied');
      await until(() => idsOf('copied').length === 1, 'it has arrived');
      await loseTouch();
      origin.publish('log', 'confirmed');
      await until(() => idsOf('confirmed').length === 1, 'it has arrived');
      const asked = origin.count('log');
      // With this request the memory of the poll before it is confirmed.
      await until(() => origin.count('log') > asked + 1, 'it is known');
      await failOver();
      await until(() => idsOf('confirmed').length === 2, 'it has arrived again', 30_000);
      origin.publish('log', 'later');
      await until(() => idsOf('later').length === 1, 'feedhook goes on');
      expect(new Set(idsOf('confirmed')).size).toBe(1);
      expect(idsOf('before all')).toEqual([]);
      // The outage is told; a fail-over looks no different from a restart to those who come by a name.
      const events = daemons.flatMap(({ lines }) => lines.map(({ event }) => event));
      expect(events).toContain('store-reachable');
      expect(events).not.toContain('store-flushed');
    } finally {
      await Promise.all([receiver.close()]);
    }
  }, 60_000);
});

/** As a poll does that has found the entry of this number. */
async function tell({ store, deliveries }: Backend, number: number): Promise<void> {
  const id = `evt_${number}`;
  await store.addEvents([eventOf(id)]);
  await store.writeMemory(memoryOf('feed', { sequence: number, outbox: [id] }));
  await deliveries.add([deliveryOf(id)]);
  await store.writeMemory(memoryOf('feed', { sequence: number }));
}

async function answers(question: () => Promise<unknown>): Promise<boolean> {
  return await question().then(
    () => true,
    () => false,
  );
}
