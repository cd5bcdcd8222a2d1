// Each command, run for real: what it prints, its exit code, and that it works beside a running daemon.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { systemClock } from '../../src/clock.ts';
import { Receiver } from '../../src/commands/demo/receiver.ts';
import { silentLog } from '../../src/log.ts';
import type { FeedState } from '../../src/model/feed.ts';
import { feedhook } from '../support/command.ts';
import { cliPath, type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { type FeedServer, startFeedServer } from '../support/feed-server.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let origin: FeedServer;
let receiver: Receiver;
let world: DaemonFolder;

beforeEach(async () => {
  origin = await startFeedServer();
  receiver = await Receiver.start({ clock: systemClock, secret });
  origin.publish('log', 'first');
  world = await daemonFolder(config());
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await receiver.close();
  await origin[Symbol.asyncDispose]();
});

const config = (over: Partial<Parameters<typeof loopbackConfig>[0]> = {}) =>
  loopbackConfig({
    feeds: [{ id: 'log', url: `${origin.url}/log` }],
    endpoints: [{ id: 'app', url: receiver.url, secret }],
    ...over,
  });
const run = (...args: string[]) => feedhook(args, world.folder.path);

/** Leaves the stored state as three 410s over a day do. */
async function park(feedId: string): Promise<void> {
  const nextPoll = { at: Number.POSITIVE_INFINITY, reason: 'parked' } as const;
  await changeState(feedId, { nextPoll, parkedAt: systemClock.now(), failures: 3 });
}

async function changeState(feedId: string, more: Partial<FeedState>): Promise<void> {
  const store = { kind: 'sqlite', path: world.folder.file('feedhook.db') } as const;
  const backend = await openBackend({ store, clock: systemClock, log: silentLog, exclusive: true });
  const state = (await backend.store.readStates([feedId])).get(feedId);
  if (!state) throw new Error(`no state of ${feedId}`);
  await backend.store.writeState({ ...state, ...more });
  await backend.close();
}

describe('feedhook', () => {
  test.each([
    [['--help'], 0],
    [['run', '--help'], 0],
    [['--version'], 0],
    [['fly'], 2],
    [['status', '--colour'], 2],
    [['deliveries', 'replay'], 2],
    [['deliveries', 'list', '--since', 'yesterday'], 2],
    [['status', '--config', 'absent.yaml'], 2],
    [['poll', 'lag'], 2],
    [['preview', 'not-a-url'], 2],
    [['preview', 'ftp://example.org/feed'], 2],
    [['preview', 'http://127.0.0.1/', '--allow', 'not a host'], 2],
  ])('%j ends with exit code %i', async (args, code) => {
    const end = await run(...args);
    expect(end).toMatchObject({ code });
    expect(end.stderr).not.toMatch(/^ {4}at /m);
  });

  test.each([[['--help']], [['check', '--print-schema']]])(
    '%j into a pipe that nobody reads is no fault',
    async (args) => {
      const child = spawn(process.execPath, [cliPath, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      const complaint = text(child.stderr);
      child.stdout.destroy();
      const [code] = await once(child, 'close');
      expect([code, await complaint]).toEqual([0, '']);
    },
  );
});

describe('run', () => {
  test('an address that another program listens at is a fault of feeds.yaml, in one line', async () => {
    const listen = `127.0.0.1:${origin.port}`;
    await world.configure(config({ more: { server: { listen } } }));
    const { code, stderr } = await run('run');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^\S+feeds\.yaml: server\.listen: cannot listen at .*EADDRINUSE.*name a free port, or off\n$/,
      ),
    ]);
  });
});

describe('check', () => {
  test('a valid file: 0, and opens no socket', async () => {
    const { code, stdout } = await run('check');
    expect([code, stdout]).toEqual([0, 'feeds.yaml is valid: 1 feed, events go to app\n']);
    expect(origin.server.requests).toHaveLength(0);
  });

  test('of many endpoints names a few', async () => {
    const endpoints = Array.from({ length: 13 }, (_, n) => ({ id: `e${n}`, url: receiver.url }));
    await world.configure(config({ endpoints }));
    expect((await run('check')).stdout).toMatch(/ events go to e0, e1, .*, e9 and 3 more\n/);
  });

  test('says which feeds have an id that changes with their URL', async () => {
    await world.configure({ feeds: ['https://example.org/a', { id: 'b', url: 'https://example.org/b' }] });
    expect(await run('check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(
        'feeds without an id: 1 (such as example.org-b5b10dd0); theirs is made from the URL',
      ),
    });
  });

  test('warnings: 1', async () => {
    await world.configure(config({ endpoints: [{ id: 'app', url: receiver.url }] }));
    const { code, stdout } = await run('check');
    expect([code, stdout]).toEqual([1, expect.stringContaining('not signed')]);
  });

  test.each([
    ['an unknown key', { feedz: [] }, 'feedz'],
    [
      'a cron expression that is none',
      { feeds: [{ id: 'log', url: 'http://127.0.0.1/', schedule: '61 * * * *' }] },
      /^feeds\.yaml:\d+:\d+: feeds\[0\]\.schedule: /m,
    ],
    [
      'an address that feeds must not reach',
      { feeds: [{ id: 'log', url: 'http://169.254.169.254/?token=hunter2' }] },
      /^feeds\.yaml:\d+:\d+: feeds\[0\]\.url: .* \(found "http:\/\/169\.254\.169\.254\/\?token=\*{3}"\)$/m,
    ],
  ])('%s: 2, with its place', async (_name, more, fault) => {
    await world.configure(config({ more }));
    const { code, stderr } = await run('check');
    expect(code).toBe(2);
    expect(stderr).toMatch(fault);
  });

  test('--print-schema prints the JSON Schema of feeds.yaml', async () => {
    expect(JSON.parse((await run('check', '--print-schema')).stdout)).toHaveProperty('properties.feeds');
  });
});

describe('poll', () => {
  test('polls a feed that is due, then not again before its time, then again by --force', async () => {
    await world.configure(config({ interval: '1h' }));
    expect(await run('poll')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^log: unchanged \(200\)\n {2}request {5}unconditional/),
    });
    expect(await run('poll', 'log')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^log: not polled: due in .*, at \S+Z because of interval \(defaults\.interval: 1h\); --force polls now\n$/,
      ),
    });
    origin.publish('log', 'second');
    const forced = await run('poll', '--force', 'log');
    expect(forced).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('event       entry.new guid:log:second'),
    });
    expect(forced.stdout).toMatch(/\n {2}overrides {3}interval until \S+Z \(defaults\.interval: 1h\)\n/);
    expect(origin.server.requests.at(-1)?.headers['cache-control']).toBe('no-cache');
    expect(origin.server.requests).toHaveLength(2);
  });

  test('a fresh feed is refused with the header and its time, and --force says that it overrides it', async () => {
    origin.answer(
      'log',
      (_request, response) =>
        void response
          .writeHead(200, { etag: '"1"', 'cache-control': 'max-age=43200' })
          .end('<rss version="2.0"><channel><title>t</title></channel></rss>'),
    );
    await run('poll', 'log');
    const { stdout } = await run('poll', 'log');
    expect(stdout).toMatch(
      /^log: not polled: due in 1[12] h, at \S+Z because of max-age \(Cache-Control: max-age/i,
    );
    const forced = await run('poll', '--force', 'log');
    expect(forced.stdout).toMatch(/\n {2}overrides {3}max-age until \S+Z \(Cache-Control: max-age/i);
    expect(origin.count('log')).toBe(2);
  });

  test('two feeds with one URL are asked once, and each is told of', async () => {
    await world.configure(
      config({ feeds: ['log', 'copy'].map((id) => ({ id, url: `${origin.url}/log` })), interval: '1h' }),
    );
    const { stdout } = await run('poll', 'copy');
    expect(stdout).toMatch(
      /^log: unchanged \(200\)\n(?: {2}.*\n)+copy: unchanged \(200\)\n {2}request {5}shared with log\n/,
    );
    expect((await run('poll')).stdout).toMatch(/^log, copy: not polled: due in /);
    expect(origin.count('log')).toBe(1);
  });

  test('--wire shows the conversation on standard error, and the outcome alone on standard output', async () => {
    const plain = await run('poll', 'log');
    expect(plain.stderr).toBe('');
    const { stdout, stderr } = await run('poll', '--force', '--wire', 'log');
    expect(stderr).toMatch(/GET \/log/);
    expect(stderr).toMatch(/304/);
    expect(stdout).toMatch(/^log: notModified \(304\)\n/);
  });

  test('--force never breaks Retry-After', async () => {
    origin.answer(
      'log',
      (_request, response) => void response.writeHead(429, { 'retry-after': '3600' }).end(),
    );
    expect(await run('poll', 'log')).toMatchObject({ code: 1, stdout: expect.stringContaining('http-429') });
    const { stdout } = await run('poll', '--force', 'log');
    expect(stdout).toMatch(/^log: not polled: the origin asked to wait/);
    expect(origin.count('log')).toBe(1);
  });

  test('a 429 of one feed holds back the others of its lane, even by --force', async () => {
    const host = `127.0.0.1:${origin.port}`;
    await world.configure(
      config({
        feeds: ['log', 'other'].map((id) => ({ id, url: `${origin.url}/${id}` })),
        more: { origins: { [host]: { scope: 'host', gap: '0s' } } },
      }),
    );
    origin.answer('log', (_request, response) => void response.writeHead(429).end());
    origin.publish('other', 'first');
    const { stdout } = await run('poll', '--force', 'log', 'other');
    expect(stdout).toMatch(/^other: not polled: the origin refused feed log of this lane/m);
    expect(origin.count('other')).toBe(0);
  });

  test('a parked feed is left alone until --force wakes it, and status shows it as parked', async () => {
    await run('poll', 'log');
    await park('log');
    expect((await run('status')).stdout).toMatch(/\nlog .* parked +parked /);
    expect((await run('poll', 'log')).stdout).toMatch(/^log: not polled: parked since /);
    expect((await run('poll', '--force', 'log')).stdout).toMatch(
      /\n {2}overrides {3}parked since \S+ \(410\)\n/,
    );
    expect((await run('why', 'log')).stdout).toMatch(/^log: due /);
    expect(origin.count('log')).toBe(2);
  });

  test('a feed that is named twice, by id and by URL, is asked once', async () => {
    await run('poll', '--force', 'log', 'log', `${origin.url}/log`);
    expect(origin.count('log')).toBe(1);
  });

  test('a feed that is not configured is refused with those that are', async () => {
    const { stderr } = await run('poll', 'lag');
    expect(stderr).toBe('error: no feed "lag" in feeds.yaml; did you mean "log"?\n(--help tells more)\n');
  });

  test('a running daemon owns the store: refused with one clear line', async () => {
    const daemon = await world.start();
    expect(await run('poll', 'log')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^store-locked: .*\n$/),
    });
    await daemon.stop();
  });
});

describe('why', () => {
  test('explains a feed after its poll, as text and as JSON, without a request', async () => {
    await world.configure(config({ interval: '1h' }));
    await run('poll', 'log');
    const { code, stdout } = await run('why', 'log');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^log: due in 6\d min, at \S+Z, because of interval \(defaults\.interval: 1h\)\n/);
    expect(stdout).toMatch(/\n {2}validators {4}If-None-Match: "[0-9a-f]{16}"\n/);
    expect(stdout).toMatch(/\n> interval +60 min /);
    expect(JSON.parse((await run('why', `${origin.url}/log`, '--json')).stdout)).toMatchObject({
      feedId: 'log',
      explained: { nextPoll: { reason: 'interval' }, origin: 'terms' },
    });
    expect(origin.count('log')).toBe(1);
  });

  test.each([
    ['lag', 'error: no feed "lag" in feeds.yaml; did you mean "log"?\n(--help tells more)\n'],
    ['weather', 'error: no feed "weather" in feeds.yaml; it has log\n(--help tells more)\n'],
  ])('a feed that is not configured (%s) is refused with the nearest', async (name, complaint) => {
    expect(await run('why', name)).toMatchObject({ code: 2, stderr: complaint });
  });

  test('an entry without a name is refused', async () => {
    const { code, stderr } = await run('why', 'log', ' ');
    expect([code, stderr]).toEqual([2, expect.stringContaining('name the entry by id, link')]);
  });
});

describe('a URL with a secret in its query', () => {
  test('is masked in every output, JSON too', async () => {
    origin.publish('log?token=hunter2', 'first');
    await world.configure(
      config({ more: { feeds: [{ id: 'log', url: `${origin.url}/log?token=hunter2` }] } }),
    );
    const outputs = [
      await run('poll', '--wire', '--force'),
      await run('poll'),
      await run('status'),
      await run('status', '--json'),
      await run('status', '--score', '--json'),
      await run('why', 'log'),
      await run('why', 'log', '--json'),
    ];
    expect(outputs.map(({ code }) => code)).toEqual(outputs.map(() => 0));
    for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toContain('hunter2');
  });

  test('to which a feed has moved is whole only in why --json, since it belongs into feeds.yaml', async () => {
    await run('poll');
    const url = `${origin.url}/new?token=hunter2`;
    await changeState('log', { adopted: { url, at: 0 } });
    const status = await run('status');
    expect(status.stdout).toMatch(
      /\nfeed log has moved to \S+\/new\?token=\*{3}; "feedhook why log" shows the line for feeds\.yaml\n$/,
    );
    for (const each of [status, await run('status', '--json'), await run('why', 'log')])
      expect(each.stdout).not.toContain('hunter2');
    expect(JSON.parse((await run('why', 'log', '--json')).stdout)).toMatchObject({ adopted: { url } });
  });
});

describe('preview', () => {
  test('prints the entries of a feed, stores nothing', async () => {
    const { code, stdout } = await run('preview', `${origin.url}/log`, '--allow', 'loopback');
    expect(code).toBe(0);
    expect(stdout).toContain('log: rss20, 1 entry');
    expect(stdout).toContain('log:first');
  });

  test('--json prints the whole parsed feed', async () => {
    const { stdout } = await run('preview', `${origin.url}/log`, '--allow', 'loopback', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'rss20',
      entries: [{ id: 'log:first' }],
      charset: { reason: 'utf-8-default' },
    });
  });

  test('a private address is refused unless it is allowed', async () => {
    expect(await run('preview', `${origin.url}/log`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('blocked-address'),
    });
    expect(origin.server.requests).toHaveLength(0);
  });

  test('the refusal names the option that would allow it, which may stand before the URL', async () => {
    const url = `${origin.url}/log`;
    expect((await run('preview', url)).stderr).toContain('for this preview alone, --allow does');
    expect(await run('preview', '--allow', 'loopback', url)).toMatchObject({ code: 0 });
  });

  test('control characters of a feed do not reach the terminal', async () => {
    origin.publish('evil', '&#x9b;31m\u0085red');
    const { stdout } = await run('preview', `${origin.url}/evil`, '--allow', 'loopback');
    expect(stdout.includes('\u009b')).toBe(false);
  });

  test('nor by way of the message of a failure', async () => {
    origin.answer('evil', (_request, response) => void response.end('<x\u009b31m>'));
    const { code, stderr } = await run('preview', `${origin.url}/evil`, '--allow', 'loopback');
    expect([code, stderr]).toEqual([
      1,
      'not-a-feed: the root element is <x\\u009b31m>; "feedhook discover" looks for feeds there\n',
    ]);
  });
});

describe('beside a running daemon', () => {
  test('status, deliveries and endpoints show what happened, and a replay sends the same id and bytes again', async () => {
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    origin.publish('log', 'second');
    await until(() => receiver.arrivals.length === 1, 'it has arrived');
    await daemon.line(({ event }) => event === 'delivery', 'it is recorded', 5_000);

    expect((await run('status')).stdout).toMatch(/\nlog +\S+ s ago +(updated|notModified)/);
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject([
      { feedId: 'log', failures: 0 },
    ]);
    expect((await run('why', 'log')).stdout).toMatch(/^log: due .*\n {2}to do /);
    expect((await run('status', '--score')).stdout).toMatch(/^FEED +REQUESTS .*\nlog /);
    // Not a table without rows, as if no daemon ran.
    expect((await run('status', '--workers')).stdout).toContain('only one in Redis has workers');
    const [delivery] = JSON.parse((await run('deliveries', 'list', '--feed', 'log', '--json')).stdout);
    expect(delivery).toMatchObject({ endpointId: 'app', state: 'done', attempts: 1 });
    const shown = JSON.parse((await run('deliveries', 'show', delivery.id, '--json')).stdout);
    expect(shown).toMatchObject({
      attempts: [{ number: 1, outcome: 'delivered', status: 200 }],
      event: { type: 'entry.new' },
    });
    expect((await run('endpoints', 'list')).stdout).toMatch(/\napp +well +- +- +- +0 +- +1 +0\n/);

    expect((await run('deliveries', 'replay', '--state', 'done', '--dry-run')).stdout).toContain(
      '1 delivery would',
    );
    expect((await run('deliveries', 'replay', delivery.id)).stdout).toContain('1 delivery will');
    await until(() => receiver.arrivals.length === 2, 'it has arrived again');
    const [first, again] = receiver.arrivals;
    expect([again?.webhookId, again?.bodyHash]).toEqual([first?.webhookId, first?.bodyHash]);
    expect(again?.headers['feedhook-replay']).toBe('true');
    await daemon.stop();
  });

  test('a delivery that does not exist is an error', async () => {
    const daemon = await world.start();
    expect(await run('deliveries', 'show', 'evt_x.app')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no delivery'),
    });
    expect(await run('deliveries', 'replay', 'evt_x.app')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no delivery'),
    });
    await daemon.stop();
  });

  test('endpoints enable brings back what a 410 disabled, and what waited arrives', async () => {
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    receiver.failNext(410);
    origin.publish('log', 'second');
    await daemon.line(({ event }) => event === 'delivery', 'the 410 is recorded', 5_000);
    expect((await run('endpoints', 'list')).stdout).toMatch(/\napp +disabled/);
    expect(await run('endpoints', 'enable', 'app')).toMatchObject({
      code: 0,
      stdout: 'app is enabled; 1 delivery that waited is sent\n',
    });
    await until(() => receiver.arrivals.length === 2, 'it has arrived');
    expect((await run('endpoints', 'enable', 'app')).stdout).toBe('app was not disabled\n');
    expect(await run('endpoints', 'enable', 'ap')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no endpoint "ap"'),
    });
    await daemon.stop();
  });
});
