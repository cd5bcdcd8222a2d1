// `feedhook migrate` from outside: a daemon that stops on one store goes on in the other where it was, and back; what is killed is
// done again; and what would lose something is refused with one line.

import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { Receiver } from '../../src/commands/demo/receiver.ts';
import type { Backend } from '../../src/ports.ts';
import { useRedis } from '../backend/redis/redis-store.ts';
import { everythingIn } from '../backend/rich-store.ts';
import { deliveryOf, eventOf, memoryOf, planOf, stateOf } from '../conformance/records.ts';
import { childEnv, cliPath, type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { type FeedServer, startFeedServer } from '../support/feed-server.ts';
import { runHere, withStore } from './in-process.ts';

const redis = useRedis({ appendfsync: 'always' });
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const file = 'sqlite:./feedhook.db';
// biome-ignore lint/suspicious/noTemplateCurlyInString: feedhook replaces it.
const byName = '${THERE}';

let origin: FeedServer;
let receiver: Receiver;
let world: DaemonFolder;
let there: string;

beforeEach(async () => {
  await redis.server.client.flushall();
  origin = await startFeedServer();
  receiver = await Receiver.start({ clock: systemClock, secret });
  there = `${redis.server.url}?lease=1s`;
  process.env.THERE = there;
  world = await daemonFolder(config(file));
});

afterEach(async () => {
  delete process.env.THERE;
  await world[Symbol.asyncDispose]();
  await receiver.close();
  await origin[Symbol.asyncDispose]();
});

function config(store: string): object {
  return loopbackConfig({
    feeds: [{ id: 'log', url: `${origin.url}/log` }],
    endpoints: [{ id: 'app', url: receiver.url, secret, retry: ['0s', '1h'] }],
    more: { store },
  });
}

const env = () => ({ THERE: there });
const migrate = (...args: readonly string[]) => runHere(world.config, ['migrate', ...args]);
const titles = () => receiver.arrivals.map(({ event }) => event?.data?.entry?.title);
const path = () => world.folder.file('feedhook.db');

test('a daemon goes on in the other store where it was, and back: nothing twice, nothing missed', async () => {
  origin.publish('log', 'first');
  let daemon = await world.start();
  await until(() => origin.count('log') > 1, 'the baseline is there');
  origin.publish('log', 'second');
  await until(() => receiver.accepted.length === 1, 'it has arrived');
  receiver.failNext(500);
  origin.publish('log', 'third');
  await until(() => receiver.arrivals.length === 2, 'it was tried once');
  await daemon.stop();

  origin.publish('log', 'fourth');
  const there1 = await migrate('--to', byName);
  expect(there1).toMatchObject({ code: 0, stderr: '' });
  expect(there1.stdout).toContain('both hold the same');
  const refused = world.launch();
  expect(await refused.exited).toMatchObject({ code: 1 });
  expect(refused.complaint).toContain('store-moved: store ');

  await world.configure(config(byName));
  daemon = await world.start(env());
  await until(() => receiver.arrivals.length === 3, 'the new one has arrived');
  expect(titles()).toEqual(['second', 'third', 'fourth']);
  const replay = await runHere(world.config, [
    'deliveries',
    'replay',
    '--state',
    'pending',
    '--endpoint',
    'app',
  ]);
  expect(replay).toMatchObject({ code: 0 });
  await until(() => receiver.arrivals.length === 4, 'what waited has arrived');
  expect(receiver.arrivals[3]?.webhookId).toBe(receiver.arrivals[1]?.webhookId);
  const busy = await migrate('--to', file);
  expect(busy.stderr).toContain('feedhook works on it');
  await daemon.stop();

  await world.configure(config(file));
  expect(await migrate('--from', byName)).toMatchObject({ code: 0 });
  origin.publish('log', 'fifth');
  daemon = await world.start();
  await until(() => receiver.arrivals.length === 5, 'the new one has arrived');
  expect(titles()).toEqual(['second', 'third', 'fourth', 'third', 'fifth']);
  const sequences = receiver.arrivals.map(({ headers }) => headers['feedhook-sequence']);
  expect(sequences).toEqual(['1', '2', '3', '2', '4']);
}, 60_000);

describe('a migration that is killed', () => {
  const feeds = 3_000;

  const fill = async ({ store, deliveries }: Backend) => {
    await deliveries.configure([planOf('app')]);
    const ids = Array.from({ length: feeds }, (_, place) => `f${place}`);
    await store.addEvents(ids.slice(0, 300).map((id) => eventOf(`evt_${id}`)));
    await deliveries.add(ids.slice(0, 300).map((id) => deliveryOf(`evt_${id}`)));
    await Promise.all(ids.map((id) => store.writeMemory(memoryOf(id))));
    await Promise.all(ids.map((id) => store.writeState(stateOf(id))));
  };

  test.each([1, 3_500])('when Redis has %i keys, is done again', async (keys) => {
    await withStore(path(), fill);
    const child = begin('--to', byName);
    await until(
      async () => (await redis.server.client.dbsize()) >= keys || child.exitCode !== null,
      'it is under way',
    );
    await kill(child);
    const again = await migrate('--to', byName);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain(`states of feeds    ${feeds}`);
  });

  function begin(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [cliPath, 'migrate', ...args], {
      cwd: world.folder.path,
      env: { ...process.env, ...childEnv, ...env() },
      stdio: 'ignore',
    });
  }
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

describe('refused is', () => {
  test.each([
    ['no store at all', [], 'give --to STORE'],
    ['a store that is none', ['--to', 'mysql://x'], 'error: --to: expected sqlite:'],
    ['one and the same file', ['--to', file], 'are both'],
    [
      'a source that does not exist',
      ['--from', 'sqlite:./none.db', '--to', 'sqlite:./b.db'],
      'there is none yet',
    ],
  ] as const)('%s', async (_, args, message) => {
    const end = await migrate(...args);
    expect(end.code).toBeGreaterThan(0);
    expect(end.stderr).toContain(message);
    expect(end.stdout).toBe('');
  });

  test('a file that a daemon owns', async () => {
    const end = await withStore(path(), async ({ store }) => {
      await store.writeState(stateOf('log'));
      return await migrate('--to', byName);
    });
    expect(end.stderr).toMatch(/^store-locked: .*another feedhook process owns it/);
    expect(await redis.server.client.dbsize()).toBe(0);
  });
});

test('a dry run says what would be copied, and writes nothing', async () => {
  await withStore(path(), async ({ store }) => store.writeState(stateOf('log')));
  const end = await migrate('--to', byName, '--dry-run');
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(end.stdout).toMatch(/states of feeds\s+1\n/);
  expect(await redis.server.client.dbsize()).toBe(0);
  await withStore(path(), async (backend) => expect(await everythingIn(backend)).toHaveLength(1));
});
