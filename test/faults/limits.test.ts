// Group A of FAULTS §3, where an answer is too much: of headers, of interim answers, of time, of decompressed bytes.
// Memory is measured with room to spare, since the process is shared with the test runner; time is not measured.

import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { until } from '../support/fake-clock.ts';
import {
  type Answer,
  after,
  before,
  bytes,
  document,
  eachTestInItsWorld,
  keysOf,
  limits,
  recovers,
  survives,
} from './world.ts';

const world = eachTestInItsWorld();

const ok = 'HTTP/1.1 200 OK\r\nETag: "broken"\r\n';
const full = `${ok}Content-Length: ${after.length}\r\n\r\n${after}`;
const coded = (coding: string, body: Uint8Array) =>
  bytes(`${ok}Content-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`, body);

/** What a step adds to the memory of the process; may be negative. */
async function rssOf(step: () => Promise<unknown>): Promise<number> {
  const rss = process.memoryUsage().rss;
  await step();
  return process.memoryUsage().rss - rss;
}

/** A poll that its clock must end: asks, moves the clock to the total deadline once it is asked, and waits. */
async function pollUntilDeadline(broken: Answer) {
  let isAsked = false;
  world().answer = (connection, head) => {
    isAsked = true;
    return broken(connection, head);
  };
  const ended = world().poll();
  await until(() => isAsked, 'the origin is asked');
  await world().clock.advance(limits.requestTimeoutMs);
  return ended;
}

describe('A11: headers', () => {
  test.each([
    ['one header of 64 KB', `X: ${'y'.repeat(65_536)}\r\n`],
    ['10,000 small headers', 'X: y\r\n'.repeat(10_000)],
    ['500 cookies', `Set-Cookie: ${'c'.repeat(60)}\r\n`.repeat(500)],
  ])('%s are headers-too-large, and nothing of them is stored or sent', async (_name, headers) => {
    await survives(world(), bytes(full.replace(ok, `${ok}${headers}`)), 'headers-too-large');
    expect(world().heads.some((head) => /cookie|broken/i.test(head))).toBe(false);
  });

  test('cookies within the limit are not sent back either', async () => {
    world().answer = bytes(full.replace(ok, `${ok}Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n`));
    await world().poll();
    await world().poll();
    expect(world().heads).toHaveLength(2);
    expect(world().heads.some((head) => /cookie/i.test(head))).toBe(false);
  });
});

describe('interim answers', () => {
  test('A13: 20,000 of 102 before the 200 are read over or refused, and cost no memory', async () => {
    world().publish(before);
    await world().poll();
    world().answer = bytes('HTTP/1.1 102 Processing\r\n\r\n'.repeat(20_000), full);
    const rss = await rssOf(async () => {
      const { summary } = await world().poll();
      expect(summary.code ?? 'success').toMatch(/^(success|too-many-1xx)$/);
    });
    expect(rss).toBeLessThan(50_000_000);
    world().publish(after);
    await world().poll();
    expect(await world().delivered()).toEqual(keysOf(3, 4));
  });

  test('A13: ten of 102 before the 200 are nothing to speak of', async () => {
    world().answer = bytes('HTTP/1.1 102 Processing\r\n\r\n'.repeat(10), full);
    expect((await world().poll()).summary).toMatchObject({ outcome: 'unchanged', entries: 4 });
  });

  test('A14: 103 without end ends by count or by deadline, and costs no entry', async () => {
    world().publish(before);
    await world().poll();
    const { summary } = await pollUntilDeadline(async (connection) => {
      while (!connection.isClosed) await connection.write('HTTP/1.1 103 Early Hints\r\n\r\n');
    });
    expect(summary.code).toMatch(/^(timeout|too-many-1xx)$/);
    await recovers(world());
  });
});

test('A15: a body of one byte a second ends at the total deadline, and its slot is free again', async () => {
  world().publish(before);
  await world().poll();
  let dripping: { readonly isClosed: boolean } | undefined;
  let written = 0;
  const drip: Answer = async (connection) => {
    dripping = connection;
    await connection.write(full.slice(0, -after.length));
    const next = async () => {
      if (connection.isClosed) return;
      await connection.write(after[written++] ?? '');
      world().clock.startTimer(1_000, () => void next());
    };
    await next();
  };
  const { summary } = await pollUntilDeadline(drip);
  expect(summary).toMatchObject({ outcome: 'failed', code: 'timeout' });
  expect(written).toBeGreaterThan(20);
  await until(() => dripping?.isClosed === true, 'the connection is closed');
  world().publish(document(1, 1));
  expect((await world().poll('neighbour')).summary.outcome).toBe('unchanged');
  await recovers(world());
});

describe('A34: bombs', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('one of %s is decoded-too-large, and never more than the limit is unpacked', async (coding, pack) => {
    const bomb = pack(Buffer.alloc(50_000_000, 'a'));
    expect(bomb.length).toBeLessThan(limits.maxWireBytes);
    const rss = await rssOf(() => survives(world(), coded(coding, bomb), 'decoded-too-large'));
    // Unpacked it would be 50 MB, and twice that while it is put together.
    expect(rss).toBeLessThan(45_000_000);
  });

  test('a bomb round a good document does not hide it from the limit', async () => {
    const padded = after.replace('</channel>', `${' '.repeat(3_000_000)}</channel>`);
    await survives(world(), coded('gzip', gzipSync(padded)), 'decoded-too-large');
  });
});

describe('A33: content codings', () => {
  const gz = gzipSync(after);

  test.each<[string, Answer, string]>([
    ['an unknown one', coded('foo', gz), 'encoding'],
    ['two layers', coded('gzip, gzip', gzipSync(gz)), 'encoding'],
    ['two layers on two lines', coded('gzip\r\nContent-Encoding: gzip', gzipSync(gz)), 'encoding'],
    ['eight layers', coded(Array(8).fill('gzip').join(', '), gz), 'encoding'],
    ['gzip that is plain', coded('gzip', Buffer.from(after)), 'encoding-corrupt'],
  ])('%s: refused', async (_name, broken, code) => {
    await survives(world(), broken, code);
  });

  test.each<[string, Answer]>([
    ['GZIP in capitals', coded('GZIP', gz)],
    ['identity', coded('identity', Buffer.from(after))],
    ['A07: gzip in two members', coded('gzip', Buffer.concat(inTwo(after).map((part) => gzipSync(part))))],
  ])('%s: read', async (_name, answer) => {
    world().publish(before);
    await world().poll();
    world().answer = answer;
    expect((await world().poll()).summary).toMatchObject({ outcome: 'updated', events: 2 });
    expect(await world().delivered()).toEqual(keysOf(3, 4));
  });

  test('A07: junk after the end of gzip is encoding-corrupt', async () => {
    await survives(world(), coded('gzip', Buffer.concat([gz, Buffer.from('junk')])), 'encoding-corrupt');
  });

  test('A07: two members of which the second is cut are encoding-corrupt', async () => {
    const [first = '', second = ''] = inTwo(after);
    const cut = Buffer.concat([gzipSync(first), gzipSync(second).subarray(0, -3)]);
    await survives(world(), coded('gzip', cut), 'encoding-corrupt');
  });
});

function inTwo(text: string): string[] {
  return [text.slice(0, text.length / 2), text.slice(text.length / 2)];
}
