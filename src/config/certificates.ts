// Certificates and private keys in feeds.yaml: PEM texts, read once here so that a wrong file is a fault of the
// configuration and not of the first poll.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { Secret } from './secret.ts';

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** One or more certificates. */
export function certificates() {
  return z
    .string()
    .refine(
      holdsCertificates,
      'expected certificates in PEM form (-----BEGIN CERTIFICATE-----), usually as file:/path',
    );
}

export function privateKey() {
  return z
    .string()
    .refine(isPrivateKey, 'expected an unencrypted private key in PEM form, usually as file:/path')
    .transform((text) => new Secret(text));
}

export function holdsCertificates(text: string): boolean {
  const found = text.match(certificate) ?? [];
  return found.length > 0 && found.every((pem) => isReadable(() => new X509Certificate(pem)));
}

function isPrivateKey(text: string): boolean {
  return text.includes('PRIVATE KEY-----') && isReadable(() => createPrivateKey(text));
}

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
