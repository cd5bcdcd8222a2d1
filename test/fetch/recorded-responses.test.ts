// Random damage to recorded responses, through the whole way from the socket to the entries: whatever comes is an
// outcome with a code, and what was cut is never a document.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codes } from '../../src/errors.ts';
import {
  type Reading,
  type RecordedResponse,
  type ResponseReader,
  recordedResponses,
  runs,
  startReader,
  unframedResponses,
  wireOf,
} from './recorded-responses.ts';

let reader: ResponseReader;

beforeAll(async () => {
  reader = await startReader();
});

afterAll(async () => await reader[Symbol.asyncDispose]());

// By name, so that a counterexample can be read.
const name = fc.constantFrom(...recordedResponses.map((recorded) => recorded.name));
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const scope = fc.constantFrom<Scope>('all', 'head', 'body');
type Scope = 'all' | 'head' | 'body';

function named(wanted: string): RecordedResponse {
  const found = recordedResponses.find((recorded) => recorded.name === wanted);
  if (found === undefined) throw new Error(wanted);
  return found;
}

function expectKnownEnd({ fetched, parsed, code }: Reading): void {
  expect(['document', 'failed']).toContain(fetched.kind);
  if (parsed) expect(Array.isArray(parsed.entries)).toBe(true);
  else expect(code !== undefined && (code in codes || /^http-\d{3}$/.test(code))).toBe(true);
}

test('a response that is cut anywhere is a failure, never a feed', async () => {
  const property = fc.asyncProperty(name, share, scope, async (wanted, at, where) => {
    const { head, body, framing } = named(wanted);
    const whole = where === 'head' ? head : Buffer.concat([head, body]);
    const start = where === 'body' ? head.length : 0;
    const reading = await reader.read(whole.subarray(0, start + Math.floor((whole.length - start) * at)));
    expect(reading.parsed).toBeUndefined();
    expectKnownEnd(reading);
    // Where the framing tells, the fetch itself must have seen it.
    if (framing !== 'close') expect(reading.fetched.kind).toBe('failed');
  });
  await fc.assert(property, { numRuns: runs(200) });
});

test('the last bytes matter: each response without its last byte is a failure', async () => {
  for (const recorded of recordedResponses) {
    const reading = await reader.read(wireOf(recorded).subarray(0, -1));
    expect([recorded.name, reading.parsed]).toEqual([recorded.name, undefined]);
  }
});

test.each(unframedResponses.map((recorded) => [recorded.name, recorded] as const))(
  '%s: cut at any of 80 places, it is no feed',
  async (_name, { head, body }) => {
    for (let at = 0; at < 80; at++) {
      const cut = Math.floor((body.length * at) / 80);
      const { parsed, code } = await reader.read(head, body.subarray(0, cut));
      expect([cut, parsed]).toEqual([cut, undefined]);
      expect(code).toMatch(/^(empty|incomplete-xml|invalid-json|not-a-feed)$/);
    }
  },
);

/** One thing that goes wrong at a place, given as a share of the bytes. */
type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly mask: number }
  | { readonly kind: 'insert'; readonly at: number; readonly extra: string | Uint8Array }
  | { readonly kind: 'remove' | 'repeat'; readonly at: number; readonly bytes: number };

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip'), at: share, mask: fc.integer({ min: 1, max: 255 }) }),
  fc.record({
    kind: fc.constant('insert'),
    at: share,
    extra: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.string({ unit: 'grapheme' })),
  }),
  fc.record({
    kind: fc.constantFrom('remove', 'repeat'),
    at: share,
    bytes: fc.integer({ min: 1, max: 100 }),
  }),
);

function damagedBy(wire: Buffer, one: Damage): Buffer {
  const place = Math.floor(wire.length * one.at);
  const [before, rest] = [wire.subarray(0, place), wire.subarray(place)];
  switch (one.kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.of((rest[0] ?? 0) ^ one.mask), rest.subarray(1)]);
    case 'insert':
      return Buffer.concat([before, Buffer.from(one.extra), rest]);
    case 'remove':
      return Buffer.concat([before, rest.subarray(one.bytes)]);
    case 'repeat':
      return Buffer.concat([before, rest.subarray(0, one.bytes), rest]);
    default:
      return one satisfies never;
  }
}

const broken = fc.record({
  name,
  // The head is far shorter than the body and matters more.
  where: scope,
  damages: fc.array(damage, { minLength: 1, maxLength: 5 }),
});

function wireWith({
  name: wanted,
  where,
  damages,
}: {
  name: string;
  where: Scope;
  damages: Damage[];
}): Buffer {
  const { head, body } = named(wanted);
  const ruin = (bytes: Buffer) => damages.reduce(damagedBy, bytes);
  if (where === 'all') return ruin(Buffer.concat([head, body]));
  return where === 'head' ? Buffer.concat([ruin(head), body]) : Buffer.concat([head, ruin(body)]);
}

test('a response that is damaged anywhere ends in a feed or in a code, and in time', async () => {
  const property = fc.asyncProperty(broken, async (one) => {
    const reading = await reader.read(wireWith(one));
    expectKnownEnd(reading);
    // The origin ended the connection, so there was nothing left to wait for.
    expect(reading.code ?? '').not.toMatch(/timeout/);
  });
  await fc.assert(property, { numRuns: runs(300) });
});

test('a damaged response does not spoil the next one', async () => {
  const property = fc.asyncProperty(broken, name, async (one, next) => {
    await reader.read(wireWith(one));
    expect((await reader.read(wireOf(named(next)))).parsed).toBeDefined();
  });
  await fc.assert(property, { numRuns: runs(100) });
});
