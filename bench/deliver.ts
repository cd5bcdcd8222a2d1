// Claim: a signed delivery out of a durable queue costs little more than the bare request it makes. The real daemon, with
// its log, its record of every attempt and a backlog of deliveries in its store, against a loop that makes the same POSTs
// and nothing else; each one process, the receiver in another. In two shapes: a receiver that verifies each signature, as
// receivers do, and one that does nothing but read.

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { openSqliteBackend } from '../src/backend/sqlite/open.ts';
import { systemClock } from '../src/clock.ts';
import { silentLog } from '../src/log.ts';
import type { StoredEvent } from '../src/model/event.ts';
import { entryEvent } from '../src/outbox/event.ts';
import { cliPath, loopbackConfig } from '../test/support/daemon.ts';
import { type TemporaryFolder, temporaryFolder } from '../test/support/temporary.ts';
import { type Figure, figureOf, middle, type ServerChild, startServerChild } from './rig/contest.ts';
import { prose } from './rig/feeds.ts';
import { table } from './rig/table.ts';

export const title = 'signed deliveries a second out of the durable queue, against a bare POST loop';

const backlog = 80_000;
const concurrency = 64;
const rounds = 3;
const span = { warmUpMs: 3_000, measuredMs: 5_000 };
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

type Contestant = 'feedhook' | 'undici';
const contestants: readonly Contestant[] = ['feedhook', 'undici'];

export async function measure(): Promise<string> {
  const rows = [
    ...(await shape('a receiver that verifies', 'verify', secret)),
    ...(await shape('a receiver that reads', 'read')),
  ];
  return table(['receiver, who sends', 'deliveries a second', 'of undici', 'CPU µs each'], rows);
}

async function shape(name: string, ...mode: readonly string[]): Promise<string[][]> {
  const receiver = await startServerChild('receiver.ts', ...mode);
  try {
    const figures = await contest(receiver);
    const bare = figures.get('undici')?.perSecond ?? Number.NaN;
    return contestants.map((who) => {
      const { perSecond = Number.NaN, cpuMicroseconds = Number.NaN } = figures.get(who) ?? {};
      const share = (perSecond / bare).toFixed(2);
      return [`${name}, ${who}`, perSecond.toFixed(0), share, cpuMicroseconds.toFixed(0)];
    });
  } finally {
    receiver.stop();
  }
}

/** In turns, so that a slow minute of the machine falls on both alike. */
async function contest(receiver: ServerChild): Promise<Map<Contestant, Figure>> {
  const all = new Map<Contestant, Figure[]>(contestants.map((who) => [who, []]));
  for (let round = 0; round < rounds; round++) {
    for (const who of contestants) {
      await using folder = await temporaryFolder();
      const child = await launch(who, folder, `http://127.0.0.1:${receiver.port}/hook`);
      all.get(who)?.push(await figureOf(child, receiver, span));
    }
  }
  return new Map(contestants.map((who) => [who, middle(all.get(who) ?? [])]));
}

async function launch(who: Contestant, folder: TemporaryFolder, url: string): Promise<ChildProcess> {
  // The daemon's log is part of its work, so it is written, to a file.
  const log = openSync(folder.file('log'), 'w');
  const stdio: ['ignore', number, number] = ['ignore', log, log];
  if (who === 'undici') {
    const requests = Array.from({ length: 100 }, (_, at) => signedRequest(eventOf(at)));
    await writeFile(folder.file('requests.json'), JSON.stringify(requests));
    const loop = new URL('rig/bare-post.ts', import.meta.url).pathname;
    return spawn(process.execPath, [loop, url, folder.file('requests.json'), String(concurrency)], { stdio });
  }
  await fillStore(folder.file('feedhook.db'));
  await writeFile(folder.file('feeds.yaml'), JSON.stringify(configOf(url)));
  return spawn(process.execPath, [cliPath, 'run', '--config', folder.file('feeds.yaml')], { stdio });
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
async function fillStore(path: string): Promise<void> {
  const backend = await openSqliteBackend({ path, clock: systemClock, log: silentLog, exclusive: true });
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

function configOf(url: string): object {
  return loopbackConfig({
    feeds: [{ id: 'harbour', url: 'http://127.0.0.1:9/feed' }],
    interval: '1h',
    endpoints: [{ id: 'receiver', url, secret, concurrency }],
  });
}
