// The values in a store URL, one by one. Each that is wrong adds a problem and gives its default.

import { formatDuration, parseDuration } from './duration.ts';

const defaultLeaseMs = 30_000;
/** Below it the renewals of live processes come too late on a busy machine; above it a dead one's work waits for long. */
const leaseBoundsMs = [500, 600_000] as const;

const defaultPrefix = 'feedhook';

export function decoded(text: string, name: string, problems: string[]): string {
  try {
    return decodeURIComponent(text);
  } catch {
    problems.push(`${name}: a % that begins no percent-encoding; write %25 for a percent sign`);
    return '';
  }
}

export function databaseOf(text: string, problems: string[]): number {
  if (text === '') return 0;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  problems.push('expected the number of a database after the host, such as /0');
  return 0;
}

/** Braces would end the hash tag that all keys share, `*`, `?` and brackets would mean other keys in a pattern. */
export function prefixOf(text: string | undefined, problems: string[]): string {
  if (text === undefined) return defaultPrefix;
  if (/^[A-Za-z0-9._-]{1,64}$/.test(text)) return text;
  problems.push('prefix: expected 1 to 64 letters, digits, ".", "_" and "-"');
  return defaultPrefix;
}

export function leaseOf(text: string | undefined, problems: string[]): number {
  if (text === undefined) return defaultLeaseMs;
  const [least, most] = leaseBoundsMs;
  try {
    const ms = parseDuration(text);
    if (ms >= least && ms <= most) return ms;
    problems.push(`lease: expected ${formatDuration(least)} to ${formatDuration(most)}`);
  } catch {
    problems.push('lease: expected a span of time such as 30s');
  }
  return defaultLeaseMs;
}

export function durabilityOf(text: string | undefined, problems: string[]): { readonly durability?: 'none' } {
  if (text === undefined) return {};
  if (text !== 'none') problems.push('durability: expected none');
  return { durability: 'none' };
}

/** A value where none belongs. */
export function namesNothing(text: string | undefined): boolean {
  return text !== undefined && text !== '' && text !== 'true';
}
