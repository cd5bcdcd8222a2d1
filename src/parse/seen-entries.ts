// The entries of one document by their exact text, to be found again in the next one. What is looked for stands
// somewhere in a long text, its end unknown: its first characters name a few candidates, and each is compared.

import type { Entry } from '../model/entry.ts';

export interface SeenEntry {
  /** From its start tag to its end tag. */
  readonly text: string;
  readonly entry: Entry;
  /** For how many tags it counts. */
  readonly tags: number;
}

/** Long enough to hold a title or an id; an entry that is shorter is read faster than found. */
const headLength = 64;

/** Entries that begin alike are compared one after the other, so a document of nothing else must stay cheap. */
const mostAlike = 64;

export class SeenEntries {
  readonly #byHead = new Map<string, SeenEntry[]>();

  add(seen: SeenEntry): void {
    if (seen.text.length < headLength) return;
    const head = seen.text.substring(0, headLength);
    const alike = this.#byHead.get(head);
    if (alike === undefined) this.#byHead.set(head, [seen]);
    else if (alike.length < mostAlike) alike.push(seen);
  }

  /** The entry whose text stands here, to the last character. */
  find(text: string, at: number): SeenEntry | undefined {
    if (this.#byHead.size === 0) return undefined;
    const alike = this.#byHead.get(text.substring(at, at + headLength));
    return alike?.find((seen) => text.substring(at, at + seen.text.length) === seen.text);
  }
}
