// Plain columns for a terminal, and times and URLs as people read them.

import { printableUrl } from '../log.ts';

/** Left-aligned columns two spaces apart; control characters are made visible, so no feed can steer the terminal. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [heads, ...rows.map((row) => row.map((cell) => printable(String(cell))))];
  const widths = heads.map((_, column) =>
    cells.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The text without control characters and line separators (escape sequences, U+2028). */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** `2026-11-20T09:00:00Z`; `never` for a time that does not come. */
export function when(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return Number.isFinite(ms) ? new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z') : 'never';
}

/** `in 5 min`, `12 s ago`. */
export function fromNow(ms: number, now: number): string {
  if (!Number.isFinite(ms)) return 'never';
  return ms >= now ? `in ${span(ms - now)}` : `${span(now - ms)} ago`;
}

/** The size of a span, `90 min`: no more digits than anyone wants to read. */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** Below two seconds in milliseconds where it matters, as a pace may be. */
export function shortSpan(ms: number): string {
  return ms < 2_000 && ms % 1_000 !== 0 ? `${Math.round(ms)} ms` : span(ms);
}

/** `1 entry`, `2 entries`: the noun in the singular. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun.replace(/y$/, 'ie')}s`;
}

/** For a command that a person may copy: without the values of its query, and then it says so. */
export function urlToCopy(url: string): string {
  const shown = printableUrl(url);
  return shown.includes('=***') ? `${shown} (put back the query values, which are hidden here)` : shown;
}

/** With an ellipsis where it was cut; `-` for nothing. */
export function short(text = '', maxLength = 60): string {
  if (text === '') return '-';
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}
