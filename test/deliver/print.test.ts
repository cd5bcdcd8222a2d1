import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { printEvent } from '../../src/deliver/print.ts';
import { settle } from '../support/fake-clock.ts';
import { storedEvent } from './records.ts';

const never = new AbortController().signal;

test('an event is printed as one JSON line', async () => {
  const output = new PassThrough();
  const event = storedEvent();
  expect(await printEvent(output, event, never)).toEqual({ kind: 'printed' });
  expect(output.read().toString()).toBe(`${event.body}\n`);
});

const printsThrice = `
  import { printEvent } from '../../src/deliver/print.ts';
  await new Promise((resolve) => process.stdin.on('data', resolve));
  for (let turn = 0; turn < 3; turn++) {
    const { code } = await printEvent(process.stdout, { body: '{}' }, new AbortController().signal);
    console.error(code ?? 'printed');
  }
`;

test('a slow reader is waited for', async () => {
  const taken: (() => void)[] = [];
  const slow = new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) });
  let isPrinted = false;
  const printing = printEvent(slow, storedEvent(), never).then(() => {
    isPrinted = true;
  });
  await settle();
  expect(isPrinted).toBe(false);
  taken[0]?.();
  await printing;
  expect(isPrinted).toBe(true);
});

describe('a closed pipe', () => {
  const closedPipe = () =>
    new Writable({
      autoDestroy: false,
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });

  test('is an outcome and no crash, each time', async () => {
    const output = closedPipe();
    for (let turn = 0; turn < 2; turn++) {
      expect(await printEvent(output, storedEvent(), never)).toEqual({
        kind: 'unanswered',
        code: 'output-closed',
        message: 'standard output cannot be written: write EPIPE',
        phases: {},
      });
    }
  });

  test('standard output of a process whose reader has gone fails each time, and the process lives', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', printsThrice], {
      cwd: import.meta.dirname,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.end('go');
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(Buffer.concat(said).toString().trim().split('\n')).toEqual(Array(3).fill('output-closed'));
  });

  test('a stream that was destroyed counts as one', async () => {
    const output = new PassThrough();
    output.destroy();
    await once(output, 'close');
    expect(await printEvent(output, storedEvent(), never)).toMatchObject({ code: 'output-closed' });
  });
});

test('a stop ends the wait for a reader that stands still', async () => {
  const stopping = new AbortController();
  const stuck = new Writable({ write: () => {} });
  const printing = printEvent(stuck, storedEvent(), stopping.signal);
  stopping.abort();
  expect(await printing).toMatchObject({ kind: 'unanswered', code: 'output-closed' });
});

test('however many events are printed, one listener waits for a late error', async () => {
  const output = new PassThrough();
  const before = output.listenerCount('error');
  for (let turn = 0; turn < 20; turn++) await printEvent(output, storedEvent(), never);
  expect(output.listenerCount('error')).toBe(before + 1);
});
