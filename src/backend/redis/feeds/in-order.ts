// Writes of one feed in the order in which they were asked, each begun when the one before has ended: they go over two
// clients and several calls, and the last one asked must stay.

export class InOrder {
  readonly #tails = new Map<string, Promise<void>>();

  run<T>(key: string, write: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const result = before === undefined ? write() : before.then(write);
    const tail = result.then(
      () => {},
      () => {},
    );
    this.#tails.set(key, tail);
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return result;
  }

  async idle(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
