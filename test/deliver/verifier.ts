// A receiver's side of Standard Webhooks: v1 by the reference library, v1a by the few lines that the library lacks.

import { createPublicKey, verify as verifyAsymmetric } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';

export interface SignedHeaders {
  readonly [name: string]: string;
}

/** Throws what the reference library throws; `now` (Unix seconds) is the receiver's clock. */
export function verifyByReference(secret: string, body: Buffer, headers: SignedHeaders, now: number): void {
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now * 1_000);
  try {
    new Webhook(secret).verify(body, { ...headers }, { jsonParse: false });
  } finally {
    clock.mockRestore();
  }
}

// RFC 8410 §4: what turns a raw public key of 32 bytes into an SPKI key.
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** True when one of the `v1a` signatures is that of the `whpk_` key. */
export function verifiesByPublicKey(publicKey: string, body: Buffer, headers: SignedHeaders): boolean {
  const raw = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64');
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' });
  const start = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
  const signed = Buffer.concat([Buffer.from(start), body]);
  return (headers['webhook-signature'] ?? '')
    .split(' ')
    .filter((signature) => signature.startsWith('v1a,'))
    .some((signature) => verifyAsymmetric(null, signed, key, Buffer.from(signature.slice(4), 'base64')));
}

/** The headers of a request that was received, as verifiers want them. */
export function signedHeaders(headers: IncomingHttpHeaders): SignedHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
