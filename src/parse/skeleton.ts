// What of a document the XML parser gets to see. Most of a feed is text, and most of its elements are a name and
// a text: `<pubDate>…</pubDate>` leaves nothing to parse, and the parser would take it character by character. Such
// leaves stand aside, as ranges of the document, and a comment with their numbers stands in their place; so do the
// texts of elements with attributes. The document's own comments, which could be mistaken for these, are left out.

/** An element without attributes and without elements inside, or the text of one that has attributes. */
export interface Leaf {
  /** As written; absent for a text. */
  readonly name?: string;
  /** Undecoded, with CDATA marks and all. */
  readonly inside: string;
}

export interface Skeleton {
  /** Well-formed, from the root's start tag to its end tag. */
  readonly markup: string;
  readonly leaves: readonly Leaf[];
}

/** The leaves that a comment of the markup stands for. */
export function leavesBehind(comment: string, { leaves }: Skeleton): readonly Leaf[] {
  const [first = '0', end = '0'] = comment.split('-');
  return leaves.slice(Number(first), Number(end));
}

/** Copies the document up to where it is told, without what it is told to set aside or to leave out. */
export class SkeletonWriter {
  readonly #document: string;
  readonly #leaves: Leaf[] = [];
  #markup = '';
  #copied: number;
  /** The first leaf that no comment stands for yet. */
  #pending = 0;

  constructor(document: string, start: number) {
    this.#document = document;
    this.#copied = start;
  }

  /** The element at [from, to) goes aside. */
  setAside(from: number, to: number, leaf: Leaf): void {
    this.leaveOut(from, to);
    this.#leaves.push(leaf);
  }

  leaveOut(from: number, to: number): void {
    if (from > this.#copied) this.#copyTo(from);
    this.#copied = to;
  }

  finish(end: number): Skeleton {
    this.#copyTo(end);
    return { markup: this.#markup, leaves: this.#leaves };
  }

  #copyTo(end: number): void {
    const count = this.#leaves.length;
    if (count > this.#pending) this.#markup += `<!--${this.#pending}-${count}-->`;
    this.#pending = count;
    this.#markup += this.#document.substring(this.#copied, end);
  }
}
