// Which headers a request carries, and which validators are kept from its answer. Pure.
// Validators go back byte for byte, to the exact URL that gave them, and are never made up; the tables are in
// docs/http.md.
// RFC 9110 §13.1: https://www.rfc-editor.org/rfc/rfc9110#section-13.1

import type { Validators } from '../model/poll.ts';
import { type AnswerHeaders, firstLine } from './headers.ts';

// Prefers formats made for feeds, and takes anything: many feeds are served as text/html.
const accept =
  'application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, ' +
  'application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1';

// Always the same: an entity tag belongs to one coding of the document.
const acceptEncoding = 'gzip, deflate, br, zstd';

/** Header names and values in turn, as they go out. */
export type RequestHeaders = string[];

/** What every request of one feed shares, whichever hop it goes to. */
export interface Conversation {
  readonly userAgent: string;
  /** Headers of the feed's configuration; only for the home origin. */
  readonly configured: Readonly<Record<string, string>> | undefined;
  /** Origin of the configured URL: scheme, host and port. */
  readonly home: string;
  /** Ask caches on the way to go and look (`poll --force`). */
  readonly noCache: boolean;
}

/** What is said of one request more than of the others. */
export interface Particulars {
  /** Those that belong to the URL. */
  readonly validators?: Validators | undefined;
  /** Credentials; left out on the way to another origin. */
  readonly authorization?: string | undefined;
}

/** The validators that belong to `url`, if any. */
export function validatorsFor(url: URL, stored: Validators | undefined): Validators | undefined {
  if (stored?.url !== url.href) return undefined;
  return stored.etag === undefined && stored.lastModified === undefined ? undefined : stored;
}

/** The headers of a GET of `url`: these, `Host`, `Connection` and nothing else. */
export function requestHeaders(
  url: URL,
  conversation: Conversation,
  { validators, authorization }: Particulars = {},
): RequestHeaders {
  const headers = ownHeaders(url, conversation, authorization);
  if (validators?.etag !== undefined) {
    // RFC 3229 §10.5.3 by way of "feed": the origin may send the new entries alone, if it knows what we have.
    headers.push('If-None-Match', validators.etag, 'A-IM', 'feed');
  }
  if (validators?.lastModified !== undefined) headers.push('If-Modified-Since', validators.lastModified);
  if (conversation.noCache) headers.push('Cache-Control', 'no-cache');
  return headers;
}

// A configured header takes the place of ours of the same name, and stays at home as the credentials do: a redirect
// to another origin carries none, as it may be a credential under any name.
function ownHeaders(
  url: URL,
  { userAgent, configured, home }: Conversation,
  authorization: string | undefined,
): RequestHeaders {
  const usual = ['User-Agent', userAgent, 'Accept', accept, 'Accept-Encoding', acceptEncoding];
  if ((configured === undefined && authorization === undefined) || url.origin !== home) return usual;
  const headers = configured === undefined ? usual : withConfigured(usual, configured);
  if (authorization !== undefined) headers.push('Authorization', authorization);
  return headers;
}

function withConfigured(usual: RequestHeaders, configured: Readonly<Record<string, string>>): RequestHeaders {
  const taken = new Set(Object.keys(configured).map((name) => name.toLowerCase()));
  const kept = usual.filter((_text, at) => !taken.has((usual[at - (at % 2)] ?? '').toLowerCase()));
  return [...kept, ...Object.entries(configured).flat()];
}

/** The pair that a complete document brings; a validator that it lacks is one less, not the old one. */
export function validatorsOfDocument(url: URL, headers: AnswerHeaders): Validators {
  return pair(url.href, validator(headers, 'etag'), validator(headers, 'last-modified'));
}

/**
 * The pair to keep after a 304 to a request that carried `sent`; `undefined` when the 304 speaks of another
 * document than ours, so that the next poll must be unconditional.
 * RFC 9111 §4.3.4: https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
 */
export function validatorsAfter304(sent: Validators, headers: AnswerHeaders): Validators | undefined {
  const etag = validator(headers, 'etag');
  if (etag !== undefined && sent.etag !== undefined && opaque(etag) !== opaque(sent.etag)) return undefined;
  // A tag that we never had may belong to a newer document of the same second: it is not taken.
  const keptTag = sent.etag === undefined ? undefined : (etag ?? sent.etag);
  return pair(sent.url, keptTag, validator(headers, 'last-modified') ?? sent.lastModified);
}

// RFC 9110 §8.8.3.2: weak comparison ignores the W/ mark.
function opaque(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}

// Control characters are forbidden in a request, so a value with one could never go back; it is none.
function validator(headers: AnswerHeaders, name: string): string | undefined {
  const value = firstLine(headers, name);
  return value === undefined || value === '' || /[\0-\x08\x0a-\x1f\x7f]/.test(value) ? undefined : value;
}

function pair(url: string, etag: string | undefined, lastModified: string | undefined): Validators {
  return { url, ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}
