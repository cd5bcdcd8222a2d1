// FAULTS K01, K04, K08: who may ask, and what is not taken for a proof.

import { describe, expect, test } from '@jest/globals';
import { tokenDigest } from '../../src/config/secret.ts';
import { refusalOf } from '../../src/server/access.ts';

const token = 'correct-horse-battery';
const digest = tokenDigest(token);
const here = { peer: '127.0.0.1', host: 'localhost:9464', authorization: '' };
const elsewhere = { peer: '172.18.0.5', host: '172.18.0.2:9464', authorization: '' };

describe('this machine, by a name of loopback', () => {
  test.each([
    [here],
    [{ ...here, peer: '::1', host: '[::1]:9464' }],
    [{ ...here, peer: '::ffff:127.0.0.1', host: '127.0.0.1' }],
  ])('%j needs no token', (asking) => {
    expect([refusalOf(asking), refusalOf(asking, digest)]).toEqual([undefined, undefined]);
  });
});

describe('whoever is not, or says another name', () => {
  test.each([
    [elsewhere],
    [{ ...elsewhere, host: 'localhost' }],
    [{ ...here, host: 'evil.example' }],
    [{ ...here, host: '' }],
    [{ ...elsewhere, peer: '' }],
  ])('%j is refused without the token', (asking) => {
    expect([refusalOf(asking), refusalOf(asking, digest)]).toEqual([421, 401]);
  });

  test.each([
    [`Bearer ${token}`, undefined],
    [`bearer  ${token}`, undefined],
    [`Bearer ${token}x`, 401],
    [`Bearer ${token.slice(1)}`, 401],
    ['Bearer ', 401],
    [token, 401],
    [`Basic ${token}`, 401],
    [`Bearer ${digest}`, 401],
  ])('with %j', (authorization, refusal) => {
    expect(refusalOf({ ...elsewhere, authorization }, digest)).toBe(refusal);
  });

  test('a token changes nothing where none is configured', () => {
    expect(refusalOf({ ...elsewhere, authorization: `Bearer ${token}` })).toBe(421);
  });
});
