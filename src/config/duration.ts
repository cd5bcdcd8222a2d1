// Reads spans of time ("15m", "1h30m") and sizes ("10MB", "64KiB") as people write them, and writes spans back.
// A number without a unit is refused, since nobody can tell seconds from minutes; only 0 needs none.
// Messages never repeat a text they were given: it may have come from a secret variable.

import { FeedhookError } from '../errors.ts';

/** Milliseconds a unit, the longest first: the order in which a span may name them. */
const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Bytes a unit: SI names count in thousands, IEC names in 1024s. */
const unitBytes: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

// Ten years. Longer is a slip of the keyboard, and sums with the time of day stay exact integers.
const longestMs = 3650 * unitMs.d;
const largestBytes = 1_000_000_000_000;

const examples = 'a span of time such as 500ms, 90s, 15m, 1h30m or 7d (whole numbers, each with its unit)';
const spanForm = /^(?:(\d{1,15})d)?(?:(\d{1,15})h)?(?:(\d{1,15})m(?!s))?(?:(\d{1,15})s)?(?:(\d{1,15})ms)?$/;
const sizeForm = /^(\d{1,15})(B|[KMG]i?B)$/;

/** Milliseconds of a span such as `90s`, `15m`, `1h30m` or 0; throws with the remedy. */
export function parseDuration(value: unknown): number {
  if (value === undefined) throw refuse(`is required: ${examples}`);
  if (value === 0 || value === '0') return 0;
  if (typeof value === 'number') throw refuse(bareNumber(value));
  const parts = typeof value === 'string' && value !== '' ? spanForm.exec(value) : null;
  if (!parts) throw refuse(`expected ${examples}`);
  const ms = Object.values(unitMs).reduce(
    (sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0),
    0,
  );
  if (ms > longestMs) throw refuse('longer than 3650d, the longest span');
  return ms;
}

function bareNumber(value: number): string {
  const isUsable = Number.isInteger(value) && value > 0 && value < 1_000_000;
  return isUsable
    ? `a number without a unit; write ${value}m for minutes, ${value}s for seconds`
    : `expected ${examples}`;
}

/** Bytes of a size such as `512B`, `64KiB` or `10MB`; throws with the remedy. */
export function parseSize(value: unknown): number {
  if (value === 0 || value === '0') return 0;
  const parts = typeof value === 'string' ? sizeForm.exec(value) : null;
  if (!parts) {
    throw refuse('expected a size such as 512B, 64KiB or 10MB (B, KB, MB, GB, KiB, MiB or GiB)');
  }
  const bytes = Number(parts[1]) * (unitBytes[parts[2] ?? ''] ?? 1);
  if (bytes > largestBytes) throw refuse('larger than 1000GB, the largest size');
  return bytes;
}

/** `90000` -> `1m30s`: what parseDuration reads back as the same number. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const [unit, size] of Object.entries(unitMs)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text || '0s';
}

function refuse(message: string): FeedhookError {
  return new FeedhookError('config-invalid', message);
}
