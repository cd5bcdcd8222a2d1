// Three real daemons on one private redis-server, feeds on four hosts, one receiver: what any number of processes do together is
// what one would do. Children with folders and configurations of their own, as on machines of their own.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DaemonProcess } from '../../src/commands/demo/daemon-process.ts';
import { feedhook } from '../support/command.ts';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { type RedisServer, startRedis } from '../support/redis/server.ts';

const hosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];

/** A host of RSS feeds that takes its time, and counts the requests that it has at once. */
class Origin {
  readonly titles = new Map<string, string[]>();
  readonly polls = new Map<string, number>();
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #host: string;
  #server: TestServer | undefined;

  constructor(host: string) {
    this.#host = host;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  async open(): Promise<void> {
    this.#server = await startServer(async ({ path, headers }, response) => {
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const name = path.slice(1);
      this.polls.set(name, (this.polls.get(name) ?? 0) + 1);
      this.#atOnce -= 1;
      const titles = this.titles.get(name) ?? [];
      const etag = `"${titles.length}"`;
      if (headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
      const items = titles.map((title) => `<item><guid>${title}</guid><title>${title}</title></item>`);
      const rss = `<?xml version="1.0"?><rss version="2.0"><channel><title>${name}</title>${items.join('')}</channel></rss>`;
      response.writeHead(200, { etag, 'content-type': 'application/rss+xml' }).end(rss);
    }, this.#host);
  }

  publish(name: string, title: string): void {
    this.titles.set(name, [title, ...(this.titles.get(name) ?? [])]);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

const origins = hosts.map((host) => new Origin(host));
const names = ['one', 'two', 'three'];
let redis: RedisServer;
let receiver: TestServer;
interface Machine {
  readonly folder: DaemonFolder;
  readonly daemon: DaemonProcess;
}
/** All that ever ran, and those that run. */
const folders: DaemonFolder[] = [];
let machines: Machine[] = [];
const published: string[] = [];

const feedsOf = (...added: string[]) =>
  origins.flatMap(({ url }, host) =>
    [...names, ...added].map((name) => ({ id: `${name}-${host}`, url: `${url}/${name}` })),
  );

const config = (...added: string[]) =>
  loopbackConfig({
    feeds: feedsOf(...added),
    endpoints: [{ id: 'app', url: `${receiver.url}/hook` }],
    interval: '300ms',
    more: {
      store: `${redis.url}/0?prefix=e2e&lease=2s`,
      origins: Object.fromEntries(
        hosts.map((host) => [host, { scope: 'host', gap: '20ms', concurrency: 1 }]),
      ),
    },
  });

async function another(): Promise<Machine> {
  const folder = await daemonFolder(config());
  folders.push(folder);
  return { folder, daemon: await folder.start() };
}

function publish(round: string, ...added: string[]): void {
  for (const [host, origin] of origins.entries()) {
    for (const name of [...names, ...added]) {
      const title = `${round} ${name} ${host}`;
      origin.publish(name, title);
      published.push(title);
    }
  }
}

const received = () =>
  receiver.requests.map(({ body }) => JSON.parse(body.toString()).data.entry.title as string);
const allReceived = () =>
  until(() => new Set(received()).size >= published.length, 'all entries have arrived', 20_000);
const told = ({ daemon }: Machine, event: string) =>
  daemon.line((line) => line.event === event, event, 15_000);

beforeAll(async () => {
  redis = await startRedis();
  receiver = await startServer((_request, response) => void response.writeHead(204).end());
  await Promise.all(origins.map((origin) => origin.open()));
  for (const origin of origins) for (const name of names) origin.publish(name, 'baseline');
  machines = await Promise.all([another(), another(), another()]);
  const isPolled = ({ polls }: Origin) => names.every((name) => (polls.get(name) ?? 0) > 1);
  await until(() => origins.every(isPolled), 'the baselines are there', 20_000);
}, 60_000);

afterAll(async () => {
  await Promise.all(folders.map((folder) => folder[Symbol.asyncDispose]()));
  await Promise.all(origins.map((origin) => origin.close()));
  await receiver.close();
  await redis[Symbol.asyncDispose]();
});

describe('three daemons on one store', () => {
  test('share the work, and deliver each entry once', async () => {
    publish('first');
    await allReceived();
    const poll = (line: { event?: string }) => line.event === 'poll';
    expect(machines.filter(({ daemon }) => daemon.lines.some(poll)).length).toBeGreaterThan(1);
    expect(received().toSorted()).toEqual(published.toSorted());
  }, 30_000);

  test('status lists them', async () => {
    const { stdout } = await feedhook(['status', '--workers', '--json'], folders[0]?.folder.path ?? '');
    const workers: { pid: number; rules: boolean }[] = JSON.parse(stdout);
    expect(workers.map(({ pid, rules }) => [pid, rules]).toSorted()).toEqual(
      machines.map(({ daemon }) => [daemon.pid, true]).toSorted(),
    );
  });

  test('one is stopped while entries appear, and another one is started: nothing is lost', async () => {
    const [first] = machines;
    publish('second');
    const stopping = first?.daemon.stop();
    publish('third');
    machines = [...machines.slice(1), await another()];
    expect(await stopping).toEqual({ code: 0, signal: null });
    await allReceived();
    expect(received().toSorted()).toEqual(published.toSorted());
  }, 40_000);

  test('one is killed: its lanes and slots are taken over', async () => {
    const [first] = machines;
    publish('fourth');
    await first?.daemon.kill();
    machines = [...machines.slice(1), await another()];
    publish('fifth');
    await allReceived();
    const ids = receiver.requests.map(
      ({ headers, body }) => `${headers['webhook-id']} ${JSON.parse(body.toString()).data.entry.title}`,
    );
    // What was on its way when it died may arrive again, under the same id.
    expect(new Set(ids).size).toBe(published.length);
  }, 40_000);

  test('one gets another feeds.yaml: the others stand back until they have it too', async () => {
    for (const origin of origins) origin.publish('four', 'baseline');
    const [leader, ...followers] = machines;
    if (!leader) throw new Error('three daemons');
    await leader.folder.configure(config('four'));
    await told(leader, 'reloaded');
    for (const follower of followers) await told(follower, 'config-behind');
    await until(() => origins.every(({ polls }) => (polls.get('four') ?? 0) > 1), 'the new feeds are polled');
    const polled = followers.map(({ daemon }) => daemon.lines.length);
    publish('sixth', 'four');
    await allReceived();
    const lines = followers.map(({ daemon }, place) =>
      daemon.lines.slice(polled[place]).map(({ event }) => event),
    );
    expect(lines.flat()).toEqual([]);
    for (const { folder } of followers) await folder.configure(config('four'));
    for (const follower of followers) await told(follower, 'config-rules');
    publish('seventh', 'four');
    await allReceived();
    const { stdout } = await feedhook(['status'], leader.folder.folder.path);
    expect(stdout.match(/\d+ .*ago.*rules$/gm)).toHaveLength(3);
  }, 60_000);

  test('a machine with an old feeds.yaml that is started does nothing, and stops when told', async () => {
    const { daemon } = await another();
    const told = daemon.lines.map(({ event, behind }) => [event, behind]);
    expect(told.slice(-2)).toEqual([
      ['config-behind', undefined],
      ['started', true],
    ]);
    publish('old', 'four');
    await allReceived();
    expect(daemon.lines.at(-1)?.event).toBe('started');
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  }, 40_000);

  test('the store is emptied: nothing is announced again, and what comes after is delivered', async () => {
    const before = received().length;
    await redis.client.flushall();
    const isFlushTold = ({ daemon }: Machine) => daemon.lines.some(({ event }) => event === 'store-flushed');
    // A lane that runs finds out at once; otherwise each process looks every minute.
    await until(() => machines.every(isFlushTold), 'all have noticed', 70_000);
    for (const origin of origins) origin.polls.clear();
    const isPolled = ({ polls }: Origin) => [...names, 'four'].every((name) => (polls.get(name) ?? 0) > 1);
    await until(() => origins.every(isPolled), 'all feeds are polled', 20_000);
    expect(received()).toHaveLength(before);
    publish('eighth', 'four');
    await allReceived();
    expect(received()).toHaveLength(before + 16);
  }, 100_000);

  test('no host ever had two requests at a time', () => {
    expect(origins.map(({ mostAtOnce }) => mostAtOnce)).toEqual([1, 1, 1, 1]);
  });
});
