// `deliveries release` and `drop`, run in this process on a store that holds withheld deliveries: what they print, what they
// refuse, that a replay never does their work, and that a running daemon hears of them.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { Receiver } from '../../src/commands/demo/receiver.ts';
import type { NewDelivery } from '../../src/model/delivery.ts';
import { entryEvent } from '../../src/outbox/event.ts';
import type { Backend, EndpointPlan } from '../../src/ports.ts';
import { bare, change } from '../outbox/sample.ts';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { type FeedServer, startFeedServer } from '../support/feed-server.ts';
import { withStore as inStore, runHere } from './in-process.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let origin: FeedServer;
let receiver: Receiver;
let world: DaemonFolder;

beforeEach(async () => {
  origin = await startFeedServer();
  origin.publish('log', 'first');
  receiver = await Receiver.start({ clock: systemClock, secret });
  const endpoints = [{ id: 'app', url: receiver.url, secret }];
  world = await daemonFolder(
    loopbackConfig({ feeds: [{ id: 'log', url: `${origin.url}/log` }], endpoints, interval: '1h' }),
  );
  await withStore(async ({ store, deliveries }) => {
    const withheld = ['old-1', 'old-2', 'old-3'].map((id) => eventOf(id, { isWithheld: true }));
    const events = [...withheld, eventOf('news')];
    await store.addEvents(events);
    await deliveries.configure([plan('app')]);
    await deliveries.add(
      events.map(
        ({ id: eventId, feedId, isWithheld }): NewDelivery => ({
          ...{ eventId, feedId, endpointId: 'app' },
          ...(isWithheld && { isWithheld }),
        }),
      ),
    );
  });
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await receiver.close();
  await origin[Symbol.asyncDispose]();
});

function eventOf(id: string, more: { isWithheld?: true } = {}) {
  const key = { source: 'guid', value: `guid:${id}` } as const;
  const about = { id: 'log', url: `${origin.url}/log`, feedUrl: `${origin.url}/log`, labels: [] };
  return entryEvent(change({ ...bare, id, title: id }, { key, ...more }), about, systemClock.now());
}

const plan = (id: string): EndpointPlan => ({
  ...{ id, target: id, concurrency: 4 },
  ...{ ordering: 'none', maxBlockMs: 0 },
});

const deliveryId = (entry: string) => `${eventOf(entry).id}.app`;

const withStore = <T>(act: (backend: Backend) => Promise<T>) =>
  inStore(world.folder.file('feedhook.db'), act);
const run = (...args: string[]) => runHere(world.config, args);

const countOf = (state: 'pending' | 'withheld' | 'dead') =>
  withStore(async ({ deliveries }) => (await deliveries.list({ state }, 99)).length);

describe('what waits for the operator', () => {
  test('is counted by list, endpoints, status and why, with the commands that decide', async () => {
    const decide =
      'feed log: 3 deliveries wait for you: "feedhook deliveries release --feed log" sends them, "feedhook deliveries drop --feed log" gives them up';
    const list = (await run('deliveries', 'list', '--state', 'withheld')).stdout;
    expect(list.match(/ withheld /g)).toHaveLength(3);
    expect(list).toMatch(
      /^DELIVERY +FEED +EVENT +ENTRY +STATE .*\nevt_\w+\.app +log +entry\.new +old-3 +withheld /,
    );
    expect(JSON.parse((await run('deliveries', 'list', '--limit', '1', '--json')).stdout)).toMatchObject([
      { id: deliveryId('news'), type: 'entry.new', title: 'news', state: 'pending' },
    ]);
    const endpoints = (await run('endpoints', 'list')).stdout;
    expect(endpoints).toMatch(/^ENDPOINT .* DEAD +WITHHELD\napp +well +- +- +- +1 +\d+ s +0 +0 +3\n/);
    expect(endpoints).toContain(decide);
    expect((await run('status')).stdout).toContain(`\n${decide}`);
    expect(JSON.parse((await run('status', '--json')).stdout)).toEqual([{ feedId: 'log', withheld: 3 }]);
    expect((await run('why', 'log')).stdout).toContain(
      '\n  withheld      3 deliveries wait for you: "feedhook',
    );
    expect(JSON.parse((await run('why', 'log', '--json')).stdout)).toMatchObject({ withheld: 3 });
  });

  test('is explained entry by entry', async () => {
    const { stdout } = await run('why', 'log', deliveryId('old-2'));
    expect(stdout).toMatch(/^log: old-2: withheld\n {2}because /);
    expect(stdout).toContain(`"feedhook deliveries release ${deliveryId('old-2')}" sends it`);
    expect(JSON.parse((await run('why', 'log', 'old-2', '--json')).stdout)).toMatchObject({
      entries: [{ id: 'old-2', stage: 'withheld' }],
    });
    expect((await run('why', 'log', 'never')).stdout).toMatch(/^log: no entry "never" was seen\n/);
  });
});

describe('a decision', () => {
  test.each([
    ['release', 'would be sent', 'will be sent, at once', 'pending', 4],
    ['drop', 'would be dropped', 'dropped; "feedhook deliveries replay"', 'dead', 3],
  ] as const)(
    'to %s is tried, made once, and then there is nothing left to decide',
    async (verb, dryRun, done, state, count) => {
      expect((await run('deliveries', verb, '--feed', 'log', '--dry-run')).stdout).toBe(
        `3 withheld deliveries ${dryRun}\n`,
      );
      expect(await countOf('withheld')).toBe(3);
      expect((await run('deliveries', verb, deliveryId('old-1'))).stdout).toContain(
        `1 withheld delivery ${done}`,
      );
      expect((await run('deliveries', verb, '--feed', 'log')).stdout).toContain(
        `2 withheld deliveries ${done}`,
      );
      expect((await run('deliveries', verb, '--endpoint', 'app', '--since', '1h')).stdout).toContain(
        'no withheld delivery matches; ',
      );
      expect([await countOf('withheld'), await countOf(state)]).toEqual([0, count]);
      expect(await run('deliveries', verb, deliveryId('old-1'))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`delivery ${deliveryId('old-1')} is ${state}, not withheld`),
      });
    },
  );

  test.each([
    [['release'], 2, 'name a delivery or give a filter'],
    [['drop'], 2, 'name a delivery or give a filter'],
    [['release', 'evt_x.app'], 1, 'no delivery evt_x.app'],
    [['drop', 'evt_x.app'], 1, 'no delivery evt_x.app'],
    [['release', '--state', 'dead'], 2, '--state'],
    [['replay', '--state', 'withheld'], 2, '"feedhook deliveries release" sends what is withheld'],
  ])('%j ends with exit code %i and says why', async (args, code, stderr) => {
    expect(await run('deliveries', ...args)).toMatchObject({ code, stderr: expect.stringContaining(stderr) });
    expect(await countOf('withheld')).toBe(3);
  });

  test('is never made by a replay', async () => {
    const id = deliveryId('old-1');
    expect(await run('deliveries', 'replay', id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `withheld, which no replay ends; "feedhook deliveries release ${id}" sends it`,
      ),
    });
    expect((await run('deliveries', 'replay', '--feed', 'log', '--dry-run')).stdout).toContain(
      '1 delivery would be sent again',
    );
    expect((await run('deliveries', 'replay', '--feed', 'log')).stdout).toContain(
      '1 delivery will be sent again',
    );
    expect(await countOf('withheld')).toBe(3);
  });
});

describe('beside a running daemon', () => {
  test('what is released arrives with the id and the bytes that were stored, and what is dropped does not', async () => {
    const daemon = await world.start();
    await until(() => receiver.arrivals.length === 1, 'what is not withheld arrives');
    expect((await run('deliveries', 'drop', deliveryId('old-1'))).stdout).toContain(
      '1 withheld delivery dropped',
    );
    expect((await run('deliveries', 'release', '--feed', 'log')).stdout).toContain(
      '2 withheld deliveries will be sent',
    );
    await until(() => receiver.arrivals.length === 3, 'they have arrived');
    const [, ...released] = receiver.arrivals;
    expect(released.map(({ webhookId }) => webhookId).toSorted()).toEqual(
      [eventOf('old-2').id, eventOf('old-3').id].toSorted(),
    );
    expect(released.map(({ headers }) => headers['feedhook-sequence']).toSorted()).toEqual(['2', '3']);
    expect(released.map(({ headers }) => headers['feedhook-replay'])).toEqual([undefined, undefined]);
    expect((await run('deliveries', 'replay', '--state', 'dead')).stdout).toContain(
      '1 delivery will be sent again',
    );
    await until(() => receiver.arrivals.length === 4, 'the dropped one arrives after all');
    expect(receiver.arrivals.at(-1)?.headers['feedhook-replay']).toBe('true');
    await daemon.stop();
    const stored = await withStore(({ store }) =>
      store.readEvents(receiver.arrivals.map(({ webhookId }) => webhookId)),
    );
    expect(receiver.arrivals.map(({ body }) => body.toString())).toEqual(stored.map(({ body }) => body));
  });

  test('a publisher that changes all ids sends nothing twice: what may be old waits, and is sent when it is released', async () => {
    const posts = (ids: string, ...extra: string[]) => [
      ...extra,
      ...[5, 4, 3, 2, 1].map((day) => post(`${ids}-${day}`, day)),
    ];
    let document = posts('old');
    // Without a validator it would be asked once a day.
    origin.answer(
      'blog',
      (_request, response) =>
        void response.writeHead(200, { etag: `"${document.length}"` }).end(rss(document)),
    );
    const endpoints = [
      { id: 'hook', url: receiver.url, secret, events: ['entry.new', 'feed.identity_churn'] },
    ];
    await world.configure(loopbackConfig({ feeds: [{ id: 'blog', url: `${origin.url}/blog` }], endpoints }));
    const daemon = await world.start();
    await until(() => origin.count('blog') > 1, 'the baseline is there');
    document = posts('new', post('news', 6), post('forgotten', 0));
    await until(() => receiver.arrivals.length === 2, 'the notice and the news have arrived');
    const types = receiver.arrivals.map(({ event }) => event?.type);
    expect(types.toSorted()).toEqual(['entry.new', 'feed.identity_churn']);
    const notice = receiver.arrivals.find(({ event }) => event?.type === 'feed.identity_churn');
    expect(JSON.parse(String(notice?.body)).data).toMatchObject({ matched: 5, withheld: 1 });

    expect((await run('why', 'blog', 'forgotten')).stdout).toMatch(/^blog: forgotten: withheld\n/);
    expect((await run('why', 'blog', 'news')).stdout).toMatch(/^blog: news: delivered\n/);
    expect((await run('why', 'blog', 'old-3')).stdout).toMatch(/^blog: old-3: renamed\n/);
    expect((await run('deliveries', 'release', '--feed', 'blog')).stdout).toContain(
      '1 withheld delivery will be sent',
    );
    await until(() => receiver.arrivals.length === 3, 'it has arrived');
    expect(JSON.parse(String(receiver.arrivals[2]?.body)).data.entry.id).toBe('forgotten');
    await daemon.stop();
  });
});

/** A post of a day in November; the same day has the same words, whatever its id. */
function post(id: string, day: number): string {
  const date = new Date(Date.UTC(2025, 10, 10 + day)).toUTCString();
  return `<item><guid isPermaLink="false">${id}</guid><title>${day % 6 === 0 ? id : `Post ${day}`}</title><link>https://example.org/${day}</link><pubDate>${date}</pubDate></item>`;
}

function rss(items: readonly string[]): string {
  return `<rss version="2.0"><channel><title>blog</title>${items.join('')}</channel></rss>`;
}
