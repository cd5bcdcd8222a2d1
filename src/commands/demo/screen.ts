// How the tour looks: numbered steps, lines with the time since the start, a table at the end.
// Colours only where somebody sees them. Decides nothing about the tour.

import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Clock } from '../../clock.ts';

type Style = Parameters<typeof styleText>[0];

export type Mood = 'good' | 'bad' | 'plain';

export interface Row {
  readonly name: string;
  readonly value: string;
  readonly remark?: string;
  readonly mood?: Mood;
}

export interface ScreenSetup {
  readonly output: Writable;
  readonly clock: Clock;
  readonly hasColour: boolean;
}

const indent = '     ';
const timeWidth = 8;

export class Screen {
  readonly #output: Writable;
  readonly #clock: Clock;
  readonly #hasColour: boolean;
  readonly #startedAt: number;

  constructor({ output, clock, hasColour }: ScreenSetup) {
    this.#output = output;
    this.#clock = clock;
    this.#hasColour = hasColour;
    this.#startedAt = clock.now();
  }

  get elapsedMs(): number {
    return this.#clock.now() - this.#startedAt;
  }

  title(text: string, ...lines: readonly string[]): void {
    this.#write(this.#style('bold', text));
    for (const line of lines) this.#write(this.#style('dim', line));
  }

  step(number: number, text: string): void {
    this.#write('');
    this.#write(this.#style(['bold', 'cyan'], ` ${number}  ${text}`));
  }

  /** Something that happened just now. */
  line(text: string, mood: Mood = 'plain'): void {
    const time = `${(this.elapsedMs / 1000).toFixed(2)} s`.padStart(timeWidth);
    this.#write(`${this.#style('dim', `${indent}${time}`)}  ${this.#mood(text, mood)}`);
  }

  /** More about the last line. */
  block(text: string): void {
    const margin = ' '.repeat(indent.length + timeWidth + 2);
    for (const line of text.split('\n')) this.#write(this.#style('dim', `${margin}${line}`));
  }

  table(rows: readonly Row[]): void {
    const names = Math.max(...rows.map((row) => row.name.length));
    const values = Math.max(...rows.map((row) => row.value.length));
    this.#write('');
    for (const { name, value, remark, mood = 'plain' } of rows) {
      const tail = remark === undefined ? '' : `  ${this.#style('dim', remark)}`;
      this.#write(`${indent}${name.padEnd(names)}  ${this.#mood(value.padStart(values), mood)}${tail}`);
    }
    this.#write('');
  }

  verdict(text: string, mood: Mood): void {
    this.#write(`${indent}${this.#mood(text, mood)}`);
  }

  #mood(text: string, mood: Mood): string {
    if (mood === 'plain') return text;
    return this.#style(mood === 'good' ? 'green' : ['bold', 'red'], text);
  }

  #style(style: Style, text: string): string {
    // The stream was judged by seesColour; styleText would judge standard output instead.
    return this.#hasColour && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  }

  #write(line: string): void {
    this.#output.write(`${line}\n`);
  }
}

/** A terminal, and nobody has asked for none. https://no-color.org/ */
export function seesColour(output: Writable, env: NodeJS.ProcessEnv): boolean {
  return 'isTTY' in output && output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

export function printableBytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}
