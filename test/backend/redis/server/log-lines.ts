// A log that keeps its lines, for tests of what is told and how often.

import type { Log } from '../../../../src/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class LogLines implements Log {
  readonly lines: LogLine[] = [];

  debug = this.#take('debug');
  info = this.#take('info');
  warn = this.#take('warn');
  error = this.#take('error');

  of(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  #take(level: LogLine['level']) {
    return (fields: object, event: string) =>
      void this.lines.push({ level, event, fields: fields as LogLine['fields'] });
  }
}
