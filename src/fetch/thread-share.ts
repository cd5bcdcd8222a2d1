// Who may hold one of the few threads that getaddrinfo has. A thread is held until the name server answers or
// getaddrinfo gives up, and nothing can take it back. So the last quarter is kept for names that are known to be
// answered: whoever comes when only that is left has to prove it first (look-up.ts).

export class ThreadShare {
  readonly #threads: number;
  readonly #open: number;
  #held = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(threads: number) {
    this.#threads = Math.max(1, threads);
    this.#open = Math.max(1, Math.floor((this.#threads * 3) / 4));
  }

  /** Only the threads for proven names are left. */
  get isCrowded(): boolean {
    return this.#held >= this.#open;
  }

  /** Runs `work` as soon as a thread is free, in the order of the calls. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#held < this.#threads) this.#held++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The thread goes from hand to hand.
      if (next) next();
      else this.#held--;
    }
  }
}
