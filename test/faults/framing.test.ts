// Group A of FAULTS §3, where the end of the answer is wrong, or its framing: through the whole poll.

import { describe, expect, test } from '@jest/globals';
import { type Answer, after, bytes, document, eachTestInItsWorld, keysOf, survives } from './world.ts';

const world = eachTestInItsWorld();

const ok = 'HTTP/1.1 200 OK\r\nETag: "broken"\r\nLast-Modified: Fri, 20 Nov 2026 08:30:00 GMT\r\n';
const closing = `${ok}Connection: close\r\n\r\n`;
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
const asChunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const half = after.slice(0, after.length / 2);

/** As `bytes`, but the connection is cut by RST. */
const resetAfter =
  (...parts: readonly string[]): Answer =>
  async (connection) => {
    for (const part of parts) await connection.write(part);
    connection.reset();
  };

describe('a body that is cut', () => {
  test.each<[string, Answer, string]>([
    ['A01: before its length', bytes(`${ok}Content-Length: ${after.length}\r\n\r\n${half}`), 'truncated'],
    [
      'A01: before its length, by RST',
      resetAfter(`${ok}Content-Length: ${after.length}\r\n\r\n${half}`),
      'truncated',
    ],
    ['A02: before the last chunk', bytes(`${chunked}${asChunk(after)}`), 'truncated'],
    ['A02: inside a chunk', bytes(`${chunked}${after.length.toString(16)}\r\n${half}`), 'truncated'],
    ['A03: with no length, by a clean FIN', bytes(closing, half), 'incomplete-xml'],
  ])('%s', async (_name, broken, code) => {
    await survives(world(), broken, code);
  });

  // undici reports a reset as the end of a body without a length, or as an error, depending on what came first.
  test('A04: with no length, by RST', async () => {
    await survives(world(), resetAfter(closing, half), /^(incomplete-xml|truncated)$/);
  });
});

describe('A17: no answer at all', () => {
  test.each<[string, Answer]>([
    ['reset', (connection) => connection.reset()],
    ['closed', (connection) => connection.end()],
    ['closed in the middle of the headers', bytes(ok)],
  ])('a connection that is %s is connect-reset', async (_name, broken) => {
    await survives(world(), broken, 'connect-reset');
  });
});

const whole = document(1, 200);
/** 50 places inside the entries, spread evenly. */
const cuts = Array.from({ length: 50 }, (_, at) => {
  const first = whole.indexOf('<item>') + 1;
  return first + Math.floor(((whole.lastIndexOf('</item>') - first) * at) / 49);
});

describe.each<[string, (part: string) => Answer]>([
  ['A03: a FIN', (part) => bytes(closing, part)],
  ['A04: an RST', (part) => resetAfter(closing, part)],
])('%s anywhere in a document of 200 entries without a length', (_name, cut) => {
  test('teaches nothing, and all entries arrive once with the whole document', async () => {
    const { backend } = world();
    world().publish(document(1, 1));
    await world().poll();
    const memory = await backend.store.readMemory('log');
    for (const at of cuts) {
      world().answer = cut(whole.slice(0, at));
      const { summary } = await world().poll();
      expect([at, summary.code]).toEqual([at, expect.stringMatching(/^(incomplete-xml|truncated)$/)]);
    }
    expect(await backend.store.readMemory('log')).toEqual(memory);
    world().publish(whole);
    await world().poll();
    await world().poll();
    expect(await world().delivered()).toEqual(keysOf(2, 200));
  });

  test('as the very first answer is no baseline: what follows the first whole document is delivered', async () => {
    for (const at of cuts.filter((_, index) => index % 10 === 0)) {
      world().answer = cut(whole.slice(0, at));
      expect((await world().poll()).summary.outcome).toBe('failed');
    }
    expect((await world().backend.store.readMemory('log'))?.baseline).toBeUndefined();
    world().publish(document(1, 200));
    await world().poll();
    expect(await world().delivered()).toEqual([]);
    world().publish(document(1, 201));
    await world().poll();
    expect(await world().delivered()).toEqual(['guid:entry-201']);
  });
});

describe('A10: chunks that are none', () => {
  test.each([
    ['a size that is no number', 'ZZ', 'protocol'],
    ['a size beyond every number', 'FFFFFFFFFFFFFFFFF', 'protocol'],
    ['the largest size of 64 bits', 'FFFFFFFFFFFFFFFF', /^(protocol|too-large|truncated)$/],
    ['a negative size', '-1', 'protocol'],
  ])('%s', async (_name, size, code) => {
    await survives(world(), bytes(`${chunked}${size}\r\n${after}\r\n0\r\n\r\n`), code);
  });

  test('an extension of 1 MB is read over: the document counts', async () => {
    const rss = process.memoryUsage().rss;
    world().publish(document(1, 2));
    await world().poll();
    const size = after.length.toString(16);
    world().answer = bytes(`${chunked}${size};x=${'y'.repeat(1_000_000)}\r\n${after}\r\n0\r\n\r\n`);
    expect((await world().poll()).summary).toMatchObject({ outcome: 'updated', events: 2 });
    expect(await world().delivered()).toEqual(keysOf(3, 4));
    expect(process.memoryUsage().rss - rss).toBeLessThan(50_000_000);
  });
});

describe('A32: what is hardly HTTP', () => {
  const length = `Content-Length: ${after.length}\r\n\r\n${after}`;

  test.each([
    ['HTTP/0.9', after],
    ['lines that end in LF alone', `HTTP/1.1 200 OK\nETag: "broken"\n${length.replace(/\r/g, '')}`],
    ['a NUL in a header', `${ok}X: a\0b\r\n${length}`],
    ['HTTP/3.7', `${ok.replace('HTTP/1.1', 'HTTP/3.7')}${length}`],
    ['status 000', `${ok.replace('200 OK', '000 No')}${length}`],
  ])('%s is a breach of protocol', async (_name, answer) => {
    await survives(world(), bytes(answer), 'protocol');
  });

  test('an answer in HTTP/1.0 with keep-alive is read as what it is', async () => {
    world().publish(document(1, 2));
    await world().poll();
    world().answer = bytes(`HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${length}`);
    expect((await world().poll()).summary).toMatchObject({ outcome: 'updated', events: 2 });
    expect(await world().delivered()).toEqual(keysOf(3, 4));
  });
});
