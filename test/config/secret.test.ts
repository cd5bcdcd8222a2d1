import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parseSigningSecret, Secret } from '../../src/config/secret.ts';

// The public test keys of WEBHOOKS §4.
const K1 = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const K2 = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const K3 = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
const K3public = '1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';

const whsec = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

function hmacKeyIn(text: string): Buffer | undefined {
  const parsed = parseSigningSecret(text);
  return parsed.kind === 'v1' ? parsed.key.export() : undefined;
}

describe('a secret', () => {
  const secret = new Secret('s3cr3t');

  test('gives its text only when asked to reveal it', () => {
    expect(secret.reveal()).toBe('s3cr3t');
  });

  test.each([
    ['as a text', String(secret)],
    ['in a template', `${secret}`],
    ['as JSON', JSON.stringify({ secret })],
    ['inspected', inspect({ secret }, { depth: 9, showHidden: true })],
    ['spread', JSON.stringify({ ...secret })],
    ['by its keys', Object.entries(secret).join()],
  ])('does not show itself %s', (_, shown) => {
    expect(shown).not.toContain('s3cr3t');
  });

  test('shows that it is set', () => {
    expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual(['set', '"set"', 'set']);
  });
});

describe('Standard Webhooks: signing secrets', () => {
  test.each([
    ['K1', K1, 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['K2', K2, 'C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
  ])('%s is an HMAC key', (_, text, base64) => {
    expect(hmacKeyIn(text)).toEqual(Buffer.from(base64, 'base64'));
  });

  test.each([24, 32, 64])('a key of %d bytes is taken', (bytes) => {
    expect(hmacKeyIn(whsec(bytes))).toEqual(Buffer.alloc(bytes, 7));
  });

  test('K3 is an Ed25519 key: seed and public key', () => {
    const key = parseSigningSecret(K3);
    expect(key).toMatchObject({ kind: 'v1a', publicKey: Buffer.from(K3public, 'base64') });
    expect(key.kind === 'v1a' && key.privateKey.asymmetricKeyType).toBe('ed25519');
  });

  test.each([
    ['an empty text', '', 'is empty'],
    ['one letter', 'w', 'expected whsec_'],
    ['nothing after the prefix', 'whsec_', 'nothing follows whsec_'],
    ['no base64 after the prefix', 'whsec_%', 'is not base64'],
    ['a word after the prefix', 'whsec_wronglength', 'is not base64'],
    ['a prefix with a slip', K1.replace('whsec_', 'hwsec_'), 'expected whsec_'],
    ['a public key', `whpk_${K3public}`, 'whpk_ is the public key'],
    ['a short Ed25519 key', `whsk_${K3public}`, 'has 32 bytes'],
    [
      'more than 64 bytes',
      'whsec_V09IYXZUaFJoSnFobnpJQkpPMXdpdGFNWnJsRzAxdXZCeTVndVpwRmxSSXFsc0oyYzBTRWRUekJhYnlaZ0JSRGNPQ3BGZG1xYjFVVmRGQ3UK',
      'bytes; 24 to 64 are allowed',
    ],
    ['23 bytes', whsec(23), 'has 23 bytes; 24 to 64 are allowed'],
    ['65 bytes', whsec(65), 'has 65 bytes; 24 to 64 are allowed'],
    ['base64 without its padding', whsec(32).replace(/=+$/, ''), 'is not base64 (with padding)'],
    ['a space', `${K1} `, 'is not base64'],
    ['base64url', 'whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD', 'is not base64'],
    [
      'an Ed25519 seed with the public key of another',
      `whsk_${Buffer.concat([Buffer.alloc(32, 1), Buffer.from(K3public, 'base64')]).toString('base64')}`,
      'do not belong together',
    ],
  ])('%s is refused with the reason', (_, text, reason) => {
    expect(() => parseSigningSecret(text)).toThrow(reason);
  });

  test('a key shows nothing of itself when it is printed', () => {
    for (const text of [K1, K3]) {
      const printed =
        inspect(parseSigningSecret(text), { depth: 9, showHidden: true }) +
        JSON.stringify(parseSigningSecret(text));
      expect(printed).not.toContain(
        Buffer.from(text.split('_')[1] ?? '', 'base64')
          .subarray(0, 8)
          .toString('hex'),
      );
    }
  });

  test('a refusal never repeats the secret', () => {
    let message = '';
    try {
      parseSigningSecret(`whsec_${'abcd'.repeat(4)}`);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('has 12 bytes');
    expect(message).not.toContain('abcd');
  });
});
