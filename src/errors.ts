// Every stable code that feedhook shows, and the small tree of errors that carry them.
// Expected outcomes (a 404, a feed that is HTML) are values that name a code; faults are thrown.
// docs/errors.md explains each code, and a test holds both lists to each other.

/** Code -> one line for people. `http-<status>` stands beside these for any HTTP status. */
export const codes = {
  // fetch: before an answer
  'blocked-address': 'the address rule forbids this target',
  'dns-not-found': 'the host name does not exist',
  'dns-no-address': 'the host name exists but has no address',
  'dns-failed': 'the host name could not be resolved now',
  'dns-refused': 'the name server refused to answer',
  'dns-timeout': 'no answer of a name server within the look-up limit',
  'connect-refused': 'nothing listens at the address',
  'connect-timeout': 'no connection within the connect limit',
  'connect-reset': 'the connection was reset',
  'connect-unreachable': 'the network or host cannot be reached',
  'proxy-failed': 'the configured proxy did not open a way to the origin',
  'connect-failed': 'the connection failed in another way',
  'tls-timeout': 'the TLS handshake did not end within its limit',
  'tls-expired': 'the certificate has expired',
  'tls-not-yet-valid': 'the certificate is not valid yet',
  'tls-self-signed': 'the certificate is self-signed',
  'tls-wrong-host': 'the certificate names another host',
  'tls-unknown-ca': 'the certificate comes from an unknown authority',
  'tls-weak-key': 'the certificate has a key or signature that is too weak',
  'tls-failed': 'the TLS handshake failed in another way',
  // fetch: the answer
  protocol: 'the answer is not valid HTTP',
  'headers-timeout': 'no complete header block within its limit',
  'too-many-1xx': 'more interim responses (1xx) than the limit',
  'headers-too-large': 'the header block is larger than the limit',
  'body-timeout': 'the body stood still for longer than its limit',
  timeout: 'the whole request took longer than its limit',
  truncated: 'the body ended before the length or the last chunk that was promised',
  'too-large': 'the body is larger than the limit on the wire',
  'decoded-too-large': 'the decompressed body is larger than the limit',
  encoding: 'the content coding is unknown or stacked',
  'encoding-corrupt': 'the compressed body is damaged or cut',
  'too-many-redirects': 'the redirect chain is longer than the limit or a loop',
  'redirect-invalid': 'a redirect without a usable Location',
  'redirect-downgrade': 'a redirect from https to http',
  'partial-content': 'a 206 that nobody asked for',
  'unsolicited-304': 'a 304 to a request without validators',
  aborted: 'the daemon stopped before the request ended',
  // decode and parse
  'charset-unsupported': 'no decoder for the charset the origin names',
  empty: 'the document is empty',
  'not-a-feed': 'the document is not Atom, RSS or JSON Feed',
  'incomplete-xml': 'the document ends before its root element does',
  'invalid-xml': 'the XML is broken beyond recovery',
  'invalid-json': 'the JSON cannot be read',
  'too-deep': 'the elements are nested deeper than the limit',
  'too-many-references': 'more character references than the limit',
  'too-many-tags': 'more tags than the limit',
  'too-many-entries': 'more entries than the limit',
  'entity-expansion': 'entity definitions expand beyond the limit',
  // store
  'store-full': 'the disk or quota of the store is full',
  'store-busy': 'another process holds the store longer than the limit',
  'store-locked': 'another feedhook process owns the store',
  'store-corrupt': 'the store is damaged',
  'store-newer': 'the store was written by a newer version',
  'store-unsafe': 'the store engine has a known fault, or settings under which it forgets',
  'store-unreachable': 'the store does not answer',
  'store-flushed': 'the store was emptied while feedhook used it',
  'store-moved': 'the store was migrated to another one, or a migration into it has not ended',
  'store-failed': 'the store failed in another way',
  // config
  'config-invalid': 'feeds.yaml has faults',
  'config-unreadable': 'feeds.yaml or a file it names cannot be read',
  // delivery
  'event-missing': 'the stored event of a delivery is gone',
  'event-unrenderable': 'the event cannot be rendered or signed for this endpoint',
  'endpoint-unknown': 'the endpoint of a delivery is not configured',
  'output-closed': 'standard output cannot be written',
  'handshake-refused': 'the endpoint did not consent to being sent events',
} as const;

export type Code = keyof typeof codes | `http-${number}`;

/** The root of all faults that feedhook throws itself; `cause` keeps what a library threw. */
export class FeedhookError extends Error {
  readonly code: Code;
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** One fault in feeds.yaml; `line` and `column` count from 1. */
export interface ConfigFault {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly path: string;
  readonly message: string;
}

/** feeds.yaml, or a file or variable it names, cannot be used; carries every fault at once. */
export class ConfigError extends FeedhookError {
  readonly faults: readonly ConfigFault[];
  constructor(
    code: 'config-invalid' | 'config-unreadable',
    faults: readonly ConfigFault[],
    options?: ErrorOptions,
  ) {
    super(code, faults.map(faultLine).join('\n'), options);
    this.faults = faults;
  }
}

function faultLine({ file, line, column, path, message }: ConfigFault): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/** One request did not bring a complete answer: address, network, TLS, HTTP framing, limits. */
export class FetchError extends FeedhookError {}

/** The bytes cannot become text. */
export class DecodeError extends FeedhookError {}

/** The text cannot become a feed. */
export class ParseError extends FeedhookError {}

/** The store did not do what it was asked; what it holds is unknown, never "nothing". */
export class StoreError extends FeedhookError {
  /** Set when only what is stored of this feed is at fault; the store itself works. */
  readonly feedId: string | undefined;
  constructor(code: Code, message: string, options: ErrorOptions & { readonly feedId?: string } = {}) {
    super(code, message, options);
    this.feedId = options.feedId;
  }
}

/** What is stored of one feed is at fault; the store itself works. */
export type FeedFault = StoreError & { readonly feedId: string };

export function isFeedFault(error: unknown): error is FeedFault {
  return error instanceof StoreError && error.feedId !== undefined;
}

/** A delivery cannot even be attempted: its event is gone, or cannot be rendered or signed. */
export class DeliveryError extends FeedhookError {}
