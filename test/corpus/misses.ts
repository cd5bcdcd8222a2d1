// The list of documented misses: the tables of docs/corpus.md, read so that a test can hold them to what is measured.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DocumentedMiss {
  readonly set: string;
  /** As the corpus names it, without `files/`. */
  readonly file: string;
  readonly reason: string;
}

const page = readFileSync(join(import.meta.dirname, '../../docs/corpus.md'), 'utf8');

/** Rows `| set | file | reason |`. */
export function documentedMisses(): DocumentedMiss[] {
  return [...page.matchAll(/^\| ([\w-]+) \| `([^`]+)` \| (.+) \|$/gm)].map(
    ([, set = '', file = '', reason = '']) => ({ set, file, reason }),
  );
}

/** The sentence that gives the sums. */
export function documentedSums(): string | undefined {
  return /\d+ of \d+ cases and \d+ of \d+ assertions/.exec(page)?.[0];
}
