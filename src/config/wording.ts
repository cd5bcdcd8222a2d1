// Our sentences for what the schema finds: what is allowed, and what to do.

import type { z } from 'zod';
import { nearMiss } from './near-miss.ts';

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
};

/** Given to zod as its error map; a schema's own words go first. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue.expected, issue.input);
    case 'invalid_value':
      return describeChoice(issue.values.map(String), issue.input);
    case 'too_small':
      return describeBound('at least', issue.minimum, issue.origin);
    case 'too_big':
      return describeBound('at most', issue.maximum, issue.origin);
    default:
      return undefined;
  }
}

function describeType(expected: string, input: unknown): string {
  const kind = kinds[expected] ?? expected;
  if (input === undefined) return `is required: ${kind}`;
  const isBare = typeof input === 'number' || typeof input === 'boolean';
  return expected === 'string' && isBare ? `expected ${kind}; put it in quotes` : `expected ${kind}`;
}

function describeChoice(allowed: readonly string[], input: unknown): string {
  const near = typeof input === 'string' ? nearMiss(input, allowed) : undefined;
  const hint = near ? `; did you mean "${near}"?` : '';
  return allowed.length === 1
    ? `only ${allowed[0]} is allowed${hint}`
    : `expected one of ${allowed.join(', ')}${hint}`;
}

function describeBound(bound: string, limit: number | bigint, origin: string): string {
  if (origin === 'array') return `the list must have ${bound} ${limit} item${limit === 1 ? '' : 's'}`;
  return `must be ${bound} ${limit}`;
}

/** For an unknown key: the key that was probably meant, else where the key belongs, else what is allowed. */
export function describeUnknownKey(
  key: string,
  allowed: readonly string[],
  elsewhere: readonly string[],
): string {
  const near = nearMiss(key, allowed);
  if (near) return `unknown key; did you mean "${near}"?`;
  if (elsewhere.length > 0) return `unknown key here; it belongs at ${elsewhere.join(' or ')}`;
  return `unknown key; allowed are ${allowed.join(', ')}`;
}
