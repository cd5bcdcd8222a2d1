// Signs the exact bytes of one attempt by Standard Webhooks: v1 (HMAC-SHA256) or v1a (Ed25519), one signature
// for each key, so that a receiver can change its secret while both are valid.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import { createHmac, sign as signAsymmetric } from 'node:crypto';
import type { SigningKey } from '../config/secret.ts';

/** The value of `webhook-signature`: the signatures of all keys, separated by one space. Empty without a key. */
export function sign(
  keys: readonly SigningKey[],
  id: string,
  timestampSeconds: number,
  body: Buffer,
): string {
  const before = `${id}.${timestampSeconds}.`;
  return keys.map((key) => signatureBy(key, before, body)).join(' ');
}

function signatureBy(key: SigningKey, before: string, body: Buffer): string {
  switch (key.kind) {
    case 'v1':
      return `v1,${createHmac('sha256', key.key).update(before, 'utf8').update(body).digest('base64')}`;
    case 'v1a': {
      const signed = Buffer.concat([Buffer.from(before, 'utf8'), body]);
      // RFC 8032: pure Ed25519 hashes by itself, hence no digest name. https://www.rfc-editor.org/rfc/rfc8032#section-5.1
      return `v1a,${signAsymmetric(null, signed, key.privateKey).toString('base64')}`;
    }
    default:
      return key satisfies never;
  }
}
