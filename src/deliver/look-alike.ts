// Signatures for receivers that were written for other senders: an HMAC-SHA256 over the very body alone, in the header that they
// look into. They say nothing of when it was sent, so whoever can verify Standard Webhooks should.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { LookAlikeSignature } from '../config/config.ts';

export interface LookAlikeKey {
  readonly scheme: LookAlikeSignature['scheme'];
  readonly key: KeyObject;
}

export function lookAlikeKey({ scheme, secret }: LookAlikeSignature): LookAlikeKey {
  return { scheme, key: createSecretKey(Buffer.from(secret.reveal(), 'utf8')) };
}

/** The header of a scheme, and what stands before the digest in lower-case hex. */
const schemes: Readonly<Record<LookAlikeKey['scheme'], readonly [name: string, prefix: string]>> = {
  // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
  github: ['x-hub-signature-256', 'sha256='],
  // WebSub §7.1: the method is named, and sha256 is one of them. https://www.w3.org/TR/websub/#signing-content
  websub: ['x-hub-signature', 'sha256='],
  // https://miniflux.app/docs/webhooks.html#hmac
  miniflux: ['x-miniflux-signature', ''],
};

/** Name and value of each. */
export function lookAlikeHeaders(keys: readonly LookAlikeKey[], body: Buffer): [string, string][] {
  return keys.map(({ scheme, key }) => {
    const [name, prefix] = schemes[scheme];
    return [name, prefix + createHmac('sha256', key).update(body).digest('hex')];
  });
}
