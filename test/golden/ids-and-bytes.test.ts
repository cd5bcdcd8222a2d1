// FAULTS G16 and WEBHOOKS §1, "One id for ever": the ids and bytes of a receiver's events depend on what a feed says and on
// nothing else.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { formats } from '../../src/config/formats.ts';
import { requestIdOf } from '../../src/deliver/batch-id.ts';
import { renderRequest } from '../../src/deliver/render/render.ts';
import { entryEventId } from '../../src/outbox/event.ts';
import { optionsFor } from '../deliver/render/nasty.ts';
import { eventOf, manyEvents } from '../deliver/render/requests.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';
import { documents } from './documents.ts';
import { expectGolden } from './golden-file.ts';
import { feedIds, type InstallationOptions, run, type StoredText } from './installation.ts';

let origin: TestServer;
let folder: TemporaryFolder;

beforeAll(async () => {
  origin = await startServer((request, response) => {
    const body = documents[request.path.slice(1)];
    if (body === undefined) return void response.writeHead(404).end();
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    response.writeHead(200, { etag, 'content-type': 'application/xml' }).end(body);
  });
});
afterAll(async () => {
  await origin.close();
});

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const install = (over: Partial<InstallationOptions> = {}) =>
  run({ store: folder.file('feedhook.db'), origin: origin.url, ...over });

describe('FAULTS G16: ids and bytes', () => {
  test('of fixed feeds are those of the golden file', async () => {
    const events = await install();
    expect(events).toHaveLength(5);
    expectGolden('events', {
      events: events.map(({ id, body }) => ({ id, body: JSON.parse(body) })),
      sha256: events.map(({ body }) => createHash('sha256').update(body).digest('hex')),
      batch: requestId(events),
    });
  });

  test('stay over a restart: another process reads every document again and adds nothing', async () => {
    const before = await install();
    const script = join(import.meta.dirname, 'installation.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      folder.file('feedhook.db'),
      origin.url,
    ]);
    expect(JSON.parse(stdout)).toEqual(before);
  });

  test('stay when the store is wiped, on another host too', async () => {
    const before = await install();
    await Promise.all(
      ['', '-wal', '-shm'].map((end) => rm(`${folder.file('feedhook.db')}${end}`, { force: true })),
    );
    expect(await install()).toEqual(before);
    expect(await install({ store: folder.file('other-host.db') })).toEqual(before);
  });

  test.each<readonly [string, Partial<InstallationOptions>]>([
    ['the feeds stand in another order', { feeds: feedIds.toReversed() }],
    ['the interval is another', { intervalMs: 60_000 }],
    ['they are polled again, with validators', { polls: 3 }],
    ['they are polled again, without validators', { polls: 3, forgets: true }],
  ])('stay when %s', async (_, over) => {
    const before = await install();
    expect(await install({ store: folder.file('changed.db'), ...over })).toEqual(before);
  });

  test('found a day later differ in the time alone: the ids stay', async () => {
    const later = await install({ startAt: '2026-11-21T10:00:00Z' });
    const ids = (events: readonly StoredText[]) => events.map(({ id }) => id);
    expect(ids(later)).toEqual(ids(await install({ store: folder.file('earlier.db') })));
    expect(later[0]?.body).toContain('"timestamp":"2026-11-21T10:00:00.000Z"');
  });

  test('of a batch are those of its members, in their order', async () => {
    const events = await install();
    expect(requestId(events)).toMatch(/^bat_[a-z2-7]{26}$/);
    expect(requestId(await install({ store: folder.file('other.db') }))).toBe(requestId(events));
    expect(requestId(events.toReversed())).not.toBe(requestId(events));
    expect(requestId(events.slice(0, 1))).toBe(events[0]?.id);
  });
});

function requestId(events: readonly StoredText[]): string {
  const [first, ...others] = events.map(({ id }) => id);
  return requestIdOf([first ?? '', ...others]);
}

test('an edit or a deletion has an id of its own, by revision and content', () => {
  const about = {
    key: { value: 'guid:post-42', source: 'guid' },
    revision: 2,
    contentHash: 'sha256:a',
  } as const;
  const id = (over: object) => entryEventId({ ...about, type: 'entry.updated', ...over }, 'log');
  expectGolden('edits', {
    updated: id({}),
    again: id({ revision: 3 }),
    otherContent: id({ contentHash: 'sha256:b' }),
    deleted: id({ type: 'entry.deleted' }),
    // What an entry is first announced as depends on neither.
    new: id({ type: 'entry.new' }),
    newLater: id({ type: 'entry.new', revision: 9, contentHash: 'sha256:c' }),
  });
});

test('every format sends the bytes of the golden file', () => {
  const digests = formats.flatMap((format) => {
    const single = renderRequest([eventOf()], optionsFor(format));
    const several =
      format === 'jsonfeed' || format === 'telegram'
        ? [renderRequest(manyEvents(3), optionsFor(format))]
        : [];
    return [single, ...several].map(({ body, ...head }, index) => [
      index === 0 ? format : `${format}, 3 events`,
      { ...head, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') },
    ]);
  });
  expectGolden('formats', Object.fromEntries(digests));
});
