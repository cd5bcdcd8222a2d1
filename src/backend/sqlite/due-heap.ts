// A binary heap of ids by due time, earliest first. Equal times come out in the order they went in.
// An id may stand in it more than once; whoever takes one out knows whether that time still holds.

export interface Due {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
}

interface Node extends Due {
  readonly order: number;
}

export class DueHeap {
  readonly #nodes: Node[] = [];
  #order = 0;

  get size(): number {
    return this.#nodes.length;
  }

  get first(): Due | undefined {
    return this.#nodes[0];
  }

  clear(): void {
    this.#nodes.length = 0;
  }

  push(id: string, at: number): void {
    this.#nodes.push({ id, at, order: this.#order++ });
    this.#rise(this.#nodes.length - 1);
  }

  shift(): Due | undefined {
    const first = this.#nodes[0];
    const last = this.#nodes.pop();
    if (last && this.#nodes.length > 0) {
      this.#nodes[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #rise(from: number): void {
    for (let place = from; place > 0; ) {
      const parent = (place - 1) >> 1;
      if (!this.#swapIfEarlier(place, parent)) return;
      place = parent;
    }
  }

  #sink(from: number): void {
    for (let place = from; ; ) {
      const left = 2 * place + 1;
      const child = isEarlier(this.#nodes[left + 1], this.#nodes[left]) ? left + 1 : left;
      if (!this.#swapIfEarlier(child, place)) return;
      place = child;
    }
  }

  #swapIfEarlier(lower: number, upper: number): boolean {
    const below = this.#nodes[lower];
    const above = this.#nodes[upper];
    if (!below || !above || !isEarlier(below, above)) return false;
    this.#nodes[lower] = above;
    this.#nodes[upper] = below;
    return true;
  }
}

function isEarlier(one: Node | undefined, other: Node | undefined): boolean {
  if (!one || !other) return false;
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
