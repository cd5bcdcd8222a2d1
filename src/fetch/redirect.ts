// Decides one hop of a redirect chain. Pure: whether the target may be reached at all is the address rule's
// business (egress.ts), and whether a move is adopted is decided elsewhere, over days.
// RFC 9110 §15.4: https://www.rfc-editor.org/rfc/rfc9110#section-15.4

import { Buffer } from 'node:buffer';
import type { Code } from '../errors.ts';
import type { Hop } from '../model/poll.ts';
import type { AnswerHeaders } from './headers.ts';

/** 300 and 304 name no single place to go; 305 and 306 are dead. */
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

const maxLocationBytes = 4_096;

export type RedirectStep =
  | { readonly kind: 'follow'; readonly url: URL }
  | { readonly kind: 'refuse'; readonly code: Code; readonly message: string };

/** Where the chain stands. */
export interface Walked {
  readonly url: URL;
  /** The redirects before this one. */
  readonly hops: readonly Hop[];
  readonly maxRedirects: number;
  /** Whether https may lead to http: only where the operator says so and there is nothing to lose. */
  readonly mayDowngrade: boolean;
}

export function isRedirect(status: number): boolean {
  return redirectStatuses.has(status);
}

/** The next step after an answer with a redirect status. */
export function decideRedirect(headers: AnswerHeaders, walked: Walked): RedirectStep {
  const location = readLocation(headers);
  if (typeof location === 'object') return location;
  if (!URL.canParse(location, walked.url.href)) return refuse('redirect-invalid', 'its Location is no URL');
  const target = requestUrl(new URL(location, walked.url));
  return refusalOf(target, walked) ?? { kind: 'follow', url: target };
}

/** The URL as it is asked: without user-info, which would be a credential, and without the fragment. */
export function requestUrl(url: URL): URL {
  if (url.username === '' && url.password === '' && url.hash === '') return url;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare;
}

function refusalOf(target: URL, { url, hops, maxRedirects, mayDowngrade }: Walked): RedirectStep | undefined {
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    return refuse('redirect-invalid', `its Location is a ${target.protocol.slice(0, 20)} URL`);
  }
  if (url.protocol === 'https:' && target.protocol === 'http:' && !mayDowngrade) {
    return refuse('redirect-downgrade', `it leads from ${url.origin} to ${target.origin}`);
  }
  if (target.href === url.href || hops.some((hop) => hop.url === target.href)) {
    return refuse('too-many-redirects', 'it leads back to where the chain has been');
  }
  if (hops.length >= maxRedirects) return refuse('too-many-redirects', `more than ${maxRedirects} redirects`);
  return undefined;
}

function readLocation(headers: AnswerHeaders): string | RedirectStep {
  const value = headers.location;
  const lines = typeof value === 'string' ? [value] : [...new Set(value)];
  const [location] = lines;
  if (location === undefined || location === '') return refuse('redirect-invalid', 'it has no Location');
  if (lines.length > 1) return refuse('redirect-invalid', 'it has several Locations');
  if (location.length > maxLocationBytes) {
    return refuse('redirect-invalid', `its Location is longer than ${maxLocationBytes} bytes`);
  }
  return readableBytes(location);
}

// Raw bytes beyond ASCII are forbidden and common: they are UTF-8 when they can be, else latin1.
function readableBytes(location: string): string {
  if (!/[\x80-\xff]/.test(location)) return location;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(location, 'latin1'));
  } catch {
    return location;
  }
}

function refuse(code: Code, message: string): RedirectStep {
  return { kind: 'refuse', code, message: `the redirect is not followed: ${message}` };
}
