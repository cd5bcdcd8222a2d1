// The wrapper around the child must tell what the child does, and never wait for ever.

import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/clock.ts';
import { DaemonProcess } from '../../../src/commands/demo/daemon-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary.ts';

let folder: TemporaryFolder;
let daemon: DaemonProcess | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await daemon?.kill();
  await folder[Symbol.asyncDispose]();
});

/** Starts a stand-in whose whole program is `script`. */
async function launch(script: string): Promise<DaemonProcess> {
  const cli = folder.file('stand-in.mjs');
  await writeFile(cli, script);
  daemon = DaemonProcess.start({ clock: systemClock, cli, config: 'feeds.yaml' });
  return daemon;
}

const says = (event: string) => `process.stderr.write('${JSON.stringify({ event })}\\n');`;
const staysUp = 'setInterval(() => {}, 1000);';

describe('the daemon as a child', () => {
  test('is run with the configuration, and its lines are read as JSON', async () => {
    const child = await launch(
      `process.stderr.write(JSON.stringify({ event: 'started', argv: process.argv.slice(2) }) + '\\n');${staysUp}`,
    );
    expect(await child.started()).toEqual({ event: 'started', argv: ['run', '--config', 'feeds.yaml'] });
  });

  test('a line of the past is found as well as one of the future', async () => {
    const child = await launch(`${says('started')}${says('poll')}${staysUp}`);
    await child.line(({ event }) => event === 'poll', 'a poll', 5_000);
    expect(await child.started()).toEqual({ event: 'started' });
  });

  test('a child that ends before the line rejects at once and quotes it', async () => {
    const child = await launch(`process.stderr.write('feeds.yaml:1:1: nonsense\\n'); process.exitCode = 2;`);
    await expect(child.started()).rejects.toThrow(/ended before it had started.*nonsense/s);
    expect(await child.exited).toEqual({ code: 2, signal: null });
  });

  test('a line that never comes rejects at the limit', async () => {
    const child = await launch(`${says('started')}${staysUp}`);
    await child.started();
    await expect(child.line(({ event }) => event === 'poll', 'the first poll', 30)).rejects.toThrow(
      'longer than 30 ms before the first poll',
    );
  });

  test('stop sends SIGTERM and tells the exit code', async () => {
    const child = await launch(`process.on('SIGTERM', () => process.exit(0));${says('started')}${staysUp}`);
    await child.started();
    expect(await child.stop()).toEqual({ code: 0, signal: null });
  });

  test('a child that ignores SIGTERM is killed at the limit, and that is an error', async () => {
    const child = await launch(`process.on('SIGTERM', () => {});${says('started')}${staysUp}`);
    await child.started();
    await expect(child.stop(50)).rejects.toThrow('did not stop within 50 ms');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('kill lets no handler run', async () => {
    const child = await launch(`process.on('exit', () => {${says('exit')}});${says('started')}${staysUp}`);
    await child.started();
    expect(await child.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(child.lines).toEqual([{ event: 'started' }]);
  });

  test('standard output is kept apart from the log', async () => {
    const child = await launch(`process.stdout.write('{"id":"evt_1"}\\n');${says('started')}`);
    await child.exited;
    expect([child.output, child.lines]).toEqual([['{"id":"evt_1"}'], [{ event: 'started' }]]);
  });
});
