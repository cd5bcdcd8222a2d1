// What feeds.yaml adds to TLS for an origin: authorities of one's own, and a client certificate. They add to the
// usual authorities and never replace the verification. Reading the usual ones costs milliseconds, so there is one
// context for equal settings.

import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** PEM texts. */
export interface TlsSettings {
  /** Trusted besides the authorities of the system and of NODE_EXTRA_CA_CERTS. */
  readonly ca?: string;
  /** The client certificate with its chain, and its private key. */
  readonly cert?: string;
  readonly key?: string;
}

/** Equal for equal settings, and empty where nothing is set. */
export function tlsKey({ ca, cert, key }: TlsSettings = {}): string {
  return ca === undefined && cert === undefined && key === undefined ? '' : JSON.stringify([ca, cert, key]);
}

export function secureContextOf({ ca, cert, key }: TlsSettings): SecureContext {
  return createSecureContext({
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}
