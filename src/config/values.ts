// The kinds of single values that feeds.yaml is made of: spans, sizes, numbers, ids, secrets, names of time zones.
// Each turns the text in the file into what the program uses, or says what is allowed. Messages never repeat the value.

import { z } from 'zod';
import { FeedhookError } from '../errors.ts';
import { formatDuration, parseDuration, parseSize } from './duration.ts';
import { nearMiss } from './near-miss.ts';
import { parseSigningSecret, Secret } from './secret.ts';

/** A transform by a function that throws FeedhookError for what it does not accept. */
export function readBy<In, Out>(read: (value: In) => Out) {
  return (value: In, context: z.RefinementCtx): Out => {
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof FeedhookError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  };
}

/** Accepted in place of any value by the JSON schema that editors use: `${VAR}`. */
const orVariable = '|\\$\\{';

/** A span of time between two others (both allowed), as milliseconds. */
export function span(shortest: string, longest: string) {
  const [shortestMs, longestMs] = [parseDuration(shortest), parseDuration(longest)];
  return z
    .unknown()
    .transform(readBy(parseDuration))
    .refine((ms) => ms >= shortestMs && ms <= longestMs, {
      error: `must be from ${formatDuration(shortestMs)} to ${formatDuration(longestMs)}`,
    })
    .meta({
      type: ['string', 'integer'],
      pattern: `^((\\d+(ms|s|m|h|d))+|0)$${orVariable}`,
      minimum: 0,
      maximum: 0,
      $comment: `${shortest} to ${longest}`,
    });
}

/** A size between two others (both allowed), as bytes. */
export function size(smallest: string, largest: string) {
  const [smallestBytes, largestBytes] = [parseSize(smallest), parseSize(largest)];
  return z
    .unknown()
    .transform(readBy(parseSize))
    .refine((bytes) => bytes >= smallestBytes && bytes <= largestBytes, {
      error: `must be from ${smallest} to ${largest}`,
    })
    .meta({
      type: 'string',
      pattern: `^\\d+(B|[KMG]i?B)$${orVariable}`,
      $comment: `${smallest} to ${largest}`,
    });
}

/** A whole number; also as a text of digits, which is what a variable gives. */
export function count(least: number, most: number) {
  const fromText = (value: unknown) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return z.preprocess(fromText, z.int().min(least).max(most));
}

/** True or false; also as a text, which is what a variable gives. */
export function flag() {
  const fromText = (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value);
  return z.preprocess(fromText, z.boolean());
}

/** What feeds and endpoints are called: safe in a file name, a metric and a header. */
export function id() {
  return z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/i,
      'an id has 1 to 64 letters, digits, ".", "_" or "-" and begins with a letter or digit',
    );
}

export function signingSecret() {
  return z.string().transform(
    readBy((text) => {
      parseSigningSecret(text);
      return new Secret(text);
    }),
  );
}

/** Of Basic. RFC 7617 §2: a colon would end it. */
export function userName() {
  return z.string().regex(/^[^:\x00-\x1f\x7f]+$/, 'a user name has no ":" and no control characters');
}

/** A text of the operator's own that feeds carry and endpoints choose by. */
export function label() {
  return z
    .string()
    .regex(/^\S(.{0,98}\S)?$/u, 'a label has 1 to 100 characters, on one line, without spaces around it');
}

/** A password or token: anything that a header can carry. RFC 7617 §2 forbids control characters. */
export function credential() {
  return z
    .string()
    .regex(/^[^\x00-\x1f\x7f]+$/, 'expected a text without control characters, and not empty')
    .transform((text) => new Secret(text));
}

/** Who to ask, shown to origins in a comment of the User-Agent, which brackets and spaces would end. */
export function contact() {
  return z
    .string()
    .regex(
      /^[\x21-\x27\x2a-\x7e]{1,200}$/,
      'expected a URL or mail address of visible ASCII without spaces or brackets',
    );
}

/** Cron fields by their look only; schedule/calendar.ts knows the calendar and has the last word. */
export function cronExpression() {
  return z
    .string()
    .regex(
      /^\s*[\w*/,#?-]+(\s+[\w*/,#?-]+){4,5}\s*$/,
      'expected 5 cron fields (minute hour day month weekday), or 6 with seconds first, such as "*/20 7-19 * * 1-5"',
    );
}

const zones = new Set(Intl.supportedValuesOf('timeZone'));

export function timezone() {
  return z.string().superRefine((name, context) => {
    if (zones.has(name) || isZone(name)) return;
    const near = nearMiss(name, zones);
    const hint = near ? `; did you mean "${near}"?` : '';
    context.addIssue({
      code: 'custom',
      message: `expected an IANA time zone such as Europe/Berlin or UTC${hint}`,
    });
  });
}

/** Names that are links to others (UTC, US/Eastern) are not listed but known; offsets are no zones. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
