// The tour as its reader sees it: the true daemon, a table, an exit code, and nothing left behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { seesColour } from '../../src/commands/demo/screen.ts';
import { runDemo } from '../../src/commands/demo/tour.ts';
import { cliPath } from '../support/daemon.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function tour(options: { cli?: string; signal?: AbortSignal; hasColour?: boolean } = {}) {
  const output = new PassThrough();
  const seen = text(output);
  const code = await runDemo({ output, ...options });
  output.end();
  return { code, seen: await seen };
}

const leftovers = (pid = process.pid) =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`feedhook-demo-${pid}-`));

describe('feedhook demo', () => {
  test('walks all six steps, loses nothing, and exits with 0', async () => {
    const { code, seen } = await tour();
    for (let step = 1; step <= 6; step++) expect(seen).toMatch(new RegExp(`^ ${step}  `, 'm'));
    expect(seen).toMatch(/^ +missing +0$/m);
    expect(seen).toMatch(/^ +doubled +0$/m);
    expect(seen).toMatch(/7 without validators, for 7 feeds/);
    expect({ code, seen }).toEqual({ code: 0, seen });
    expect(leftovers()).toEqual([]);
  }, 90_000);

  test('a daemon that does not start is a clear failure, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    const cli = folder.file('broken.mjs');
    await writeFile(cli, 'console.error("no such luck"); process.exit(1);');
    const { code, seen } = await tour({ cli });
    expect(code).toBe(1);
    expect(seen).toMatch(/FAILED: the daemon ended before it had started.*no such luck/s);
    expect(leftovers()).toEqual([]);
  });

  test('an interrupted tour ends soon, with 1', async () => {
    await using folder = await temporaryFolder();
    const cli = folder.file('idle.mjs');
    await writeFile(cli, 'console.error(\'{"event":"started"}\'); setInterval(() => {}, 1000);');
    const { code, seen } = await tour({ cli, signal: AbortSignal.timeout(200) });
    expect(code).toBe(1);
    expect(seen).toContain('FAILED: interrupted');
  });

  test('a tour that is interrupted while the daemon starts does not wait for it', async () => {
    await using folder = await temporaryFolder();
    const cli = folder.file('mute.mjs');
    await writeFile(cli, 'setInterval(() => {}, 1000);');
    const { code, seen } = await tour({ cli, signal: AbortSignal.timeout(200) });
    expect(code).toBe(1);
    expect(seen).toContain('FAILED: interrupted');
    expect(leftovers()).toEqual([]);
  }, 10_000);

  test.each<{ name: string; end: (demo: ChildProcess) => unknown }>([
    { name: 'Ctrl-C', end: (demo) => demo.kill('SIGINT') },
    { name: 'SIGTERM', end: (demo) => demo.kill('SIGTERM') },
    { name: 'a terminal that is closed', end: (demo) => demo.kill('SIGHUP') },
    { name: 'a pipe whose reader has had enough', end: (demo) => demo.stdout?.destroy() },
  ])('$name ends the command with 1 and leaves neither daemon nor folder', async ({ end }) => {
    const demo = spawn(process.execPath, [cliPath, 'demo'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const complaint = text(demo.stderr);
    await once(demo.stdout, 'data');
    end(demo);
    const [code] = await once(demo, 'close');
    // The folder goes last, when the daemon that worked in it has ended.
    expect([code, await complaint, leftovers(demo.pid)]).toEqual([1, '', []]);
  });

  test.each([
    { name: 'a terminal', output: { isTTY: true }, env: {}, expected: true },
    { name: 'a pipe', output: {}, env: {}, expected: false },
    { name: 'NO_COLOR', output: { isTTY: true }, env: { NO_COLOR: '1' }, expected: false },
    { name: 'an empty NO_COLOR', output: { isTTY: true }, env: { NO_COLOR: '' }, expected: true },
    { name: 'a dumb terminal', output: { isTTY: true }, env: { TERM: 'dumb' }, expected: false },
  ])('$name -> colours: $expected', ({ output, env, expected }) => {
    expect(seesColour(Object.assign(new PassThrough(), output), env)).toBe(expected);
  });
});
