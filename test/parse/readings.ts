// Reads a document in full and from memory, so that tests can compare what comes out.

import { FeedhookError } from '../../src/errors.ts';
import type { ParsedFeed } from '../../src/model/feed.ts';
import { type ReadDocument, readChanged, type SeenDocument } from '../../src/parse/changed.ts';
import { type ParseInput, parse } from '../../src/parse/parse.ts';
import { limits } from './documents.ts';

export const inputOf = (text: string, more: Partial<ParseInput> = {}): ParseInput => ({
  text,
  url: 'https://example.org/feed',
  limits,
  ...more,
});

interface Outcome {
  readonly read?: ReadDocument;
  /** The feed as JSON, or the code and message of the fault. */
  readonly said: string;
}

function outcomeOf(read: () => ReadDocument): Outcome {
  try {
    const document = read();
    return { read: document, said: JSON.stringify(document.feed) };
  } catch (error) {
    if (!(error instanceof FeedhookError)) throw error;
    return { said: `${error.code}: ${error.message}` };
  }
}

export const inFull = (input: ParseInput) => outcomeOf(() => ({ feed: parse(input) }));
export const changed = (input: ParseInput, before?: SeenDocument) =>
  outcomeOf(() => readChanged(input, before));

/** How many entries were not read again. */
export function reused(now: ParsedFeed | undefined, before: ParsedFeed | undefined): number {
  return now?.entries.filter((entry) => before?.entries.includes(entry)).length ?? 0;
}
