// C08: where the bytes are cut into pieces on their way means nothing, neither between packets nor between chunks nor
// between the blocks of a compressed stream, and not in the middle of a character either.

import { constants, deflateRawSync, deflateSync, gzipSync, type ZlibOptions } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  inChunks,
  type Reading,
  type RecordedResponse,
  type ResponseReader,
  recordedResponses,
  runs,
  startReader,
  wireOf,
} from './recorded-responses.ts';

let reader: ResponseReader;
const whole = new Map<string, Reading>();

beforeAll(async () => {
  reader = await startReader();
  for (const response of recordedResponses) whole.set(response.name, await reader.read(wireOf(response)));
});

afterAll(async () => await reader[Symbol.asyncDispose]());

function expectSame(reading: Reading, response: RecordedResponse): void {
  const expected = whole.get(response.name);
  expect(bodyOf(reading)).toEqual(bodyOf(expected));
  expect(reading.parsed).toEqual(expected?.parsed);
}

function bodyOf(reading: Reading | undefined): Buffer {
  if (reading?.fetched.kind !== 'document') throw new Error(JSON.stringify(reading));
  return Buffer.from(reading.fetched.body);
}

/** `bytes` cut at these places. */
function piecesOf(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  return [0, ...sorted].map((from, at) => bytes.subarray(from, sorted[at] ?? bytes.length));
}

test('there are 50 recorded responses, and each is a feed with entries', () => {
  expect(recordedResponses).toHaveLength(50);
  for (const [name, { parsed }] of whole)
    expect([name, parsed?.entries.length]).toEqual([name, expect.anything()]);
  expect([...whole.values()].every(({ parsed }) => parsed?.entries[0]?.title !== undefined)).toBe(true);
});

test('any cutting of any recorded response gives the same bytes and the same entries', async () => {
  const cut = fc.constantFrom(...recordedResponses).chain((response) => {
    const wire = wireOf(response);
    const places = fc.array(fc.integer({ min: 1, max: wire.length - 1 }), { maxLength: 30 });
    return places.map((chosen) => ({ response, pieces: piecesOf(wire, chosen) }));
  });
  const property = fc.asyncProperty(cut, async ({ response, pieces }) => {
    expectSame(await reader.read(...pieces), response);
  });
  await fc.assert(property, { numRuns: runs(200) });
});

// One of each document, plain, so that each byte of it is a packet.
const plain = recordedResponses.filter(({ name }) => name.includes(', plain,'));

test.each(plain.map((response) => [response.name, response] as const))(
  '%s: each byte of the body in a packet of its own',
  async (_name, response) => {
    const { head, body } = response;
    const bytes = Array.from(body, (_, at) => body.subarray(at, at + 1));
    expectSame(await reader.read(head, ...bytes), response);
  },
);

/** A stream whose blocks end after each `bytes` bytes, wherever that is in a character. */
function inBlocks(pack: (body: Buffer, options: ZlibOptions) => Buffer, body: Buffer, bytes: number): Buffer {
  const parts = Array.from({ length: Math.ceil(body.length / bytes) }, (_, at) => {
    const part = body.subarray(at * bytes, (at + 1) * bytes);
    const isLast = (at + 1) * bytes >= body.length;
    return pack(part, { finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH });
  });
  return Buffer.concat(parts);
}

describe.each(plain.map((response) => [response.name, response] as const))('%s', (_name, response) => {
  const document = () => bodyOf(whole.get(response.name));
  const headOf = (...lines: string[]) =>
    Buffer.from(
      `HTTP/1.1 200 OK\r\n${/Content-Type: [^\r]*/.exec(response.head.toString())?.[0]}\r\n${lines.join('\r\n')}\r\n\r\n`,
    );

  test.each([1, 2, 3])('in chunks of %i bytes', async (bytes) => {
    const head = headOf('Transfer-Encoding: chunked');
    expectSame(await reader.read(head, inChunks(document(), bytes)), response);
  });

  test.each([1, 3])('in blocks of raw deflate of %i bytes', async (bytes) => {
    const body = inBlocks(deflateRawSync, document(), bytes);
    expectSame(await reader.read(headOf('Content-Encoding: deflate', 'Connection: close'), body), response);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)('in %s, each compressed byte in a chunk of its own', async (coding, pack) => {
    const head = headOf(`Content-Encoding: ${coding}`, 'Transfer-Encoding: chunked');
    expectSame(await reader.read(head, inChunks(pack(document()), 1)), response);
  });
});
