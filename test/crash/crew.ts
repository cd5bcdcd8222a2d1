// The daemons of a crash world, all on one feeds.yaml. Any of them may be killed; whoever is started again takes the same place.

import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { DaemonProcess } from '../../src/commands/demo/daemon-process.ts';

export interface CrewSetup {
  readonly size: number;
  /** Holds feeds.yaml. */
  readonly folder: string;
  /** cli.ts of the program under test. */
  readonly cli: string;
  readonly compileCache: string;
  /** Where to write what the daemons say; absent: nowhere. */
  readonly logs?: string;
  /** How a daemon ended that was asked to stop. */
  readonly onEnd: (how: number | string | null) => void;
}

const startLimitMs = 60_000;

export class Crew {
  readonly #setup: CrewSetup;
  readonly #said: string[] = [];
  #daemons: readonly DaemonProcess[];

  constructor(setup: CrewSetup) {
    this.#setup = setup;
    this.#daemons = this.#launchAll();
  }

  /** Somebody has ended who should not have. */
  get hasExited(): boolean {
    return this.#daemons.some((daemon) => daemon.hasExited);
  }

  /** Rejects with what the daemon said last. */
  async started(): Promise<void> {
    await Promise.all(this.#daemons.map((daemon) => daemon.started(startLimitMs)));
  }

  /** SIGKILL to the one in this place; resolves when it is gone. */
  async kill(place: number): Promise<void> {
    await this.#daemons[place]?.kill();
  }

  /** Nothing of it runs until `wake`, and nobody is told: its connections stand. */
  sleep(place: number): void {
    this.#signal(place, 'SIGSTOP');
  }

  wake(place: number): void {
    this.#signal(place, 'SIGCONT');
  }

  replace(place: number): void {
    this.#daemons = this.#daemons.map((daemon, index) => (index === place ? this.#launch(place) : daemon));
  }

  /** SIGTERM to all. */
  async stop(): Promise<void> {
    const ends = this.#daemons.map((daemon) => daemon.stop().catch(() => daemon.exited));
    for (const { code, signal } of await Promise.all(ends)) this.#setup.onEnd(code ?? signal);
  }

  restart(): void {
    this.#daemons = this.#launchAll();
  }

  /** Among what the daemons say. */
  note(what: object): void {
    this.#said.push(JSON.stringify({ time: new Date(systemClock.now()).toISOString(), ...what }));
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#daemons.map((daemon) => daemon.kill()));
    if (this.#setup.logs !== undefined) await this.#keepLogs(this.#setup.logs);
  }

  #launchAll(): DaemonProcess[] {
    return Array.from({ length: this.#setup.size }, (_, place) => this.#launch(place));
  }

  #launch(place: number): DaemonProcess {
    const { folder, cli, compileCache } = this.#setup;
    const daemon = DaemonProcess.start({
      clock: systemClock,
      cli,
      config: join(folder, 'feeds.yaml'),
      cwd: folder,
      // A start is most of a cycle, and most of a start is compiling.
      env: { NODE_COMPILE_CACHE: compileCache },
    });
    if (this.#setup.logs !== undefined) {
      daemon.onLine((line) => this.#said.push(JSON.stringify({ worker: place, pid: daemon.pid, ...line })));
      void daemon.exited.then((exit) =>
        this.#said.push(
          JSON.stringify({ worker: place, pid: daemon.pid, ...exit, complaint: daemon.complaint }),
        ),
      );
    }
    return daemon;
  }

  #signal(place: number, signal: NodeJS.Signals): void {
    const pid = this.#daemons[place]?.pid;
    if (pid !== undefined) process.kill(pid, signal);
  }

  async #keepLogs(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await appendFile(
      join(folder, `${this.#setup.folder.split('/').at(-1)}.jsonl`),
      `${this.#said.join('\n')}\n`,
    );
  }
}
