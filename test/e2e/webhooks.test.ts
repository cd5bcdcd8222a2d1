// Endpoints of many kinds at one daemon, well and sick ones: a child process, two feeds, one receiver on loopback. What a request of
// each format holds exactly is in test/deliver/render, what becomes of a sick endpoint in test/deliver: here all of it at once.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { DaemonProcess } from '../../src/commands/demo/daemon-process.ts';
import { k1, k2 } from '../deliver/records.ts';
import { signedHeaders } from '../deliver/verifier.ts';
import { feedhook } from '../support/command.ts';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { type FeedServer, startFeedServer } from '../support/feed-server.ts';
import { type Answer, type SeenRequest, startServer, type TestServer } from '../support/http-server.ts';

const quick = { rate: { requests: 100, per: '1s', burst: 10 } };
const alone = { concurrency: 1 };
const telegramPath = '/bot1:token/sendMessage';

const endpointsAt = (url: string) => [
  { id: 'standard', url: `${url}/standard`, secret: k1 },
  {
    id: 'jsonfeed',
    url: `${url}/jsonfeed`,
    secret: k1,
    format: 'jsonfeed',
    batch: { count: 3, within: '1s' },
  },
  { id: 'slack', url: `${url}/slack`, format: 'slack', ...quick },
  { id: 'discord', url: `${url}/discord`, format: 'discord', ...quick },
  { id: 'telegram', url: `${url}${telegramPath}`, format: 'telegram', to: '@chat', ...quick },
  {
    id: 'template',
    url: `${url}/template`,
    secret: k2,
    format: 'template',
    template: { says: '{{ feed.title }}: {{ entry.title }}' },
  },
  { id: 'filtered', url: `${url}/filtered`, secret: k1, filter: { not: { title: 'sponsored' } } },
  { id: 'labelled', url: `${url}/labelled`, secret: k1, labels: ['news'] },
  { id: 'denied', url: `${url}/denied`, secret: k1, ...alone },
  { id: 'gone', url: `${url}/gone`, secret: k1, ...alone },
  { id: 'broken', url: `${url}/broken`, secret: k1, filter: { title: 'first' }, retry: ['0s', '100ms'] },
  { id: 'hanging', url: `${url}/hanging`, secret: k1, timeout: '30s' },
  {
    id: 'alerts',
    url: `${url}/alerts`,
    secret: k2,
    events: ['endpoint.warning', 'endpoint.disabled', 'delivery.exhausted'],
  },
];

const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end();
const held = Promise.withResolvers<void>();
const answers: Record<string, Answer> = {
  [telegramPath]: (_, response) => void response.end('{"ok":true,"result":{"message_id":1}}'),
  '/denied': status(401),
  '/gone': status(410),
  '/broken': status(500),
  '/hanging': async (_, response) => {
    await held.promise;
    response.writeHead(204).end();
  },
};

let origin: FeedServer;
let receiver: TestServer;
let world: DaemonFolder;
let daemon: DaemonProcess;

const pathOf = ({ path }: SeenRequest) => path.replace(/\?.*/, '');
const requestsTo = (path: string) => receiver.requests.filter((request) => pathOf(request) === path);
const bodiesTo = (path: string) => requestsTo(path).map(({ body }) => JSON.parse(body.toString()));
const titlesAt = (path: string) => bodiesTo(path).map(({ data }) => data.entry.title);
const sorted = (titles: readonly string[]) => titles.toSorted();
const have = (path: string, count: number) => () => requestsTo(path).length === count;
async function json(...words: string[]) {
  const { stdout } = await feedhook([...words, '--json'], world.folder.path);
  return JSON.parse(stdout);
}
type Standings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
async function standings(): Promise<Standings> {
  const listed: { endpointId: string }[] = await json('endpoints', 'list');
  return Object.fromEntries(listed.map(({ endpointId, ...standing }) => [endpointId, standing]));
}

/** Those that answer well, with the requests that four entries make there. */
const healthy: readonly (readonly [path: string, requests: number])[] = [
  ['/standard', 4],
  ['/jsonfeed', 2],
  ['/slack', 4],
  ['/discord', 4],
  [telegramPath, 4],
  ['/template', 4],
  ['/filtered', 3],
  ['/labelled', 3],
  ['/alerts', 3],
];
const entries = ['first', 'second', 'sponsored third'];

beforeAll(async () => {
  origin = await startFeedServer();
  receiver = await startServer((request, response, message) =>
    (answers[pathOf(request)] ?? status(204))(request, response, message),
  );
  origin.publish('log', 'baseline');
  origin.publish('plain', 'baseline');
  const feeds = [
    { id: 'log', url: `${origin.url}/log`, labels: ['news'] },
    { id: 'plain', url: `${origin.url}/plain` },
  ];
  world = await daemonFolder(loopbackConfig({ feeds, endpoints: endpointsAt(receiver.url) }));
  daemon = await world.start();
  await until(() => origin.count('log') > 1 && origin.count('plain') > 1, 'the baselines are there');
  origin.publish('log', ...entries);
  origin.publish('plain', 'elsewhere');
  for (const [path, count] of healthy) {
    await until(have(path, count), `${path} has ${count} requests`, 20_000);
  }
}, 40_000);

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await receiver.close();
  await origin[Symbol.asyncDispose]();
});

/** On a slow machine there may have been a probe: always by the oldest event. */
function expectShut(): void {
  expect(requestsTo('/gone')).toHaveLength(1);
  expect(new Set(requestsTo('/denied').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
}

describe('two feeds, endpoints of every kind, some of them sick', () => {
  test('those that are well have everything, while one does not answer at all', () => {
    const everything = sorted([...entries, 'elsewhere']);
    expect(requestsTo('/hanging')).toHaveLength(4);
    expect(sorted(titlesAt('/standard'))).toEqual(everything);
    expect(sorted(bodiesTo('/template').map(({ says }) => says))).toEqual(
      sorted([...entries.map((title) => `log: ${title}`), 'plain: elsewhere']),
    );
  });

  test('several entries of one feed share a request where they may', () => {
    const items: { title: string }[][] = bodiesTo('/jsonfeed').map((body) => body.items);
    const shared = items.map((some) => some.map(({ title }) => title));
    expect(shared).toEqual(expect.arrayContaining([entries, ['elsewhere']]));
    expect(requestsTo('/jsonfeed')[shared.findIndex(({ length }) => length > 1)]?.headers).toMatchObject({
      'content-type': 'application/feed+json; charset=utf-8',
      'webhook-id': expect.stringMatching(/^bat_/),
      'feedhook-batch': '3',
    });
  });

  test.each([
    ['/slack', (body: { text: string }) => body.text],
    ['/discord', (body: { embeds: [{ title: string }] }) => body.embeds[0].title],
    [telegramPath, (body: { text: string }) => body.text],
  ])('a chat is told in order, in its own words, and without a signature: %s', (path, textOf) => {
    const texts = bodiesTo(path).map(textOf);
    const told = texts.flatMap((text) => entries.filter((title) => text.includes(title)));
    expect(told).toEqual(entries);
    expect(requestsTo(path).some(({ headers }) => 'webhook-signature' in headers)).toBe(false);
  });

  test('filters and labels hold', () => {
    expect(sorted(titlesAt('/filtered'))).toEqual(['elsewhere', 'first', 'second']);
    expect(sorted(titlesAt('/labelled'))).toEqual(sorted(entries));
  });

  test('whoever verifies can', () => {
    const secrets = { '/standard': k1, '/jsonfeed': k1, '/template': k2, '/alerts': k2, '/denied': k1 };
    for (const [path, secret] of Object.entries(secrets)) {
      for (const { body, headers } of requestsTo(path)) {
        expect(() => new Webhook(secret).verify(body, { ...signedHeaders(headers) })).not.toThrow();
      }
    }
  });

  test('a sick endpoint is asked no more than it takes to see that it is sick', () => {
    expectShut();
    expect(requestsTo('/broken').map(({ headers }) => headers['feedhook-attempt'])).toEqual(['1', '2']);
  });

  test('the alert endpoint is told what has become of the sick ones, and of no entry', () => {
    const [first] = bodiesTo('/broken');
    const alerts = bodiesTo('/alerts').map(({ type, data }) => ({ type, ...data }));
    expect(alerts).toHaveLength(3);
    expect(alerts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'endpoint.warning',
          endpoint: 'denied',
          reason: 'refused',
          code: 'http-401',
        }),
        expect.objectContaining({ type: 'endpoint.disabled', endpoint: 'gone', reason: 'http-410' }),
        expect.objectContaining({
          type: 'delivery.exhausted',
          endpoint: 'broken',
          event_id: first.id,
          attempts: 2,
          last_error: expect.objectContaining({ code: 'http-500' }),
        }),
      ]),
    );
  });

  test('polling goes on', async () => {
    const before = origin.count('log');
    await until(() => origin.count('log') > before + 2, 'it is polled');
  });

  test('endpoints list shows who is shut, and what each is owed', async () => {
    expect(await standings()).toMatchObject({
      standard: { state: 'well', done: 4, pending: 0 },
      filtered: { state: 'well', done: 3, skipped: 1 },
      labelled: { state: 'well', done: 3, pending: 0, skipped: 0 },
      denied: { state: 'open', because: 'http-401', pending: 4, dead: 0 },
      gone: { state: 'disabled', because: 'http-410', pending: 4, dead: 0 },
      broken: { state: 'well', pending: 0, dead: 1, skipped: 3 },
      hanging: { state: 'well', pending: 4 },
      alerts: { state: 'well', done: 3 },
    });
  });

  test('deliveries list shows what a filter has stopped', async () => {
    const skipped: { endpointId: string; title: string }[] = await json(
      'deliveries',
      'list',
      '--state',
      'skipped',
    );
    const rows = skipped.map(({ endpointId, title }) => `${endpointId}: ${title}`);
    expect(rows.sort()).toEqual([
      'broken: elsewhere',
      'broken: second',
      'broken: sponsored third',
      'filtered: sponsored third',
    ]);
  });

  test('why tells of each endpoint where the entry is, and of the worst of them first', async () => {
    type Owed = { delivery: { endpointId: string }; stage: string };
    const stagesOf = async (title: string) => {
      const [entry] = (await json('why', 'log', `log:${title}`)).entries;
      const owed: Owed[] = entry.events[0].deliveries;
      return {
        worst: entry.stage,
        ...Object.fromEntries(owed.map(({ delivery, stage }) => [delivery.endpointId, stage])),
      };
    };
    expect(await stagesOf('first')).toMatchObject({ worst: 'dead', broken: 'dead', filtered: 'delivered' });
    expect(await stagesOf('sponsored third')).toMatchObject({
      worst: 'disabled',
      standard: 'delivered',
      telegram: 'delivered',
      jsonfeed: 'delivered',
      labelled: 'delivered',
      filtered: 'filtered',
      broken: 'filtered',
      denied: 'circuit-open',
      gone: 'disabled',
      hanging: 'waiting',
    });
  });
});

describe('after a restart', () => {
  let before: Standings;

  beforeAll(async () => {
    held.resolve();
    before = await standings();
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    daemon = await world.start();
    origin.publish('log', 'fourth');
    await until(
      () => have('/standard', 5)() && have('/hanging', 5)() && have('/jsonfeed', 3)(),
      'it goes on',
    );
  }, 30_000);

  test('nobody gets anything again, and those that are shut get nothing at all', () => {
    const ids = requestsTo('/standard').map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(5);
    const numbers = requestsTo('/standard').map(({ headers }) => Number(headers['feedhook-sequence']));
    expect(numbers.toSorted()).toEqual([1, 2, 3, 4, 5]);
    expectShut();
    expect(requestsTo('/alerts')).toHaveLength(3);
  });

  test('they are shut since when they were, and are owed what came meanwhile', async () => {
    const after = await standings();
    for (const id of ['denied', 'gone']) {
      const { state, because, since } = before[id] ?? {};
      expect(after[id]).toMatchObject({ state, because, since, pending: 5 });
    }
  });

  test('one that is enabled by hand gets all that was kept for it, the same as the others had', async () => {
    answers['/gone'] = status(204);
    const { code } = await feedhook(['endpoints', 'enable', 'gone'], world.folder.path);
    expect(code).toBe(0);
    await until(have('/gone', 6), 'all have arrived');
    const [, ...kept] = requestsTo('/gone');
    const bytes = (requests: readonly SeenRequest[]) => sorted(requests.map(({ body }) => body.toString()));
    expect(bytes(kept)).toEqual(bytes(requestsTo('/standard')));
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect((await standings()).gone).toMatchObject({ state: 'well', done: 5, pending: 0 });
  });
});
