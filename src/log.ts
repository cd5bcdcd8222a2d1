// The one logger: JSON lines by pino on standard error, so that standard output stays free for events.
// One wide line a poll and an attempt; never a secret, never an unbounded text.

import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Writes to file descriptor 2 at once, so that the last line before a crash is not lost. */
export function createLog(level: LogLevel): Log {
  return pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A URL fit for logs and messages: without user-info, and with every query value masked. */
export function printableUrl(text: string): string {
  if (!URL.canParse(text)) return '(unreadable URL)';
  const url = new URL(text);
  url.username = '';
  url.password = '';
  url.hash = '';
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, '***');
  return url.href;
}
