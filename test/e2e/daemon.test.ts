// The daemon from outside: a child process, a feeds.yaml, real sockets.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import type { LogLine } from '../../src/commands/demo/daemon-process.ts';
import { Receiver } from '../../src/commands/demo/receiver.ts';
import type { FeedState } from '../../src/model/feed.ts';
import { feedhook } from '../support/command.ts';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
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

const feed = (id: string) => ({ id, url: `${origin.url}/${id}` });
const config = (over: Partial<Parameters<typeof loopbackConfig>[0]> = {}) =>
  loopbackConfig({ feeds: [feed('log')], endpoints: [{ id: 'app', url: receiver.url, secret }], ...over });
const titles = () => receiver.arrivals.map(({ event }) => event?.data?.entry?.title);

describe('the daemon', () => {
  test('baselines, delivers what is published later once and signed, and ends with 0 on SIGTERM', async () => {
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    origin.publish('log', 'second', 'third');
    await until(() => receiver.arrivals.length === 2, 'both have arrived');
    expect(titles()).toEqual(['second', 'third']);
    expect(receiver.arrivals.every(({ refusal }) => refusal === undefined)).toBe(true);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(daemon.lines.at(-1)?.event).toBe('stopped');
  });

  test('with no endpoint configured, each event is one JSON line on standard output', async () => {
    await world.configure(config({ endpoints: [] }));
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    origin.publish('log', 'second');
    await until(() => daemon.output.length === 1, 'the line is there');
    expect(JSON.parse(daemon.output[0] ?? '')).toMatchObject({
      type: 'entry.new',
      data: { entry: { title: 'second' } },
    });
    await daemon.stop();
  });

  test('writes one log line a poll and one an attempt, with the reason for the next poll', async () => {
    const daemon = await world.start();
    const poll = await daemon.line(({ event }) => event === 'poll', 'the first poll', 5_000);
    expect(poll).toMatchObject({
      feed: 'log',
      outcome: 'unchanged',
      status: 200,
      entries: 1,
      conditional: false,
      nextReason: 'interval',
    });
    origin.publish('log', 'second');
    const attempt = await daemon.line(({ event }) => event === 'delivery', 'the attempt', 5_000);
    expect(attempt).toMatchObject({
      endpoint: 'app',
      feed: 'log',
      attempt: 1,
      outcome: 'delivered',
      status: 200,
    });
    expect(daemon.lines.some((line) => JSON.stringify(line).includes('whsec_'))).toBe(false);
    await daemon.stop();
  });

  test('a restart keeps the next-poll times: no request that was not due', async () => {
    await world.configure(config({ interval: '1h' }));
    const first = await world.start();
    await first.line(({ event }) => event === 'poll', 'the first poll', 5_000);
    await first.stop();
    for (let restart = 0; restart < 3; restart++) {
      const again = await world.start();
      await again.stop();
    }
    expect(origin.count('log')).toBe(1);
  });

  test('a second process on the same store is refused with one clear line that names the first', async () => {
    const daemon = await world.start();
    const second = world.launch();
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(second.complaint.trim().split('\n')).toHaveLength(1);
    expect(second.complaint).toContain('store-locked');
    expect(second.complaint).toContain(String(daemon.pid));
    await daemon.stop();
  });

  test('a start that fails half-way ends the process, the admin server included', async () => {
    await (await world.start()).stop();
    const database = new DatabaseSync(world.folder.file('feedhook.db'));
    database.exec(
      "CREATE TRIGGER no_lanes BEFORE INSERT ON lanes BEGIN SELECT RAISE(ABORT, 'no lanes today'); END",
    );
    database.close();
    await world.configure(config({ more: { server: { listen: '127.0.0.1:0' } } }));
    const daemon = world.launch();
    expect(await daemon.exited).toMatchObject({ code: 1 });
    expect(daemon.complaint).toContain('no lanes today');
    expect(daemon.lines.map(({ event }) => event)).not.toContain('crashed');
  });

  test('a lock that kill -9 left behind is taken over', async () => {
    const daemon = await world.start();
    await daemon.kill();
    const second = await world.start();
    await second.stop();
  });

  test('a broken feeds.yaml refuses to start, with every fault and its place, exit code 2', async () => {
    await world.configure(
      'feeds:\n  - id: log\n    urll: http://example.org/\n    interval: fast\nendpints: []\n',
    );
    const daemon = world.launch();
    expect(await daemon.exited).toMatchObject({ code: 2 });
    expect(daemon.complaint).toMatch(/feeds\.yaml:3:\d+: .*urll.*url/);
    expect(daemon.complaint).toMatch(/feeds\.yaml:4:\d+: .*interval/);
    expect(daemon.complaint).toMatch(/feeds\.yaml:5:\d+: .*endpints.*endpoints/);
  });

  test('an edited feeds.yaml is taken over; a bad edit keeps the last good one', async () => {
    origin.publish('news', 'old');
    const daemon = await world.start();
    await world.configure(config({ feeds: [feed('log'), feed('news')] }));
    await daemon.line(
      ({ event, feed: id }) => event === 'poll' && id === 'news',
      'the new feed is polled',
      5_000,
    );
    await world.configure('feeds: [');
    await daemon.line(({ event }) => event === 'reload-refused', 'the bad edit is refused', 5_000);
    origin.publish('news', 'new');
    await until(() => receiver.arrivals.length === 1, 'the last good configuration is still at work');
    expect(titles()).toEqual(['new']);
    await daemon.stop();
  });

  test('/healthz and /metrics tell of the work', async () => {
    await world.configure(config({ more: { server: { listen: '127.0.0.1:0' } } }));
    const daemon = await world.start();
    const { admin } = await daemon.started();
    await daemon.line(({ event }) => event === 'poll', 'the first poll', 5_000);
    const health = await fetch(`${admin}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok', reasons: [], warnings: [] }]);
    expect(await (await fetch(`${admin}/metrics`)).text()).toContain(
      'feedhook_polls_total{outcome="unchanged"} 1',
    );
    await daemon.stop();
  });
});

describe('a graceful stop', () => {
  test('lets an attempt that is on its way end, and does not make it again', async () => {
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    receiver.decide = () => ({ answer: 200, delayMs: 1_000 });
    origin.publish('log', 'second');
    await until(() => receiver.arrivals.length === 1, 'the attempt is on its way');
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    const again = await world.start();
    await until(() => origin.count('log') > 5, 'it polls again');
    await again.stop();
    expect(titles()).toEqual(['second']);
  });

  test('cuts off an origin that never answers, and keeps what is known', async () => {
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    let isAsked = false;
    origin.answer('log', () => {
      isAsked = true;
    });
    await until(() => isAsked, 'the request is on its way');
    expect(await daemon.stop(15_000)).toEqual({ code: 0, signal: null });
    expect(daemon.lines.some(({ code }) => code === 'aborted')).toBe(true);
  });

  test('a second signal ends it at once', async () => {
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    receiver.decide = () => ({ answer: 200, delayMs: 20_000 });
    origin.publish('log', 'second');
    await until(() => receiver.arrivals.length === 1, 'the attempt is on its way');
    const stopped = daemon.stop();
    await daemon.line(({ event }) => event === 'stopping', 'it is stopping', 5_000);
    process.kill(daemon.pid ?? 0, 'SIGTERM');
    expect(await stopped).toEqual({ code: 1, signal: null });
  });
});

describe('a sick receiver', () => {
  test('a 503 is retried with the same id, and a fresh signature each time', async () => {
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    receiver.failNext(503, 503);
    origin.publish('log', 'second');
    await until(() => receiver.arrivals.length === 3, 'the third attempt');
    expect(new Set(receiver.arrivals.map(({ webhookId }) => webhookId)).size).toBe(1);
    expect(new Set(receiver.arrivals.map(({ bodyHash }) => bodyHash)).size).toBe(1);
    expect(receiver.arrivals.map(({ headers }) => headers['feedhook-attempt'])).toEqual(['1', '2', '3']);
    await daemon.stop();
  });

  test('the retry schedule survives a restart', async () => {
    await world.configure(
      config({ endpoints: [{ id: 'app', url: receiver.url, secret, retry: ['0s', '1s', '1h'] }] }),
    );
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    receiver.failNext(500);
    origin.publish('log', 'second');
    await daemon.line(({ event }) => event === 'delivery', 'the failed attempt', 5_000);
    await daemon.stop();
    const again = await world.start();
    await until(() => receiver.arrivals.length === 2, 'the second attempt');
    expect(receiver.arrivals[1]?.headers['feedhook-attempt']).toBe('2');
    await again.stop();
  });

  test('a 410 disables the endpoint, keeps its deliveries, and leaves other endpoints alone', async () => {
    const healthy = await Receiver.start({ clock: systemClock, secret });
    await world.configure(
      config({
        endpoints: [
          { id: 'app', url: receiver.url, secret },
          { id: 'other', url: healthy.url, secret },
        ],
      }),
    );
    const daemon = await world.start();
    await until(() => origin.count('log') > 1, 'the baseline is there');
    receiver.failNext(410);
    origin.publish('log', 'second');
    await until(
      () => healthy.arrivals.length === 1 && receiver.arrivals.length === 1,
      'both have been asked',
    );
    origin.publish('log', 'third');
    await until(() => healthy.arrivals.length === 2, 'the healthy one goes on');
    expect(receiver.arrivals).toHaveLength(1);
    await daemon.stop();
    await healthy.close();
  });
});

describe('hostile feeds', () => {
  const bomb = `<!DOCTYPE rss [<!ENTITY a "${'0123456789'.repeat(10)}">${[...'bcdefghij']
    .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghij'[index]};`.repeat(10)}">`)
    .join('')}]><rss version="2.0"><channel><title>&j;</title></channel></rss>`;
  const bodies: Record<string, string> = {
    html: '<!doctype html><html><body>Error</body></html>',
    empty: '',
    cut: '<rss version="2.0"><channel><title>Cut</title><item><title>On',
    deep: `<rss version="2.0"><channel>${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}</channel></rss>`,
    bomb,
    large: `<rss version="2.0"><channel><title>${'x'.repeat(11_000_000)}</title></channel></rss>`,
  };
  const codes: Record<string, string> = {
    html: 'not-a-feed',
    empty: 'empty',
    cut: 'incomplete-xml',
    deep: 'too-deep',
    bomb: 'entity-expansion',
    large: 'too-large',
  };

  const copies = [1, 2, 3, 4];
  const hostile = Object.keys(bodies).flatMap((name) =>
    copies.map((copy) => ({ name, id: `${name}-${copy}` })),
  );

  test('each is an outcome with its code in log, status and metrics; others keep their schedule; memory returns to its baseline', async () => {
    for (const { name, id } of hostile) {
      origin.answer(id, (_request, response) => void response.end(bodies[name]));
    }
    const server = { more: { server: { listen: '127.0.0.1:0' } } };
    await world.configure(config(server));
    const daemon = await world.start();
    const { admin } = await daemon.started();
    const metrics = async () => await (await fetch(`${admin}/metrics`)).text();
    const residentBytes = async () =>
      Number(/^process_resident_memory_bytes (\S+)/m.exec(await metrics())?.[1]);
    await until(() => origin.count('log') > 5, 'the good feed is at work');
    const baseline = await residentBytes();

    await world.configure(config({ ...server, feeds: ['log', ...hostile.map(({ id }) => id)].map(feed) }));
    for (const { name, id } of hostile) {
      const isIts = (line: LogLine) => line.event === 'poll' && line.feed === id;
      const line = await daemon.line(isIts, `${id} is polled`, 20_000);
      expect(line).toMatchObject({ outcome: 'failed', failures: 1, code: codes[name] });
      expect(await metrics()).toContain(`feedhook_poll_failures_total{code="${codes[name]}"}`);
    }
    const status = JSON.parse((await feedhook(['status', '--json'], world.folder.path)).stdout);
    const shown = new Map(status.map((state: FeedState) => [state.feedId, state.lastPoll?.code]));
    for (const { name, id } of hostile) expect([id, shown.get(id)]).toEqual([id, codes[name]]);

    const polls = origin.count('log');
    origin.publish('log', 'second');
    await until(
      () => receiver.arrivals.length === 1 && origin.count('log') > polls + 5,
      'the good feed goes on',
    );
    await until(async () => (await residentBytes()) < baseline + 50_000_000, 'memory is back', 30_000);
    expect((await fetch(`${admin}/healthz`)).status).toBe(200);
    await daemon.stop();
  }, 90_000);
});

/** A file system of its own that can be filled, where this user may mount one. */
function smallDisk(path: string): boolean {
  try {
    mkdirSync(path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk (skipped where no small file system can be mounted)', () => {
  test('pauses polling, and polling resumes by itself when there is space again', async () => {
    const disk = world.folder.file('disk');
    if (!smallDisk(disk)) return console.warn('skipped: this user cannot mount a small file system');
    try {
      await world.configure(config({ more: { store: 'sqlite:./disk/feedhook.db' } }));
      const daemon = await world.start();
      await until(() => origin.count('log') > 2, 'polling is at work');
      fill(`${disk}/ballast`);
      await daemon.line(({ event }) => event === 'store-fault', 'the fault is logged', 15_000);
      const before = origin.count('log');
      origin.publish('log', 'second');
      rmSync(`${disk}/ballast`);
      await until(() => receiver.arrivals.length === 1, 'polling has resumed', 30_000);
      expect(origin.count('log')).toBeGreaterThan(before);
      await daemon.line(({ event }) => event === 'store-recovered', 'the recovery is logged', 5_000);
      await daemon.stop();
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  }, 60_000);

  test('refuses an edit of feeds.yaml, and takes it over by itself when there is space again', async () => {
    const disk = world.folder.file('disk');
    if (!smallDisk(disk)) return console.warn('skipped: this user cannot mount a small file system');
    try {
      const store = { store: 'sqlite:./disk/feedhook.db' };
      await world.configure(config({ more: store }));
      const daemon = await world.start();
      await until(() => origin.count('log') > 2, 'polling is at work');
      fill(`${disk}/ballast`);
      await daemon.line(({ event }) => event === 'store-fault', 'the fault is logged', 15_000);
      origin.publish('news', 'old');
      await world.configure(config({ more: store, feeds: [feed('log'), feed('news')] }));
      await daemon.line(({ event }) => event === 'reload-refused', 'the edit is refused', 15_000);
      rmSync(`${disk}/ballast`);
      await daemon.line(({ event }) => event === 'reloaded', 'the edit is taken over', 30_000);
      await until(() => origin.count('news') > 0, 'the new feed is polled');
      expect(daemon.lines.filter(({ event }) => event === 'reload-refused')).toHaveLength(1);
      await daemon.stop();
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  }, 60_000);

  /** Writes until there is not a byte left. */
  function fill(path: string): void {
    for (const size of [100_000, 1_000, 1]) {
      try {
        for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // No space for this size; a smaller one may still fit.
      }
    }
  }
});
