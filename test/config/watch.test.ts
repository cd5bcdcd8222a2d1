import { chmod, mkdir, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type ConfigWatcher, watchConfig } from '../../src/config/watch.ts';
import { ConfigError } from '../../src/errors.ts';
import { FakeClock, until } from '../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

const withFeeds = (...names: string[]) =>
  `feeds:\n${names.map((name) => `  - https://a.example/${name}\n`).join('')}`;

let folder: TemporaryFolder;
let path: string;
let clock: FakeClock;
let watching: ConfigWatcher | undefined;
/** What was reported: the paths of the feeds, or the code of a fault. */
let reports: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  path = folder.file('feeds.yaml');
  await writeFile(path, withFeeds('one'));
  clock = new FakeClock();
  reports = [];
});

afterEach(async () => {
  watching?.close();
  expect(clock.timers).toBe(0);
  await folder[Symbol.asyncDispose]();
});

const feedNames = (config: Config) => config.feeds.map(({ url }) => new URL(url).pathname.slice(1)).join();

/** Watches, and looks for the first time. */
async function startWatching(): Promise<void> {
  watch(await loadConfig(path, {}));
  await quietDown();
}

function watch(current?: Config): void {
  watching = watchConfig({
    path,
    env: {},
    clock,
    ...(current && { current }),
    onConfig: (config) => reports.push(feedNames(config)),
    onFault: (error) => reports.push(error instanceof ConfigError ? error.code : String(error)),
  });
}

const isQuietTime = () => (clock.untilNext ?? 30_000) <= 200;

/** Waits until the system has announced a change. */
const noticed = () => until(isQuietTime, 'the change is noticed');

/** Lets the quiet time end and the look at the file with it. */
async function quietDown(): Promise<void> {
  await noticed();
  // An announcement that is still under way starts the quiet time again.
  while (isQuietTime()) {
    await clock.advance(200);
    await watching?.settled();
  }
}

async function expectReports(...expected: string[]): Promise<void> {
  await until(async () => {
    if (isQuietTime()) await clock.advance(200);
    await watching?.settled();
    return reports.length >= expected.length;
  }, `there are ${expected.length} reports`);
  expect(reports).toEqual(expected);
}

describe('an edit', () => {
  test('that is valid is reported once', async () => {
    await startWatching();
    await writeFile(path, withFeeds('one', 'two'));
    await expectReports('one,two');
  });

  test('that changes only a comment, or nothing, is not reported', async () => {
    await startWatching();
    await writeFile(path, `# a comment\n${withFeeds('one')}`);
    await quietDown();
    await utimes(path, new Date(0), new Date(0));
    await quietDown();
    await chmod(path, 0o600);
    await quietDown();
    await writeFile(path, withFeeds('last'));
    await expectReports('last');
  });

  test('with faults is reported as a fault, and taking the edit back is reported too', async () => {
    await startWatching();
    await writeFile(path, 'feeds: [nonsense');
    await expectReports('config-invalid');
    await writeFile(path, withFeeds('one'));
    await expectReports('config-invalid', 'one');
    await writeFile(path, `# a comment\n${withFeeds('one')}`);
    await quietDown();
    await writeFile(path, withFeeds('two'));
    await expectReports('config-invalid', 'one', 'two');
  });

  test('against a rule from elsewhere is reported as a fault, with its place', async () => {
    const further = () => [{ path: ['feeds', 0], message: 'not this one' }];
    const faults: string[] = [];
    const onFault = (error: unknown) => faults.push(error instanceof ConfigError ? error.message : '');
    const current = await loadConfig(path, {});
    watching = watchConfig({ path, env: {}, clock, current, further, onConfig: () => {}, onFault });
    await writeFile(path, withFeeds('two'));
    await quietDown();
    await until(() => faults.length > 0, 'the fault is reported');
    expect(faults).toEqual([`${path}:2:5: feeds[0]: not this one (found "https://a.example/two")`]);
  });

  test('made between loading and watching is found', async () => {
    const current = await loadConfig(path, {});
    await writeFile(path, withFeeds('early'));
    watch(current);
    await expectReports('early');
  });

  test('by renaming a new file over the old one is found', async () => {
    await startWatching();
    for (const name of ['two', 'three']) {
      await writeFile(folder.file('.feeds.yaml.swp'), withFeeds(name));
      await rename(folder.file('.feeds.yaml.swp'), path);
      await quietDown();
    }
    await expectReports('two', 'three');
  });

  test('by removing the file is a fault, and its return is found', async () => {
    await startWatching();
    await unlink(path);
    await expectReports('config-unreadable');
    await writeFile(path, withFeeds('back'));
    await expectReports('config-unreadable', 'back');
  });

  test('by swapping the link to a whole folder is found', async () => {
    for (const name of ['v1', 'v2']) {
      await mkdir(folder.file(name));
      await writeFile(folder.file(`${name}/feeds.yaml`), withFeeds(name));
    }
    await unlink(path);
    await symlink('v1', folder.file('..data'));
    await symlink('..data/feeds.yaml', path);
    await startWatching();
    await symlink('v2', folder.file('..data_tmp'));
    await rename(folder.file('..data_tmp'), folder.file('..data'));
    await expectReports('v2');
  });

  test('of a secret file is found when the file is touched', async () => {
    await writeFile(folder.file('token'), 'old', { mode: 0o600 });
    await writeFile(path, 'feeds: [{ url: https://a.example/one, headers: { X-Token: file:token } }]');
    await startWatching();
    await writeFile(folder.file('token'), 'new');
    await utimes(path, new Date(0), new Date(0));
    await expectReports('one');
  });

  test('of a signing secret is found although secrets print the same', async () => {
    const signed = (byte: number) =>
      `${withFeeds('one')}endpoints: [{ id: a, url: https://a.example/, secret: whsec_${Buffer.alloc(24, byte).toString('base64')} }]`;
    await writeFile(path, signed(1));
    await startWatching();
    await writeFile(path, signed(2));
    await expectReports('one');
  });

  test('of a pattern in a filter is found, though it becomes a function', async () => {
    const filtered = (pattern: string) =>
      `feeds: [{ id: one, url: https://a.example/one, filter: { title: { matches: "${pattern}" } } }]`;
    await writeFile(path, filtered('a'));
    await startWatching();
    await writeFile(path, filtered('b'));
    await expectReports('one');
  });
});

describe('writing in steps', () => {
  test('is read when it has been quiet for 200 ms, so half a file is not a fault', async () => {
    await startWatching();
    await writeFile(path, 'feeds: [');
    await noticed();
    await clock.advance(100);
    await writeFile(path, withFeeds('whole'));
    await expectReports('whole');
  });

  test('100 times in a row is one report of the last', async () => {
    await startWatching();
    for (let count = 1; count <= 100; count++) await writeFile(path, withFeeds(`n${count}`));
    await expectReports('n100');
  });

  test('without an end is read after 2 s', async () => {
    await startWatching();
    const start = clock.now();
    for (let elapsedMs = 0; elapsedMs < 2000; elapsedMs += 100) {
      expect(reports).toEqual([]);
      await writeFile(path, withFeeds('busy'));
      const expectedMs = Math.min(200, start + 2000 - clock.now());
      await until(() => clock.untilNext === expectedMs, 'the quiet time starts again');
      await clock.advance(100);
    }
    await watching?.settled();
    expect(reports).toEqual(['busy']);
  });
});

describe('what the system does not announce is found within 30 s', () => {
  const lookAgain = async (...expected: string[]) => {
    await clock.advance(30_000);
    await expectReports(...expected);
  };

  test('an edit behind a link to another folder', async () => {
    await mkdir(folder.file('elsewhere'));
    await writeFile(folder.file('elsewhere/real.yaml'), withFeeds('one'));
    await unlink(path);
    await symlink('elsewhere/real.yaml', path);
    await startWatching();
    await writeFile(folder.file('elsewhere/real.yaml'), withFeeds('two'));
    await lookAgain('two');
  });

  test('a folder that was removed and came back', async () => {
    await mkdir(folder.file('conf'));
    path = folder.file('conf/feeds.yaml');
    await writeFile(path, withFeeds('one'));
    await startWatching();
    await rm(folder.file('conf'), { recursive: true });
    await lookAgain('config-unreadable');
    await mkdir(folder.file('conf'));
    await writeFile(path, withFeeds('back'));
    await lookAgain('config-unreadable', 'back');
    await writeFile(path, withFeeds('again'));
    await expectReports('config-unreadable', 'back', 'again');
  });
});

test('without `current`, what the file says at the start is in force', async () => {
  watch();
  await quietDown();
  await utimes(path, new Date(0), new Date(0));
  await quietDown();
  await writeFile(path, withFeeds('two'));
  await expectReports('two');
});

test('a closed watch reports nothing more and leaves no timer', async () => {
  await startWatching();
  await writeFile(path, withFeeds('late'));
  await noticed();
  watching?.close();
  await clock.advance(60_000);
  await watching?.settled();
  expect(reports).toEqual([]);
  expect(clock.timers).toBe(0);
});
