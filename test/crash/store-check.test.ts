// L7 must see what it looks for: an outbox left full, a delivery left pending, a damaged page.

import { open, readdir } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/log.ts';
import type { Backend } from '../../src/ports.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';
import { inspect, inspectCopy, leftovers } from './store-check.ts';

let folder: TemporaryFolder;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = folder.file('feedhook.db');
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

async function withStore(act: (backend: Backend) => Promise<void> = async () => {}): Promise<void> {
  const backend = await openBackend({
    store: { kind: 'sqlite', path },
    clock: systemClock,
    log: silentLog,
    exclusive: true,
  });
  await act(backend);
  await backend.close();
}

describe('the store after a run', () => {
  test('one that was emptied has nothing left to do', async () => {
    await withStore();
    expect(inspect(path)).toEqual({ integrity: 'ok', generation: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(await leftovers({ kind: 'sqlite', path })).toEqual([]);
  });

  test('an outbox that still holds an event is a complaint', async () => {
    await withStore(({ store }) =>
      store.writeMemory({ feedId: 'f', hints: {}, entries: new Map(), sequence: 1, outbox: ['evt_1'] }),
    );
    expect(await leftovers({ kind: 'sqlite', path })).toEqual(['the outbox of f is not empty']);
  });

  test('a delivery that still waits is a complaint', async () => {
    await withStore(async ({ deliveries }) => {
      await deliveries.configure([
        { id: 'receiver-1', concurrency: 1, target: '', ordering: 'none', maxBlockMs: 0 },
      ]);
      await deliveries.add([{ eventId: 'evt_1', endpointId: 'receiver-1', feedId: 'f' }]);
    });
    expect(await leftovers({ kind: 'sqlite', path })).toEqual([
      'receiver-1 has 1 pending and 0 dead deliveries',
    ]);
  });

  test('a copy is looked at while the owner has the store, and is removed', async () => {
    await withStore(async () => {
      const facts = await inspectCopy(path, folder.file('scratch'));
      expect(facts.integrity).toBe('ok');
    });
    expect((await readdir(folder.path)).filter((name) => !name.startsWith('feedhook.db'))).toEqual([]);
  });

  test('a damaged page is seen', async () => {
    await withStore();
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA journal_mode = DELETE;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
      INSERT INTO state SELECT 'k' || i, hex(randomblob(400)) FROM n`);
    database.close();
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(3_000, 0x5a), 0, 3_000, size - 40_000);
    await file.close();
    expect(inspect(path).integrity).not.toBe('ok');
  });
});
