// Group commit, and what a busy or full disk does to it (FAULTS E18, E20, M10).

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { busyLimitMs } from '../../../src/backend/sqlite/busy.ts';
import { Committer } from '../../../src/backend/sqlite/committer.ts';
import { type Database, openDatabase } from '../../../src/backend/sqlite/database.ts';
import { silentLog } from '../../../src/log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary.ts';
import { kill, startHolder } from './child.ts';

let folder: TemporaryFolder;
let clock: FakeClock;
let database: Database;
let committer: Committer;
let onlooker: Database;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  const path = folder.file('a.db');
  database = await openDatabase({ path, clock, log: silentLog, exclusive: true });
  onlooker = await openDatabase({ path, clock, log: silentLog, exclusive: false });
  committer = new Committer(database, clock);
  database.sql.exec('CREATE TABLE t (word TEXT NOT NULL)');
  database.sql.exec('CREATE TABLE commits (number INTEGER)');
});
afterEach(async () => {
  onlooker.close();
  database.close();
  await folder[Symbol.asyncDispose]();
});

const insert = (word: string | null) => () => database.sql.prepare('INSERT INTO t VALUES (?)').run(word);
const words = () =>
  onlooker.sql
    .prepare('SELECT word FROM t ORDER BY rowid')
    .all()
    .map((row) => row.word);
/** Moves once for each transaction that the onlooker did not make itself. */
const version = () => Number(onlooker.sql.prepare('PRAGMA data_version').get()?.data_version);

describe('group commit', () => {
  test('a commit is synced to the disk: WAL, synchronous FULL', () => {
    expect(database.sql.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.sql.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  });

  test('writes of one turn share one transaction, in their order', async () => {
    const seen: number[] = [];
    const before = version();
    await Promise.all(
      ['a', 'b', 'c'].map((word) => committer.commit(insert(word)).then(() => seen.push(version()))),
    );
    expect(words()).toEqual(['a', 'b', 'c']);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).not.toBe(before);
  });

  test('what has resolved can be read by another process', async () => {
    await committer.commit(insert('a'));
    expect(words()).toEqual(['a']);
  });

  test('nothing is there before it resolves', async () => {
    const written = committer.commit(insert('a'));
    expect(words()).toEqual([]);
    await written;
  });

  test('a write answers with what it found', async () => {
    expect(await committer.commit(() => 42)).toBe(42);
  });

  test('a write that fails takes no other with it, wherever it stands', async () => {
    const results = await Promise.allSettled(
      [null, 'a', 'b', null, 'c', 'd', 'e', null].map((word) => committer.commit(insert(word))),
    );
    expect(words()).toEqual(['a', 'b', 'c', 'd', 'e']);
    const faults = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code);
    expect(faults).toEqual(['store-failed', 'store-failed', 'store-failed']);
  });

  test('a bug in a write rejects as what it is', async () => {
    const bug = new TypeError('bug');
    const written = committer.commit(() => {
      throw bug;
    });
    await expect(written).rejects.toBe(bug);
  });

  test('a write waits for company only for a few turns of the event loop', async () => {
    let isWritten = false;
    const first = committer.commit(insert('first')).then(() => {
      isWritten = true;
    });
    const others: Promise<unknown>[] = [];
    for (let turn = 0; turn < 50 && !isWritten; turn++) {
      others.push(committer.commit(insert(`later ${turn}`)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(others.length).toBeLessThan(20);
    await Promise.all([first, ...others]);
  });

  test('more writes than fit into one transaction go in several, in order', async () => {
    const all = Array.from({ length: 2_500 }, (_, place) => String(place));
    await Promise.all(all.map((word) => committer.commit(insert(word))));
    expect(words()).toEqual(all);
  });

  test('commitEach writes a long list in pieces, in order', async () => {
    const pieces: number[] = [];
    await committer.commitEach([1, 2, 3, 4, 5], 2, (some) => pieces.push(some.length));
    expect(pieces).toEqual([2, 2, 1]);
    await committer.commitEach([], 2, () => pieces.push(0));
    expect(pieces).toEqual([2, 2, 1]);
  });
});

describe('another process holds the file', () => {
  test('SQLite itself blocks the event loop only for a moment', () => {
    expect(database.sql.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 20 });
  });

  test('writes wait for it and lose nothing', async () => {
    const holder = await startHolder('write-lock', database.path);
    let isDone = false;
    const written = committer.commit(insert('a')).then(() => {
      isDone = true;
    });
    await clock.advance(busyLimitMs - 1_000);
    expect(isDone).toBe(false);
    await kill(holder);
    const later = committer.commit(insert('b'));
    await clock.advance(500);
    await Promise.all([written, later]);
    expect(words()).toEqual(['a', 'b']);
  });

  test('a write that waited five seconds is given up, a younger one is not', async () => {
    onlooker.sql.exec('BEGIN IMMEDIATE');
    const old = committer.commit(insert('a')).catch((error) => error.code);
    await clock.advance(busyLimitMs - 500);
    const young = committer.commit(insert('b'));
    await clock.advance(1_000);
    expect(await old).toBe('store-busy');
    onlooker.sql.exec('ROLLBACK');
    await clock.advance(500);
    await young;
    expect(words()).toEqual(['b']);
  });

  test('when it comes in between while a failed transaction is tried in halves, no write is lost', async () => {
    let isFirstRun = true;
    // Looked at only after the roll-back: the moment at which another process can come in.
    const failure = {
      get errcode() {
        if (!onlooker.sql.isTransaction) onlooker.sql.exec('BEGIN IMMEDIATE');
        return 1;
      },
    };
    const first = committer.commit(() => {
      if (isFirstRun) {
        isFirstRun = false;
        throw failure;
      }
      insert('a')();
    });
    const all = [first, ...['b', 'c', 'd', 'e'].map((word) => committer.commit(insert(word)))];
    await clock.advance(500);
    onlooker.sql.exec('ROLLBACK');
    await clock.advance(500);
    await Promise.all(all);
    expect(words()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('nothing is left waiting when it ends', async () => {
    await committer.commit(insert('a'));
    await committer.idle();
    expect(clock.timers).toBe(0);
  });
});

describe('the disk is full', () => {
  const fill = () => {
    const pages = Number(database.sql.prepare('PRAGMA page_count').get()?.page_count);
    database.sql.exec(`PRAGMA max_page_count = ${pages}`);
  };
  const big = 'x'.repeat(20_000);

  test('a write that does not fit is `store-full`, those beside it that fit are stored', async () => {
    fill();
    const results = await Promise.allSettled(
      [big, 'a', big, 'b'].map((word) => committer.commit(insert(word))),
    );
    expect(words()).toEqual(['a', 'b']);
    expect(results[0]).toMatchObject({
      reason: { code: 'store-full', message: expect.stringContaining(`store ${database.path}: the disk`) },
    });
  });

  test('when there is space again, work goes on', async () => {
    fill();
    await expect(committer.commit(insert(big))).rejects.toMatchObject({ code: 'store-full' });
    database.sql.exec('PRAGMA max_page_count = 1000000');
    await committer.commit(insert(big));
    expect(words()).toEqual([big]);
    expect(onlooker.sql.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  });
});
