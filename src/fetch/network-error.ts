// The one table from what Node, OpenSSL and undici throw to our own codes; nobody else reads ECONNRESET.
// An error that no row knows is a programming error and is thrown on.

import { codes, FeedhookError, FetchError } from '../errors.ts';

type KnownCode = keyof typeof codes;

/** How far the request had come: the same reset means another thing in the middle of a body. */
export type Stage = 'connect' | 'tls' | 'request' | 'body';

const table: Readonly<Record<string, KnownCode>> = {
  ENOTFOUND: 'dns-not-found',
  EAI_AGAIN: 'dns-failed',
  ECONNREFUSED: 'connect-refused',
  ECONNRESET: 'connect-reset',
  ECONNABORTED: 'connect-reset',
  EPIPE: 'connect-reset',
  UND_ERR_SOCKET: 'connect-reset',
  UND_ERR_INFO: 'connect-reset',
  ETIMEDOUT: 'connect-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  EHOSTUNREACH: 'connect-unreachable',
  ENETUNREACH: 'connect-unreachable',
  EHOSTDOWN: 'connect-unreachable',
  ENETDOWN: 'connect-unreachable',
  EADDRNOTAVAIL: 'connect-unreachable',
  CERT_HAS_EXPIRED: 'tls-expired',
  CERT_NOT_YET_VALID: 'tls-not-yet-valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-wrong-host',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT: 'tls-unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls-unknown-ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls-unknown-ca',
  ERR_SSL_EE_KEY_TOO_SMALL: 'tls-weak-key',
  ERR_SSL_DH_KEY_TOO_SMALL: 'tls-weak-key',
  UND_ERR_HEADERS_TIMEOUT: 'headers-timeout',
  UND_ERR_HEADERS_OVERFLOW: 'headers-too-large',
  UND_ERR_BODY_TIMEOUT: 'body-timeout',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'truncated',
  ERR_HTTP2_STREAM_ERROR: 'connect-reset',
  // undici asserts that a status is at least 100.
  ERR_ASSERTION: 'protocol',
  UND_ERR_ABORTED: 'aborted',
  UND_ERR_DESTROYED: 'aborted',
  UND_ERR_CLOSED: 'aborted',
  ABORT_ERR: 'aborted',
};

/** Our error for what a library threw; one of our own passes unchanged. */
export function networkError(error: unknown, stage: Stage = 'request'): FeedhookError {
  if (error instanceof FeedhookError) return error;
  const symptom = symptomOf(error);
  const code = codeOf(symptom, stage);
  if (code === undefined) throw error;
  return new FetchError(code, `${codes[code]} (${symptom.code ?? symptom.message})`, { cause: error });
}

/** Whether one stream of HTTP/2 was given up: an answer of a kind, unlike the end of a connection. */
export function isStreamReset(error: unknown): boolean {
  const { code, message } = symptomOf(error);
  return (
    code === 'ERR_HTTP2_STREAM_ERROR' || (code === 'UND_ERR_INFO' && message.startsWith('HTTP/2: stream'))
  );
}

/** What the table is looked up by; read by shape, as such errors come from several realms and copies. */
interface Symptom {
  readonly name: unknown;
  readonly code: string | undefined;
  readonly message: string;
  readonly syscall: unknown;
}

function codeOf(symptom: Symptom, stage: Stage): KnownCode | undefined {
  const known = table[symptom.code ?? ''] ?? familyOf(symptom);
  switch (stage) {
    case 'connect':
      return known ?? 'connect-failed';
    case 'tls':
      return inHandshake(known);
    case 'request':
      return breaksProtocol(symptom) ? 'protocol' : known;
    case 'body':
      return known === 'connect-reset' || /Invalid EOF state/.test(symptom.message) ? 'truncated' : known;
    default:
      return stage satisfies never;
  }
}

// undici complains of the length of a body also when it is the header that lies, and calls an answer that
// nobody asked for (a 100, a 101, bytes on an idle connection) "bad".
function breaksProtocol({ code, message }: Symptom): boolean {
  return (
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
    (code === 'UND_ERR_SOCKET' && message.startsWith('bad '))
  );
}

/** Once the connection stands, whatever is not about the certificate is the handshake's fault. */
function inHandshake(known: KnownCode | undefined): KnownCode {
  if (known === 'connect-timeout') return 'tls-timeout';
  return known === 'aborted' || known?.startsWith('tls-') ? known : 'tls-failed';
}

function familyOf({ name, code = '', message, syscall }: Symptom): KnownCode | undefined {
  if (syscall === 'getaddrinfo') return 'dns-failed';
  // Node has no code for it, only what OpenSSL says: key or signature digest of a certificate.
  if (code === 'UNSPECIFIED' && /too weak/.test(message)) return 'tls-weak-key';
  if (name === 'HTTPParserError' || code.startsWith('ERR_HTTP2_')) return 'protocol';
  if (/^(?:ERR_SSL_|ERR_TLS_|CERT_|EPROTO$)/.test(code)) return 'tls-failed';
  return syscall === undefined ? undefined : 'connect-failed';
}

// With several addresses Node throws one error around those of all attempts; the first stands for them.
function symptomOf(error: unknown): Symptom {
  if (typeof error !== 'object' || error === null) throw error;
  const { errors, name, code, message, syscall } = error as Readonly<Record<string, unknown>>;
  if (Array.isArray(errors) && errors.length > 0) return symptomOf(errors[0]);
  const isAbort = name === 'AbortError';
  return {
    name,
    code: isAbort ? 'ABORT_ERR' : typeof code === 'string' ? code : undefined,
    message: String(message),
    syscall,
  };
}
