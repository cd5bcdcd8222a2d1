// What is refused at start, and what is not (FAULTS E19, E22, E23, E26, E29).

import { chmod, copyFile, mkdir, open as openFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { openBackend } from '../../../src/backend/open.ts';
import { requireSafeSqlite } from '../../../src/backend/sqlite/integrity.ts';
import { migrations } from '../../../src/backend/sqlite/schema.ts';
import { silentLog } from '../../../src/log.ts';
import { eventOf, memoryOf, stateOf, withheldOf } from '../../conformance/records.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const open = (path: string, exclusive = true) =>
  openBackend({ store: { kind: 'sqlite', path }, clock: new FakeClock(), log: silentLog, exclusive });

async function makeStore(path: string, feeds = 1): Promise<void> {
  const backend = await open(path);
  const ids = Array.from({ length: feeds }, (_, place) => `feed-${place}`);
  await Promise.all(ids.map((id) => backend.store.writeState(stateOf(id))));
  await backend.close();
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

/** A file as that version of the tables left it. */
function makeOld(path: string, version: number, rows = ''): void {
  change(
    path,
    `PRAGMA journal_mode = WAL; ${migrations.slice(0, version).join('')} ${rows}; PRAGMA user_version = ${version}`,
  );
}

/** File modes mean nothing to root, so root acts as somebody else meanwhile. */
async function withoutPrivilege(act: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('a new store', () => {
  test('its folder is made, and its files are for the owner only', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('deep/er/a.db');
    const backend = await open(path);
    await backend.store.writeState(stateOf('a'));
    for (const name of [path, `${path}-wal`, `${path}-lock`])
      expect((await stat(name)).mode & 0o777).toBe(0o600);
    await backend.close();
  });

  test('somebody who only looks makes none', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    await expect(open(path, false)).rejects.toMatchObject({
      code: 'store-failed',
      message: `store ${path}: there is none yet: start feedhook once`,
    });
  });

  test.each([
    ['a file stands where a folder should', (path: string) => `${path}/file/a.db`],
    ['the path is a folder', (path: string) => `${path}/folder`],
    ['the folder cannot be made', () => '/proc/feedhook/a.db'],
  ])('%s: one clear line, nothing else', async (_, place) => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('file'), '');
    await mkdir(folder.file('folder'));
    const path = place(folder.path);
    const message = new RegExp(`^store ${path}: .+$`);
    await expect(open(path)).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['a folder that cannot be written', ['closed'], 0o555],
    ['a store that can only be read', ['closed/a.db', 'closed/a.db-lock'], 0o444],
    ['a store that cannot even be read', ['closed/a.db', 'closed/a.db-lock'], 0],
  ])('%s: one clear line', async (_, names, mode) => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o777);
    await mkdir(folder.file('closed'), { mode: 0o777 });
    if (mode !== 0o555) await makeStore(folder.file('closed/a.db'));
    for (const name of names) await chmod(folder.file(name), mode);
    await withoutPrivilege(async () => {
      const refused = open(folder.file('closed/a.db'));
      await expect(refused).rejects.toMatchObject({
        code: 'store-failed',
        message: expect.stringMatching(/^store .+$/),
      });
    });
  });
});

describe('the SQLite version', () => {
  test.each([
    ['3.51.3', true],
    ['3.51.4', true],
    ['3.52.0', true],
    ['4.0.0', true],
    ['3.51.2', false],
    ['3.7.17', false],
    ['3.45.1', false],
    ['', false],
  ])('%s is safe: %s', (version, isSafe) => {
    const asked = () => requireSafeSqlite('a.db', version);
    if (isSafe) expect(asked).not.toThrow();
    else expect(asked).toThrow(expect.objectContaining({ code: 'store-unsafe' }));
  });
});

describe('a store that exists', () => {
  test('damaged pages are refused, with what to do about it', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    await makeStore(path, 500);
    const file = await openFile(path, 'r+');
    const { size } = await file.stat();
    for (let page = 4096; page < size; page += 4096) await file.write(Buffer.alloc(64, 0xff), 0, 64, page);
    await file.close();
    await expect(open(path)).rejects.toMatchObject({
      code: 'store-corrupt',
      message: expect.stringMatching(/^store \S+a\.db: it is damaged \(.+\): stop feedhook, .+ backup .+$/),
    });
  });

  test('a file that is no SQLite file is refused and kept', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    await writeFile(path, 'not a database, but somebody may need it'.repeat(200));
    await expect(open(path)).rejects.toMatchObject({ code: 'store-corrupt' });
    expect((await stat(path)).size).toBe(8_000);
  });

  test('the SQLite file of another program is refused', async () => {
    await using folder = await temporaryFolder();
    change(folder.file('a.db'), 'CREATE TABLE recipes (name)');
    await expect(open(folder.file('a.db'))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('another program'),
    });
  });

  test.each([true, false])('one written by a newer version is refused (owner: %s)', async (exclusive) => {
    await using folder = await temporaryFolder();
    await makeStore(folder.file('a.db'));
    change(folder.file('a.db'), 'PRAGMA user_version = 99');
    await expect(open(folder.file('a.db'), exclusive)).rejects.toMatchObject({ code: 'store-newer' });
  });

  test.each(migrations.map((_, place) => place + 1).slice(0, -1))(
    'one of version %i is for its owner to bring up to date',
    async (version) => {
      await using folder = await temporaryFolder();
      makeOld(folder.file('a.db'), version);
      await expect(open(folder.file('a.db'), false)).rejects.toMatchObject({ code: 'store-failed' });
      await makeStore(folder.file('a.db'));
      await (await open(folder.file('a.db'), false)).close();
    },
  );

  test('one of the second version keeps its events and deliveries, and can withhold from then on', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    makeOld(
      path,
      2,
      `INSERT INTO events VALUES (NULL, 'evt_1', 'entry.new', 'feed', 'guid:1', 4, 1800000000000, '{"id":"evt_1"}');
       INSERT INTO endpoints VALUES ('app', 't', NULL, NULL, 1);
       INSERT INTO deliveries VALUES (NULL, 'evt_1', 'app', 'feed', 'pending', NULL, 0, 1, 1, 1, 1, 0)`,
    );
    const { store, deliveries, close } = await open(path);
    await store.addEvents([eventOf('evt_2', { isWithheld: true })]);
    await deliveries.add([withheldOf('evt_2')]);
    expect(await store.readEvents(['evt_1', 'evt_2'])).toEqual([
      eventOf('evt_1', { entryKey: 'guid:1', sequence: 4 }),
      eventOf('evt_2', { isWithheld: true }),
    ]);
    expect((await deliveries.list({}, 9)).map(({ state, sequence }) => `${state} ${sequence}`)).toEqual([
      'withheld 2',
      'pending 1',
    ]);
    await close();
  });

  test('one of the third version keeps who is disabled, its counts and its retries, in no lane', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    const row = (id: string, to: string, rest: string) =>
      `INSERT INTO deliveries VALUES (NULL, '${id}', '${to}', 'feed', ${rest}, 1, 0);`;
    makeOld(
      path,
      3,
      `INSERT INTO endpoints VALUES ('app', 't', 77, 'http-410', 4), ('chat', NULL, NULL, NULL, 0);
       ${row('evt_1', 'app', `'done', NULL, 1, 1, 1, 1`)} ${row('evt_2', 'app', `'dead', 'poison', 1, 1, 1, 1`)}
       ${row('evt_3', 'app', `'pending', NULL, 3, 900, 5, 6`)} ${row('evt_4', 'app', `'withheld', NULL, 0, 1, 1, 1`)}`,
    );
    const { deliveries, close } = await open(path);
    const counts = { pending: 0, withheld: 0, done: 0, dead: 0, skipped: 0 };
    expect(await deliveries.endpoints()).toEqual([
      {
        endpointId: 'app',
        condition: { disabled: { since: 77, reason: 'http-410' } },
        ...counts,
        pending: 1,
        withheld: 1,
        done: 1,
        dead: 1,
        oldestPendingAt: 5,
      },
      { endpointId: 'chat', condition: {}, ...counts },
    ]);
    expect((await deliveries.list({ eventId: 'evt_3' }, 1))[0]).toMatchObject({
      attempts: 3,
      dueAt: 900,
      place: 'free',
      isFallback: false,
    });
    await close();
  });

  test('an empty file, as a kill before the first migration leaves it, becomes a store', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('a.db'), '');
    await expect(open(folder.file('a.db'), false)).rejects.toMatchObject({ code: 'store-failed' });
    await makeStore(folder.file('a.db'));
  });

  test('without its generation marker it is not believed to be empty', async () => {
    await using folder = await temporaryFolder();
    await makeStore(folder.file('a.db'));
    change(folder.file('a.db'), 'DELETE FROM meta');
    await expect(open(folder.file('a.db'))).rejects.toMatchObject({ code: 'store-corrupt' });
  });

  test('when the marker goes while it is open, an unknown feed is a fault and no first poll', async () => {
    await using folder = await temporaryFolder();
    const backend = await open(folder.file('a.db'));
    expect(await backend.store.readMemory('a')).toBeUndefined();
    change(folder.file('a.db'), 'DELETE FROM meta');
    await expect(backend.store.readMemory('a')).rejects.toMatchObject({ code: 'store-corrupt' });
    await backend.close();
  });

  test('an older copy put in its place is accepted', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    await makeStore(path);
    await copyFile(path, folder.file('backup.db'));
    const backend = await open(path);
    await backend.store.writeMemory(memoryOf('a', { sequence: 5 }));
    await backend.close();
    await copyFile(folder.file('backup.db'), path);
    const restored = await open(path);
    expect(await restored.store.readMemory('a')).toBeUndefined();
    expect((await restored.store.readStates(['feed-0'])).size).toBe(1);
    await restored.close();
  });

  test('a WAL that was lost is a roll-back, not a damage', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    const backend = await open(path);
    await backend.upkeep.checkpoint();
    await backend.store.writeState(stateOf('late'));
    await copyFile(path, folder.file('copy.db'));
    await backend.close();
    const copy = await open(folder.file('copy.db'));
    expect(await copy.store.readStates(['late'])).toEqual(new Map());
    await copy.close();
  });

  test.each([
    ['removed', (path: string) => rm(path)],
    ['replaced', (path: string) => rename(`${path}-other`, path)],
  ])('a file that is %s under the running process is noticed by the checkpoint', async (_, act) => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    const backend = await open(path);
    await writeFile(`${path}-other`, '');
    await act(path);
    await expect(backend.upkeep.checkpoint()).rejects.toMatchObject({ code: 'store-failed' });
    await backend.close();
  });

  test('a checkpoint empties the WAL into the file', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    const backend = await open(path);
    await backend.store.writeState(stateOf('a'));
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0);
    await backend.upkeep.checkpoint();
    expect((await stat(`${path}-wal`)).size).toBe(0);
    await backend.close();
  });
});
