import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../../src/config/secret.ts';
import { lookAlikeHeaders, lookAlikeKey } from '../../src/deliver/look-alike.ts';

const raw = "It's a Secret to Everybody";
const keyOf = (scheme: 'github' | 'websub' | 'miniflux') => lookAlikeKey({ scheme, secret: new Secret(raw) });
const hello = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

test.each([
  ['github', 'x-hub-signature-256', `sha256=${hello}`],
  ['websub', 'x-hub-signature', `sha256=${hello}`],
  ['miniflux', 'x-miniflux-signature', hello],
] as const)('%s signs the body of public vector D in %s', (scheme, name, value) => {
  expect(lookAlikeHeaders([keyOf(scheme)], Buffer.from('Hello, World!'))).toEqual([[name, value]]);
});

test('all that are configured are sent', () => {
  const keys = [keyOf('github'), keyOf('websub'), keyOf('miniflux')];
  expect(lookAlikeHeaders(keys, Buffer.from('Hello, World!')).map(([name]) => name)).toEqual([
    'x-hub-signature-256',
    'x-hub-signature',
    'x-miniflux-signature',
  ]);
});

test('whatever the bytes, they are what is signed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const expected = createHmac('sha256', raw).update(bytes).digest('hex');
      expect(lookAlikeHeaders([keyOf('miniflux')], Buffer.from(bytes))[0]?.[1]).toBe(expected);
    }),
  );
});
