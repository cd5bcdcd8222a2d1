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

/** Writes to file descriptor 2 at the end of each turn of the event loop, and when the process exits, a crash included. */
export function createLog(level: LogLevel): Log {
  const lines = new TurnLines(pino.destination({ fd: 2, sync: true }));
  process.on('exit', () => lines.flush());
  return pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    lines,
  );
}

/**
 * JSON that steers no terminal and breaks no line: escaped as JSON allows in every text and undoes when it is read. By
 * itself it escapes only the controls of ASCII. RFC 8259 §7: https://www.rfc-editor.org/rfc/rfc8259#section-7
 */
export function inertJson(json: string): string {
  if (!/[\x7f-\uffff]/.test(json)) return json;
  return json.replace(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu, (character) =>
    // One escape for each half of what lies beyond 16 bits.
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(''),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** More than this is written before the turn is over. */
const longestTextLength = 65_536;

/** A busy moment polls many feeds in one turn of the event loop: their lines leave in one system call. */
export class TurnLines {
  readonly #target: { write(text: string): unknown };
  #text = '';
  #isPlanned = false;

  constructor(target: { write(text: string): unknown }) {
    this.#target = target;
  }

  write(line: string): void {
    this.#text += inertJson(line);
    if (this.#text.length >= longestTextLength) this.flush();
    else if (!this.#isPlanned) {
      this.#isPlanned = true;
      setImmediate(() => this.flush());
    }
  }

  flush(): void {
    this.#isPlanned = false;
    const text = this.#text;
    this.#text = '';
    if (text !== '') this.#target.write(text);
  }
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A URL fit for logs and messages: without user-info, and with every query value masked. */
export function printableUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return '(unreadable URL)';
  // Each assignment writes the whole URL anew, and nearly all have none of the three.
  if (url.username !== '' || url.password !== '') {
    url.username = '';
    url.password = '';
  }
  if (url.href.includes('#')) url.hash = '';
  if (url.search !== '')
    for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, '***');
  return url.href;
}
