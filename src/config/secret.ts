// A text that must not be printed, and the reading of signing secrets (Standard Webhooks).
// No message here ever holds a part of the secret.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import { createHash, createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { FeedhookError } from '../errors.ts';

/** Shows itself as `set` wherever it is printed, logged or serialised; only `reveal` gives the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return 'set';
  }

  toJSON(): string {
    return 'set';
  }

  [inspect.custom](): string {
    return 'set';
  }
}

/** What is kept of a token that only has to be recognised; two of them are compared in the same time, whatever they differ in. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * What a signing secret holds: an HMAC key (`v1`) or an Ed25519 key pair (`v1a`). Key objects, since making one takes longer
 * than signing with it.
 */
export type SigningKey =
  | { readonly kind: 'v1'; readonly key: KeyObject }
  | { readonly kind: 'v1a'; readonly privateKey: KeyObject; readonly publicKey: Uint8Array };

// The specification asks for 24 to 64 random bytes.
const shortestKeyBytes = 24;
const longestKeyBytes = 64;

// RFC 8410 §7: a raw Ed25519 seed becomes a PKCS#8 key behind these bytes.
// https://www.rfc-editor.org/rfc/rfc8410#section-7
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const seedBytes = 32;

/** The key in `whsec_…` or `whsk_…`; throws with the reason. */
export function parseSigningSecret(text: string): SigningKey {
  if (text === '') throw refuse('the secret is empty; leave the key out to send without a signature');
  if (text.startsWith('whsec_')) return parseHmacKey(text.slice('whsec_'.length));
  if (text.startsWith('whsk_')) return parseEd25519Key(text.slice('whsk_'.length));
  if (text.startsWith('whpk_')) {
    throw refuse(
      'whpk_ is the public key that receivers verify with; write the whsk_ key that belongs to it',
    );
  }
  throw refuse('expected whsec_ and the base64 of 24 to 64 random bytes, or an Ed25519 key whsk_…');
}

function parseHmacKey(base64: string): SigningKey {
  const key = decodeBase64(base64, 'whsec_');
  if (key.length < shortestKeyBytes || key.length > longestKeyBytes) {
    throw refuse(
      `the key after whsec_ has ${key.length} bytes; ${shortestKeyBytes} to ${longestKeyBytes} are allowed`,
    );
  }
  return { kind: 'v1', key: createSecretKey(key) };
}

function parseEd25519Key(base64: string): SigningKey {
  const bytes = decodeBase64(base64, 'whsk_');
  if (bytes.length !== 2 * seedBytes) {
    throw refuse(
      `the key after whsk_ has ${bytes.length} bytes; a seed and a public key of 32 bytes each are needed`,
    );
  }
  const der = Buffer.concat([pkcs8Prefix, bytes.subarray(0, seedBytes)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = bytes.subarray(seedBytes);
  if (!rawPublicKey(privateKey).equals(publicKey)) {
    throw refuse('the two halves of the whsk_ key do not belong together');
  }
  return { kind: 'v1a', privateKey, publicKey };
}

/** Its last 32 bytes; what comes before says that it is Ed25519. */
function rawPublicKey(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-seedBytes);
}

/** Strict, with padding: receivers' libraries refuse what Node would silently skip. */
function decodeBase64(base64: string, prefix: string): Buffer {
  if (base64 === '') throw refuse(`nothing follows ${prefix}`);
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64)
    throw refuse(`what follows ${prefix} is not base64 (with padding)`);
  return bytes;
}

function refuse(message: string): FeedhookError {
  return new FeedhookError('config-invalid', message);
}
