// JSON text to values of unknown shape, and small readers that give back a field only when it has its type.

import { ParseError } from '../errors.ts';

/** Own keys only, `__proto__` included; never used as a prototype. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** JSON.parse with the source text of each number, which TypeScript's library does not describe yet. */
type ReviverWithSource = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

export function readJson(text: string): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    // Reviving takes several times as long, so only documents with numbers for ids pay for it.
    return /"id"\s*:\s*-?\d/.test(json) ? JSON.parse(json, keepDigits) : JSON.parse(json);
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new ParseError('too-deep', 'the JSON is nested too deep', { cause });
    throw new ParseError('invalid-json', `the JSON cannot be read: ${String(cause).slice(0, 200)}`, {
      cause,
    });
  }
}

/** 9007199254740993 and 7.0 are ids of their own; as numbers they would be ...992 and 7. */
const keepDigits: ReviverWithSource = (key, value, context) =>
  key === 'id' && typeof value === 'number' ? (context?.source ?? String(value)) : value;

export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.filter((each) => each !== undefined && each !== null) : [];
}

/** A text that says something, trimmed. JSON can write half a character (RFC 8259 §8.2), but no UTF-8 can send it on. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toWellFormed().trim() || undefined : undefined;
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
