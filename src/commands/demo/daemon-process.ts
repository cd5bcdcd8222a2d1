// The real daemon as a child process: started on a configuration, listened to through its log lines, stopped
// or killed. Everything that tests the daemon from outside goes through here; nothing inside it is touched.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Clock, wait } from '../../clock.ts';

/** One JSON line of the daemon's log; `event` names what it tells. */
export interface LogLine {
  readonly event?: string;
  readonly level?: string;
  readonly [field: string]: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface DaemonSetup {
  readonly clock: Clock;
  /** Path of feeds.yaml. */
  readonly config: string;
  /** Path of cli.ts. */
  readonly cli: string;
  /** Folder the child runs in; relative paths of the configuration start at the configuration, not here. */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

// A log that grows for ever would tell nothing more.
const maxKeptLines = 20_000;
const keptStderrCharacters = 4_000;

export class DaemonProcess {
  readonly lines: LogLine[] = [];
  /** Standard output, line by line: the events themselves when no endpoint is configured. */
  readonly output: string[] = [];
  /** The end of what standard error said that was no JSON, for failure messages. */
  complaint = '';
  /** Never rejects; a child that could not be started has neither code nor signal. */
  readonly exited: Promise<Exit>;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(line: LogLine) => void>();
  #exit: Exit | undefined;

  static start(setup: DaemonSetup): DaemonProcess {
    return new DaemonProcess(setup);
  }

  private constructor({ clock, config, cli, cwd, env }: DaemonSetup) {
    this.#clock = clock;
    this.#child = spawn(process.execPath, [cli, 'run', '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, ...env },
    });
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      };
      this.#child.once('close', end);
      this.#child.once('error', (error) => {
        this.complaint += error.message;
        end(null, null);
      });
    });
    this.#read();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** Calls `listen` for each line from now on; returns what ends that. */
  onLine(listen: (line: LogLine) => void): () => void {
    this.#listeners.add(listen);
    return () => this.#listeners.delete(listen);
  }

  /** Resolves with the first line, past or future, that matches; rejects after `limitMs` or when the daemon ends. */
  async line(matches: (line: LogLine) => boolean, what: string, limitMs: number): Promise<LogLine> {
    const past = this.lines.find(matches);
    if (past !== undefined) return past;
    let found: LogLine | undefined;
    const over = new AbortController();
    const forget = this.onLine((line) => {
      if (found !== undefined || !matches(line)) return;
      found = line;
      over.abort();
    });
    void this.exited.then(() => over.abort());
    await wait(this.#clock, limitMs, over.signal);
    forget();
    if (found !== undefined) return found;
    throw new Error(
      `the daemon ${this.hasExited ? 'ended' : `took longer than ${limitMs} ms`} before ${what}${this.#tail()}`,
    );
  }

  /** The daemon has opened its store and started its loops. */
  started(limitMs = 20_000): Promise<LogLine> {
    return this.line((line) => line.event === 'started', 'it had started', limitMs);
  }

  /** SIGTERM, then the exit; SIGKILL when that takes longer than `limitMs`, and an error that says so. */
  async stop(limitMs = 10_000): Promise<Exit> {
    this.#child.kill('SIGTERM');
    const over = new AbortController();
    const timeUp = wait(this.#clock, limitMs, over.signal).then(() => undefined);
    const exit = await Promise.race([this.exited, timeUp]);
    over.abort();
    if (exit !== undefined) return exit;
    await this.kill();
    throw new Error(`the daemon did not stop within ${limitMs} ms of SIGTERM${this.#tail()}`);
  }

  /** SIGKILL at once: no handler runs, nothing is flushed. */
  kill(): Promise<Exit> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }

  #read(): void {
    const { stdout, stderr } = this.#child;
    if (stdout !== null) createInterface({ input: stdout }).on('line', (text) => keep(this.output, text));
    if (stderr !== null) createInterface({ input: stderr }).on('line', (text) => this.#note(text));
  }

  #note(text: string): void {
    const line = parsed(text);
    if (line === undefined) {
      this.complaint = `${this.complaint}${text}\n`.slice(-keptStderrCharacters);
      return;
    }
    keep(this.lines, line);
    for (const listen of this.#listeners) listen(line);
  }

  #tail(): string {
    const last = this.lines.slice(-3).map((line) => JSON.stringify(line));
    const said = [this.complaint.trim(), ...last].filter((text) => text !== '');
    return said.length === 0 ? ' (it said nothing)' : `; it said last:\n${said.join('\n')}`;
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > maxKeptLines) list.splice(0, maxKeptLines / 2);
}

function parsed(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}
