// Signs the exact bytes of one attempt by Standard Webhooks: v1 (HMAC-SHA256) or v1a (Ed25519), one signature
// for each key, so that a receiver can change its secret while both are valid.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import { createHmac, createPrivateKey, type KeyObject, sign as signAsymmetric } from 'node:crypto';
import type { SigningKey } from '../config/secret.ts';

/** The value of `webhook-signature`: the signatures of all keys, separated by one space. */
export function sign(
  keys: readonly SigningKey[],
  id: string,
  timestampSeconds: number,
  body: Buffer,
): string {
  const signed = Buffer.concat([Buffer.from(`${id}.${timestampSeconds}.`, 'utf8'), body]);
  return keys.map((key) => signatureBy(key, signed)).join(' ');
}

function signatureBy(key: SigningKey, signed: Buffer): string {
  switch (key.kind) {
    case 'v1':
      return `v1,${createHmac('sha256', key.key).update(signed).digest('base64')}`;
    case 'v1a':
      // RFC 8032: pure Ed25519 hashes by itself, hence no digest name.
      return `v1a,${signAsymmetric(null, signed, ed25519Key(key.seed)).toString('base64')}`;
    default:
      return key satisfies never;
  }
}

// RFC 8410 §7: what turns a raw seed of 32 bytes into a PKCS#8 key. https://www.rfc-editor.org/rfc/rfc8410#section-7
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

function ed25519Key(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
}
