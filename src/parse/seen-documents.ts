// Remembers the last document of each feed while the process lives, so that the next one is read quickly. Bounded:
// the feeds that were not read for the longest time are forgotten first. Nothing depends on what is remembered.

import type { ParsedFeed } from '../model/feed.ts';
import { readChanged, type SeenDocument } from './changed.ts';
import type { ParseInput } from './parse.ts';

export interface SeenBounds {
  /** Of all that is remembered. */
  readonly maxBytes: number;
  /** Of one document; a larger one is read in full each time. */
  readonly maxDocumentBytes: number;
}

const defaultBounds: SeenBounds = { maxBytes: 32 << 20, maxDocumentBytes: 8 << 20 };

/**
 * Measured: two bytes in the text of now, two in that of the first document, of which entries are parts, about two in the
 * pieces that were read between them, and the objects.
 */
const bytesPerCharacter = 8;

export class SeenDocuments {
  readonly #bounds: SeenBounds;
  /** The one read last stands last. */
  readonly #documents = new Map<string, SeenDocument>();
  #bytes = 0;

  constructor(bounds: Partial<SeenBounds> = {}) {
    this.#bounds = { ...defaultBounds, ...bounds };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** As parse(), and as strict. Entries may be the very objects of the document before: nobody may change them. */
  read(feedId: string, input: ParseInput): ParsedFeed {
    const { feed, seen } = readChanged(input, this.#documents.get(feedId));
    this.#forget(feedId);
    if (seen !== undefined && sizeOf(seen) <= this.#bounds.maxDocumentBytes) this.#keep(feedId, seen);
    return feed;
  }

  #keep(feedId: string, seen: SeenDocument): void {
    this.#documents.set(feedId, seen);
    this.#bytes += sizeOf(seen);
    for (const oldest of this.#documents.keys()) {
      if (this.#bytes <= this.#bounds.maxBytes) break;
      this.#forget(oldest);
    }
  }

  #forget(feedId: string): void {
    const seen = this.#documents.get(feedId);
    if (seen === undefined) return;
    this.#documents.delete(feedId);
    this.#bytes -= sizeOf(seen);
  }
}

function sizeOf({ length, context }: SeenDocument): number {
  return bytesPerCharacter * (length + context.length);
}
