// Attempts as a table, one a row with its phases, and below it what was answered. Pure.

import type { Attempt } from '../model/delivery.ts';
import { printable, short, table, when } from './table.ts';

const heads = [
  'ATTEMPT',
  'STARTED',
  'OUTCOME',
  'ANSWER',
  'TOOK',
  'DNS',
  'CONNECT',
  'TLS',
  'FIRST BYTE',
  'EVENTS',
  'NEXT',
  'BECAUSE OF',
];

/** Of an answer; `--json` has all that is kept. */
const shownExcerpt = 300;

export function attemptLines(attempts: readonly Attempt[]): string[] {
  return [table(heads, attempts.map(cells)), ...attempts.flatMap(said)];
}

function cells(attempt: Attempt): (string | number)[] {
  const {
    number,
    startedAt,
    outcome,
    status,
    code,
    durationMs,
    phases = {},
    events = 1,
    nextAt,
    nextReason,
  } = attempt;
  const { dnsMs, connectMs, tlsMs, firstByteMs } = phases;
  return [
    attempt.isProbe ? `${number} (probe)` : number,
    when(startedAt),
    outcome,
    status ?? code ?? '-',
    `${Math.round(durationMs)} ms`,
    ...[dnsMs, connectMs, tlsMs, firstByteMs].map((ms) => (ms === undefined ? '-' : `${Math.round(ms)} ms`)),
    events,
    when(nextAt),
    nextReason ?? '-',
  ];
}

/** Line breaks of an answer are only spaces here. */
function said({ number, code, message, excerpt = '' }: Attempt): string[] {
  const answer = excerpt.replace(/\s+/g, ' ').trim();
  const lines = [
    ...(message === undefined ? [] : [code === undefined ? message : `${code}: ${message}`]),
    ...(answer === '' ? [] : [`answered: ${short(answer, shownExcerpt)}`]),
  ];
  return lines.map((line) => `  ${number}: ${printable(line)}`);
}
