// One process owns a store (FAULTS F17).

import { symlink } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { openBackend } from '../../../src/backend/open.ts';
import { silentLog } from '../../../src/log.ts';
import { stateOf } from '../../conformance/records.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { kill, startHolder } from './child.ts';

const open = (path: string, exclusive = true) =>
  openBackend({ store: { kind: 'sqlite', path }, clock: new FakeClock(), log: silentLog, exclusive });

describe('the lock', () => {
  test('a second owner is refused with one line that names the file and the process', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    const child = await startHolder('store', path);
    await expect(open(path)).rejects.toMatchObject({
      code: 'store-locked',
      message: `store ${path}: another feedhook process owns it (pid ${child.pid}): stop that one, or use another store`,
    });
    await kill(child);
  });

  test('a killed owner leaves no lock behind', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    await kill(await startHolder('store', path));
    const backend = await open(path);
    await backend.close();
  });

  test('a refused second owner leaves the first one its lock and its data', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    const first = await open(path);
    await expect(open(path)).rejects.toMatchObject({ code: 'store-locked' });
    await expect(open(path)).rejects.toMatchObject({ code: 'store-locked' });
    await first.store.writeState(stateOf('a'));
    await first.close();
    const second = await open(path);
    expect((await second.store.readStates(['a'])).size).toBe(1);
    await second.close();
  });

  test('a symbolic link to the store is the same store', async () => {
    await using folder = await temporaryFolder();
    const first = await open(folder.file('a.db'));
    await symlink(folder.file('a.db'), folder.file('link.db'));
    await expect(open(folder.file('link.db'))).rejects.toMatchObject({ code: 'store-locked' });
    await first.close();
  });

  test('somebody who only looks needs no lock', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a.db');
    const child = await startHolder('store', path);
    const visitor = await open(path, false);
    expect(await visitor.deliveries.list({}, 10)).toEqual([]);
    await visitor.close();
    await kill(child);
  });
});
