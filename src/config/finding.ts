// A fault while it is still tied to a key, before it has a line; how key paths and values are shown.
// What may be secret is decided here, once: such a value shows as `set`.

import { printableUrl } from '../log.ts';

/** From the root of the file to one value: keys of mappings, positions in lists (from 0). */
export type Path = readonly (string | number)[];

/** One element of a list, and where it stands. */
export interface Placed<T> {
  readonly path: Path;
  readonly value: T;
}

export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** The fault is the key itself, not its value. */
  readonly isAboutKey?: boolean;
  /** The fault has a place of its own in the text (a syntax error). */
  readonly offset?: number;
  /** A file that the configuration names cannot be read. */
  readonly isUnreadableFile?: boolean;
}

/** `feeds[3].headers["x y"]` */
export function keyPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[\w-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

const signingKey = /wh[sp]k_|whsec_/;

/** The same for a message: what is no header name is often one with its value, `Authorization:Bearer …`. */
export function shownPath(path: Path): string {
  const isSecret = (key: string, above: string | number | undefined) =>
    signingKey.test(key) || (above === 'headers' && !/^[\w-]+$/.test(key));
  return keyPath(
    path.map((key, place) => (typeof key === 'string' && isSecret(key, path[place - 1]) ? '…' : key)),
  );
}

// Endpoints are often written in the wrong shape first, so a whole one that is a text counts as secret too.
const secretPaths = [
  /^store$/,
  /^endpoints(\[\d+\])?$/,
  // A topic or room is as good as a password to those who can guess its service.
  /^endpoints\[\d+\]\.(url|secret|signatures|headers|auth|key|to|template)\b/,
  /^feeds\[\d+\]\.(headers|auth)\b/,
  /^network\.feeds\.proxy\b/,
  /^origins[.[].+\.key$/,
  /^server\.token$/,
];

// These may be given as `file:/path`.
const filePaths = [
  /^store$/,
  /^endpoints\[\d+\]\.(url|secret(\[\d+\])?|signatures\.\w+|headers[.[].+|auth\.(bearer|basic\.password)|ca|cert|key)$/,
  /^feeds\[\d+\]\.(headers[.[].+|auth\.(bearer|basic\.password))$/,
  /^network\.feeds\.(ca|proxy\.url)$/,
  /^origins[.[].+\.(ca|cert|key)$/,
  /^server\.token$/,
];

/** Whether the value at `path` may be given as `file:/path`. */
export function mayBeFile(path: Path): boolean {
  const text = keyPath(path);
  return filePaths.some((form) => form.test(text));
}

/** Feeds, whose URLs are shown without their secrets, even when they are no URLs yet. */
const feedPath = /^feeds(\[\d+\](\.url)?)?$/;

const longestShown = 60;

/** A value as it stands in the file, fit for a message: short, on one line, nothing secret. */
export function shownValue(path: Path, written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const place = keyPath(path);
  if (secretPaths.some((form) => form.test(place)) || signingKey.test(written)) return 'set';
  const masked = feedPath.test(place) ? withoutSecrets(written) : written;
  const text = written.includes('://') ? printableUrl(written) : masked;
  const short = text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
  return /^[\w.+-]+$/.test(short) ? short : JSON.stringify(short);
}

/** For what should have been a URL: the user-info and the query by their look. */
function withoutSecrets(written: string): string {
  return written.replace(/^.*@/s, '***@').replace(/\?.*$/s, '?***');
}
