// The values of feeds.yaml that belong to the network: URLs, headers, origins, allowed targets, the listening address.

import { isIP } from 'node:net';
import { z } from 'zod';
import { FeedhookError } from '../errors.ts';
import { readBy } from './values.ts';

/**
 * An absolute http or https URL, kept byte for byte: an origin is asked for exactly what is configured. A user name
 * and password belong under the key named.
 */
export function webUrl(credentialKey = 'auth: { basic: { user: …, password: … } }') {
  return z.string().superRefine((text, context) => {
    const problem = urlProblem(text, credentialKey);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });
}

function urlProblem(text: string, credentialKey: string): string | undefined {
  if (/[\s\x00-\x1f\x7f]/.test(text)) return 'a URL holds no spaces or control characters; write them as %20';
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    return 'expected an absolute URL with http:// or https://';
  const url = new URL(text);
  if (url.username || url.password) {
    return `a URL must not hold a user name or password; write them as ${credentialKey}`;
  }
  if (text.includes('#')) return 'a URL must not hold a fragment (#…), which is never sent; remove it';
  return undefined;
}

/** Where all requests go first; its user name and password are for the proxy alone. */
export function proxyUrl() {
  return z.string().refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.protocol === 'http:' && url.pathname === '/' && url.search === '' && url.hash === '';
  }, 'expected the URL of an HTTP proxy, such as http://proxy.example.org:3128');
}

/** Set by feedhook or by HTTP itself; Node refuses to send most of them. RFC 9110 §7.6.1. */
const framing = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

// docs/http.md: no cookies, no referrer; conditions, codings and what caches are asked belong to the conditional GET.
const feedReserved = new Set([
  ...framing,
  ...[
    'a-im',
    'accept-encoding',
    'cache-control',
    'cookie',
    'if-match',
    'if-modified-since',
    'if-none-match',
    'if-range',
    'if-unmodified-since',
  ],
  ...['pragma', 'range', 'referer'],
]);

const endpointReserved = new Set([...framing, 'content-encoding', 'content-type']);

export function feedHeaders() {
  return headers((name) => feedReserved.has(name));
}

/** Signed or explained headers are feedhook's own. */
export function endpointHeaders() {
  return headers((name) => endpointReserved.has(name) || /^(webhook|feedhook)-/.test(name));
}

// RFC 9110 §5.1: a field name is a token. https://www.rfc-editor.org/rfc/rfc9110#section-5.1
const token = /^[!#$%&'*+.^_`|~0-9a-z-]{1,200}$/i;

// RFC 9110 §5.5: no CR, LF or NUL, which would begin a new line of the request; beyond Latin-1 nothing can be sent.
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

function headers(isReserved: (lowerCaseName: string) => boolean) {
  const name = z
    .string()
    .regex(token, "a header name has only letters, digits and !#$%&'*+.^_`|~-")
    .refine(
      (text) => !isReserved(text.toLowerCase()),
      'this header is set by feedhook and cannot be replaced',
    );
  const value = z
    .string()
    .regex(/\S/, 'a header needs a value')
    .regex(fieldValue, 'a header value has no line breaks, control characters or characters beyond Latin-1');
  return z.record(name, value).superRefine((record, context) => {
    const seen = new Set<string>();
    for (const key of Object.keys(record)) {
      if (seen.has(key.toLowerCase())) {
        context.addIssue({ code: 'custom', path: [key], message: 'the header is given twice' });
      }
      seen.add(key.toLowerCase());
    }
  });
}

/** `host` or `host:port` as URLs print it, so that a look-up by a URL's host finds it. */
export function originName() {
  return z
    .string()
    .refine(
      (text) => ['http', 'https'].every((scheme) => hostOf(`${scheme}://${text}`) === text),
      'expected host or host:port in lower case, without the ports 80 and 443, such as example.org or localhost:8080',
    );
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

const addressClasses = new Set(['loopback', 'private', 'link-local', 'reserved']);
const hostName =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** A target that the address rule lets through: class word, address, CIDR or host name; lower case. */
export function allowedTarget() {
  return z.string().transform(readBy(parseAllowedTarget));
}

function parseAllowedTarget(text: string): string {
  const target = text.toLowerCase();
  if (target === 'metadata') {
    throw new FeedhookError(
      'config-invalid',
      'expected the exact address, for example 169.254.169.254; no word opens them all',
    );
  }
  const [address = '', prefix, ...more] = target.split('/');
  if (prefix === undefined) {
    // A name whose last label is a number would be read as an IPv4 address.
    const isName = hostName.test(target) && !/(^|\.)\d+$/.test(target);
    if (addressClasses.has(target) || isIP(target) !== 0 || isName) return target;
  } else if (isIP(address) !== 0 && /^\d{1,3}$/.test(prefix) && more.length === 0) {
    if (Number(prefix) <= (isIP(address) === 4 ? 32 : 128)) return target;
  }
  throw new FeedhookError(
    'config-invalid',
    'expected loopback, private, link-local, reserved, an address, a CIDR such as 10.0.0.0/8, or a host name',
  );
}

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, or `off`. Port 0 takes any free one. */
export function listen() {
  return z.string().transform(readBy(parseListen));
}

function parseListen(text: string): Listen | 'off' {
  if (text === 'off') return 'off';
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/i.exec(text);
  const host = (parts?.[1] ?? parts?.[2] ?? '').toLowerCase();
  const port = Number(parts?.[3]);
  if (host === '' || !(port <= 65_535)) {
    throw new FeedhookError(
      'config-invalid',
      'expected host:port such as 127.0.0.1:9464 or "[::1]:9464", or off',
    );
  }
  return { host, port };
}

/** A bearer token (RFC 6750 §2.1); the empty text of a variable that is not set stands for none. */
export function accessToken() {
  return z.string().refine((text) => text === '' || /^[\w.~+/=-]{16,256}$/.test(text), {
    error: 'expected 16 to 256 letters, digits or -._~+/=, such as those of: openssl rand -hex 32',
  });
}

/** Nobody but this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
