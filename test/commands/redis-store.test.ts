// Every command on a Redis store, with a daemon at work beside it: what it shows is what an embedded store would show, and what a
// person decides is done by the daemon. Only `poll` is told apart: nobody polls beside those who do.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { systemClock } from '../../src/clock.ts';
import type { DaemonProcess } from '../../src/commands/demo/daemon-process.ts';
import { Receiver } from '../../src/commands/demo/receiver.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/log.ts';
import type { Backend } from '../../src/ports.ts';
import { eventOf, withheldOf } from '../conformance/records.ts';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { type FeedServer, startFeedServer } from '../support/feed-server.ts';
import { type RedisServer, startRedis } from '../support/redis/server.ts';
import { runHere } from './in-process.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let redis: RedisServer;
let origin: FeedServer;
let receiver: Receiver;
let world: DaemonFolder;
let daemon: DaemonProcess;

beforeAll(async () => {
  [redis, origin] = await Promise.all([startRedis(), startFeedServer()]);
  receiver = await Receiver.start({ clock: systemClock, secret });
  origin.publish('log', 'first');
  const endpoint = (id: string, more: object = {}) => ({ id, url: receiver.url, secret, ...more });
  world = await daemonFolder(
    loopbackConfig({
      feeds: [{ id: 'log', url: `${origin.url}/log` }],
      endpoints: [
        endpoint('app'),
        endpoint('strict', { filter: { title: { contains: 'security' } } }),
        endpoint('broken', { url: 'http://127.0.0.1:9/', retry: ['0s', '1h'] }),
      ],
      more: { store: redis.url },
    }),
  );
  daemon = await world.start();
  await until(() => origin.count('log') > 1, 'the baseline is there');
  origin.publish('log', 'second');
  await until(() => receiver.arrivals.length === 1, 'app was told');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await receiver.close();
  await Promise.all([origin[Symbol.asyncDispose](), redis[Symbol.asyncDispose]()]);
});

const run = (...args: string[]) => runHere(world.config, args);

async function json(...args: string[]) {
  const end = await run(...args, '--json');
  expect(end).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(end.stdout);
}

async function withBackend<T>(act: (backend: Backend) => Promise<T>): Promise<T> {
  const { store } = await loadConfig(world.config, process.env);
  const backend = await openBackend({ store, clock: systemClock, log: silentLog, exclusive: false });
  try {
    return await act(backend);
  } finally {
    await backend.close();
  }
}

describe('beside a daemon on Redis', () => {
  test.each([
    [['check'], 'store: redis://127.0.0.1:'],
    [['status'], /^log .*WORKER/ms],
    [['status', '--score'], 'An origin could hold this against us'],
    [['why', 'log'], 'because of interval'],
    [['why', 'log', 'second'], 'log: second: waiting'],
    [['deliveries', 'list'], /pending.*skipped \(filtered\).*done/s],
    [['endpoints', 'list'], /broken +well .*1 failure in a row/],
    [['endpoints', 'show', 'app'], '0 pending, 1 done, 0 dead, 0 skipped, 0 withheld'],
    [['endpoints', 'test', 'app'], 'app: delivered'],
  ])('%j shows what an embedded store would', async (args, shown) => {
    const end = await run(...args);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toMatch(shown);
  });

  test.each([['status'], ['why', 'log'], ['deliveries', 'list'], ['endpoints', 'list']])(
    '%s %s --json is JSON',
    async (...args) => {
      expect(await json(...args.filter((arg) => typeof arg === 'string'))).toBeDefined();
    },
  );

  test.each([[['poll']], [['poll', 'log', '--force', '--wire']]])(
    '%j is refused, since the daemon polls',
    async (args) => {
      const before = await run(...args);
      expect(before).toMatchObject({ code: 1, stdout: '' });
      expect(before.stderr).toMatch(/^store-locked: store redis:.*feedhook runs on it \(.* pid \d+\)/);
    },
  );

  test('one delivery is shown, and a replay of it arrives with the same id', async () => {
    const [arrival] = receiver.arrivals;
    const id = `${arrival?.webhookId}.app`;
    expect((await run('deliveries', 'show', id)).stdout).toContain(`${id}: delivered`);
    const end = await run('deliveries', 'replay', id);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    await until(() => arrivalsOf(arrival?.webhookId).length === 2, 'it has arrived again');
  });

  test('what was withheld is sent when it is released, and given up when it is dropped', async () => {
    await withBackend(async ({ store, deliveries }) => {
      await store.addEvents([eventOf('evt_kept'), eventOf('evt_sent')]);
      await deliveries.add([withheldOf('evt_kept'), withheldOf('evt_sent')]);
    });
    expect((await run('status')).stdout).toContain('feed: ');
    expect(await run('deliveries', 'drop', 'evt_kept.app')).toMatchObject({ code: 0, stderr: '' });
    expect(await run('deliveries', 'release', 'evt_sent.app')).toMatchObject({ code: 0, stderr: '' });
    await until(() => arrivalsOf('evt_sent').length === 1, 'it has arrived');
    expect(await json('deliveries', 'list', '--event', 'evt_kept')).toMatchObject([{ state: 'dead' }]);
  });

  test('an endpoint that is paused gets nothing until it is resumed', async () => {
    expect(await run('endpoints', 'pause', 'app')).toMatchObject({ code: 0, stderr: '' });
    expect((await run('endpoints', 'list')).stdout).toMatch(/app +paused/);
    origin.publish('log', 'third');
    const owed = () =>
      withBackend(({ deliveries }) => deliveries.count({ endpointId: 'app', state: 'pending' }));
    await until(async () => (await owed()) === 1, 'it waits');
    const before = receiver.arrivals.length;
    expect(await run('endpoints', 'resume', 'app')).toMatchObject({ code: 0, stderr: '' });
    await until(() => receiver.arrivals.length === before + 1, 'it has arrived');
  });

  test('enable --skip gives up what an endpoint is owed', async () => {
    await run('endpoints', 'pause', 'broken');
    expect(await run('endpoints', 'resume', 'broken', '--skip')).toMatchObject({ code: 0, stderr: '' });
    expect((await run('endpoints', 'show', 'broken')).stdout).toMatch(/0 pending, 0 done, [12] dead/);
  });
});

test('poll polls when no daemon runs, within the same limits', async () => {
  await daemon.stop();
  expect((await run('status', '--workers')).stdout).toContain('no feedhook works on this store');
  expect(await run('poll')).toMatchObject({ code: 0, stderr: '' });
  const forced = await run('poll', 'log', '--force', '--wire');
  expect(forced).toMatchObject({ code: 0 });
  expect(forced.stdout).toMatch(/^log: notModified/);
  expect(forced.stderr).toContain('If-None-Match: ');
});

const arrivalsOf = (id: string | undefined) => receiver.arrivals.filter(({ webhookId }) => webhookId === id);
