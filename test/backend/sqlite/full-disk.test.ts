// A disk that runs full and gets space again (FAULTS E18, M10). What has happened is recorded late, never
// done again for it; what has not begun waits.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openBackend } from '../../../src/backend/open.ts';
import { type Database, openDatabase } from '../../../src/backend/sqlite/database.ts';
import { assemble } from '../../../src/backend/sqlite/open.ts';
import { recordPauseMs } from '../../../src/backend/sqlite/record.ts';
import { silentLog } from '../../../src/log.ts';
import type { AttemptResult } from '../../../src/model/delivery.ts';
import type { Backend } from '../../../src/ports.ts';
import { deliveryOf, knownEntry, memoryOf, planOf } from '../../conformance/records.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

interface Squeezed extends AsyncDisposable {
  readonly backend: Backend;
  readonly clock: FakeClock;
  /** Leaves no page for what is written next. */
  fill(): void;
  /** Lets no row of the table change. */
  refuse(table: string): void;
  makeRoom(): void;
}

async function openSqueezed(): Promise<Squeezed> {
  const folder = await temporaryFolder();
  const clock = new FakeClock();
  const database: Database = await openDatabase({
    path: folder.file('a.db'),
    clock,
    log: silentLog,
    exclusive: true,
  });
  const backend = assemble(database, clock, silentLog);
  return {
    backend,
    clock,
    fill() {
      const pages = database.sql.prepare('PRAGMA page_count').get()?.page_count;
      database.sql.exec(`PRAGMA max_page_count = ${pages}`);
    },
    refuse: (table) =>
      database.sql.exec(
        `CREATE TRIGGER refuse BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'no'); END`,
      ),
    makeRoom: () => database.sql.exec('PRAGMA max_page_count = 1000000; DROP TRIGGER IF EXISTS refuse'),
    async [Symbol.asyncDispose]() {
      await backend.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const excerpt = 'x'.repeat(1_000);
const attempt = {
  number: 1,
  startedAt: 1,
  durationMs: 1,
  outcome: 'delivered',
  status: 200,
  excerpt,
} as const;
const delivered: AttemptResult = { attempt, verdict: { kind: 'done' } };

describe('a full disk', () => {
  test('a memory that does not fit is a fault, and the one before it stays', async () => {
    await using store = await openSqueezed();
    const { store: feeds } = store.backend;
    await feeds.writeMemory(memoryOf('a', { sequence: 1 }));
    store.fill();
    const entries = new Map(Array.from({ length: 500 }, (_, place) => [`key-${place}`, knownEntry()]));
    await expect(feeds.writeMemory(memoryOf('a', { sequence: 2, entries }))).rejects.toMatchObject({
      code: 'store-full',
    });
    expect((await feeds.readMemory('a'))?.sequence).toBe(1);
    store.makeRoom();
    await feeds.writeMemory(memoryOf('a', { sequence: 2, entries }));
    expect((await feeds.readMemory('a'))?.entries.size).toBe(500);
  });

  test('a webhook that was sent is not sent again because its result could not be recorded', async () => {
    await using store = await openSqueezed();
    const { deliveries } = store.backend;
    const sent: string[] = [];
    await deliveries.configure([planOf('app', { concurrency: 2 })]);
    await deliveries.add(Array.from({ length: 12 }, (_, place) => deliveryOf(`evt_${place}`)));
    store.fill();
    deliveries.start(async ([{ id }]) => {
      sent.push(id);
      return delivered;
    });
    await store.clock.advance(10 * recordPauseMs);
    const sentWhileFull = sent.length;
    expect(sentWhileFull).toBeLessThan(12);
    await store.clock.advance(10 * recordPauseMs);
    expect(sent).toHaveLength(sentWhileFull);
    store.makeRoom();
    await store.clock.advance(2 * recordPauseMs);
    expect(sent).toHaveLength(12);
    expect(new Set(sent).size).toBe(12);
    expect((await deliveries.endpoints())[0]).toMatchObject({ done: 12, pending: 0 });
    await deliveries.stop(0);
  });

  test('lanes whose rest cannot be recorded stay taken, so polling pauses, and goes on when there is room', async () => {
    await using store = await openSqueezed();
    const { lanes } = store.backend;
    const runs: string[] = [];
    const names = Array.from({ length: 10 }, (_, place) => `lane-${place}`);
    await lanes.reconcile(new Map(names.map((name) => [name, 0])));
    // A lane's row hardly grows, so it is refused by rule instead of by size.
    store.refuse('lanes');
    lanes.start(async (id) => {
      runs.push(id);
      return { dueAt: Number.POSITIVE_INFINITY };
    }, 2);
    await store.clock.advance(10 * recordPauseMs);
    expect(runs).toEqual(['lane-0', 'lane-1']);
    store.makeRoom();
    await store.clock.advance(2 * recordPauseMs);
    expect(runs).toEqual(names);
    await lanes.stop();
  });

  test('stop does not wait for a lane whose rest cannot be recorded; it is due again at the next start', async () => {
    await using store = await openSqueezed();
    const { lanes } = store.backend;
    await lanes.reconcile(new Map([['a', 0]]));
    store.refuse('lanes');
    lanes.start(async () => ({ dueAt: Number.POSITIVE_INFINITY }), 2);
    await store.clock.advance(2 * recordPauseMs);
    await lanes.stop();
    expect(store.clock.timers).toBe(0);
  });

  test('stop does not wait for a disk that stays full; the webhook goes out again after the next start', async () => {
    await using store = await openSqueezed();
    const { deliveries } = store.backend;
    await deliveries.configure([planOf('app', { concurrency: 12 })]);
    await deliveries.add(Array.from({ length: 12 }, (_, place) => deliveryOf(`evt_${place}`)));
    store.fill();
    deliveries.start(async () => delivered);
    await store.clock.advance(recordPauseMs / 2);
    const stopped = deliveries.stop(500);
    await store.clock.advance(600);
    await stopped;
    expect((await deliveries.list({ state: 'pending' }, 20)).length).toBeGreaterThan(0);
    expect(store.clock.timers).toBe(0);
  });
});

function mount(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', folder], { stdio: 'ignore' });
}
const unmount = (folder: string) => execFileSync('umount', ['--lazy', folder]);

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'feedhook-test-'));
  try {
    mount(folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

describe('a file system of 600 KB', () => {
  // Only root may mount; elsewhere the tests above stand for it.
  const whereMountable = canMount() ? test : test.skip;

  whereMountable(
    'fills up, refuses as `store-full`, and works again when something else is deleted',
    async () => {
      await using folder = await temporaryFolder();
      mount(folder.path);
      try {
        const store = { kind: 'sqlite', path: folder.file('a.db') } as const;
        const backend = await openBackend({ store, clock: new FakeClock(), log: silentLog, exclusive: true });
        await backend.store.writeMemory(memoryOf('a', { sequence: 1 }));
        await writeFile(folder.file('ballast'), 'x'.repeat(1_000_000)).catch(() => {});
        const big = memoryOf('a', { sequence: 2, bodyHash: 'x'.repeat(100_000) });
        await expect(backend.store.writeMemory(big)).rejects.toMatchObject({ code: 'store-full' });
        expect((await backend.store.readMemory('a'))?.sequence).toBe(1);
        await writeFile(folder.file('ballast'), '');
        await backend.store.writeMemory(big);
        expect((await backend.store.readMemory('a'))?.sequence).toBe(2);
        await backend.close();
      } finally {
        unmount(folder.path);
      }
    },
  );
});
