// A contest of signed deliveries: real daemons with a backlog in their store, and a loop that makes the same POSTs and
// nothing else; in two shapes: a receiver that verifies each signature, as receivers do, and one that does nothing but read.

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { openBackend } from '../../src/backend/open.ts';
import { systemClock } from '../../src/clock.ts';
import type { StoreConfig } from '../../src/config/config.ts';
import { silentLog } from '../../src/log.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import { entryEvent } from '../../src/outbox/event.ts';
import { cliPath, loopbackConfig } from '../../test/support/daemon.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/support/temporary.ts';
import { type Figure, figureOf, middle, type ServerChild, startServerChild } from './contest.ts';
import { prose } from './feeds.ts';
import { table } from './table.ts';

const backlog = 80_000;
const concurrency = 64;
const rounds = 3;
const span = { warmUpMs: 3_000, measuredMs: 5_000 };
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Who sends: so many daemons on this store. */
export interface Senders {
  readonly name: string;
  readonly daemons: number;
  /** An empty store, as feeds.yaml names it and as a program opens it. */
  store(folder: TemporaryFolder): Promise<{ readonly line: string; readonly config: StoreConfig }>;
}

type Contestant = Senders | 'undici';
const nameOf = (who: Contestant) => (who === 'undici' ? who : who.name);

export async function deliveryTable(senders: readonly Senders[]): Promise<string> {
  const rows = [
    ...(await shape(senders, 'a receiver that verifies', 'verify', secret)),
    ...(await shape(senders, 'a receiver that reads', 'read')),
  ];
  return table(['receiver, who sends', 'deliveries a second', 'of undici', 'CPU µs each'], rows);
}

async function shape(
  senders: readonly Senders[],
  name: string,
  ...mode: readonly string[]
): Promise<string[][]> {
  const contestants = [...senders, 'undici' as const];
  const receiver = await startServerChild('receiver.ts', ...mode);
  try {
    const figures = await contest(contestants, receiver);
    const bare = figures.get('undici')?.perSecond ?? Number.NaN;
    return contestants.map((who) => {
      const { perSecond = Number.NaN, cpuMicroseconds = Number.NaN } = figures.get(who) ?? {};
      const share = (perSecond / bare).toFixed(2);
      return [`${name}, ${nameOf(who)}`, perSecond.toFixed(0), share, cpuMicroseconds.toFixed(0)];
    });
  } finally {
    receiver.stop();
  }
}

/** In turns, so that a slow minute of the machine falls on all alike. */
async function contest(
  contestants: readonly Contestant[],
  receiver: ServerChild,
): Promise<Map<Contestant, Figure>> {
  const all = new Map<Contestant, Figure[]>(contestants.map((who) => [who, []]));
  for (let round = 0; round < rounds; round++) {
    for (const who of contestants) {
      await using folder = await temporaryFolder();
      const children = await launch(who, folder, `http://127.0.0.1:${receiver.port}/hook`);
      all.get(who)?.push(await figureOf(children, receiver, span));
    }
  }
  return new Map(contestants.map((who) => [who, middle(all.get(who) ?? [])]));
}

async function launch(who: Contestant, folder: TemporaryFolder, url: string): Promise<ChildProcess[]> {
  // The daemon's log is part of its work, so it is written, to a file.
  const log = openSync(folder.file('log'), 'w');
  const stdio: ['ignore', number, number] = ['ignore', log, log];
  if (who === 'undici') {
    const requests = Array.from({ length: 100 }, (_, at) => signedRequest(eventOf(at)));
    await writeFile(folder.file('requests.json'), JSON.stringify(requests));
    const loop = new URL('bare-post.ts', import.meta.url).pathname;
    return [
      spawn(process.execPath, [loop, url, folder.file('requests.json'), String(concurrency)], { stdio }),
    ];
  }
  const { line, config } = await who.store(folder);
  await fillStore(config);
  await writeFile(folder.file('feeds.yaml'), JSON.stringify(configOf(line, url)));
  const start = () =>
    spawn(process.execPath, [cliPath, 'run', '--config', folder.file('feeds.yaml')], { stdio });
  return Array.from({ length: who.daemons }, start);
}

function signedRequest({ id, type, feedId, body }: StoredEvent): [headers: object, body: string] {
  const now = new Date(systemClock.now());
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, now, body),
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'feedhook/0.1.0 (+https://example.org/feedhook)',
    'feedhook-event': type,
    'feedhook-feed': feedId,
    'feedhook-attempt': '1',
    'feedhook-sequence': '1',
  };
  return [headers, body];
}

/** As polls would have left it that found more than the endpoint took. */
async function fillStore(store: StoreConfig): Promise<void> {
  const backend = await openBackend({ store, clock: systemClock, log: silentLog, exclusive: true });
  for (let from = 0; from < backlog; from += 5_000) {
    const events = Array.from({ length: 5_000 }, (_, at) => eventOf(from + at));
    await backend.store.addEvents(events);
    await backend.deliveries.add(
      events.map(({ id: eventId, feedId }) => ({ eventId, feedId, endpointId: 'receiver' })),
    );
  }
  await backend.close();
}

/** Some two kilobytes, as most entries have. */
function eventOf(at: number): StoredEvent {
  const text = prose(at, 150);
  return entryEvent(
    {
      type: 'entry.new',
      entry: {
        id: `tag:harbour.example,2026:${at}`,
        url: `https://harbour.example/${at}`,
        title: prose(at, 8),
        contentHtml: `<p>${text}</p>`,
        published: '2026-11-20T08:58:00+01:00',
        authors: [{ name: 'Ann Weir' }],
        contributors: [],
        categories: [],
        enclosures: [],
      },
      key: { source: 'guid', value: `guid:tag:harbour.example,2026:${at}` },
      revision: 1,
      sequence: at + 1,
      isInitial: false,
      contentHash: `sha256:${at}`,
      firstSeen: 1_790_000_000,
    },
    {
      id: 'harbour',
      url: 'https://harbour.example/feed',
      feedUrl: 'https://harbour.example/feed',
      labels: [],
    },
    1_790_000_000_000,
  );
}

function configOf(store: string, url: string): object {
  return loopbackConfig({
    feeds: [{ id: 'harbour', url: 'http://127.0.0.1:9/feed' }],
    interval: '1h',
    endpoints: [{ id: 'receiver', url, secret, concurrency }],
    more: { store },
  });
}
