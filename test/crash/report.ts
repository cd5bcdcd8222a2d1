// A crash report as people read it. What zero losses prove is said with its bound, never as "never".

import type { CrashReport } from './run-crash.ts';

const shownViolations = 12;

export function reportText(report: CrashReport): string {
  const { kills, killsBy, killsOf, durationMs, violations } = report;
  const rows: [string, string][] = [
    ['seed', String(report.seed)],
    [
      'kills',
      `${kills} (${killsBy.burst} by time, ${killsBy.answer} at a 200, ${killsBy.request} at a webhook)`,
    ],
    ...(killsOf.worker < kills ? [['of them', ofWhom(killsOf)] as [string, string]] : []),
    ['entries published', String(report.published)],
    ['missing', String(report.missing)],
    ['repeated, same id', String(report.duplicates)],
    ['polls', String(report.requests)],
    [
      'time',
      `${(durationMs / 1000).toFixed(1)} s, ${(durationMs / Math.max(1, kills)).toFixed(0)} ms a kill`,
    ],
    ['violations', String(violations.length)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const shown = violations
    .slice(0, shownViolations)
    .map(({ rule, kills: at, text }) => `${rule} after kill ${at}: ${text}`);
  const hidden = violations.length - shown.length;
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...shown,
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
    ...(violations.length === 0 && kills > 0 ? [boundText(kills)] : []),
  ].join('\n');
}

function ofWhom({ worker, sleeper, server, master }: CrashReport['killsOf']): string {
  return `${worker} of a daemon, ${sleeper} that only slept, ${server} of redis-server, ${master} fail-overs`;
}

/** The "rule of three": no event in n trials bounds its rate below 3/n with 95 % confidence. */
function boundText(kills: number): string {
  return `No loss in ${kills} kills: with 95 % confidence fewer than ${(300 / kills).toPrecision(2)} % of such kills lose something.`;
}
