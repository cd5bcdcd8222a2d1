// Real feed documents, read where they are (../shared/corpus beside the project) and never copied.
// Where they are absent, tests say so visibly and are skipped.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../../shared/corpus');

export const hasCorpus = existsSync(join(root, 'README.md'));

export interface CorpusCase {
  readonly file: string;
  readonly contentType?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect: readonly CorpusAssertion[];
}

export interface CorpusAssertion {
  readonly path: string;
  readonly [form: string]: unknown;
}

/** The cases of one set, for example `rome`. */
export function corpusSet(name: string): CorpusCase[] {
  return JSON.parse(readFileSync(join(root, `${name}.json`), 'utf8'));
}

export function corpusBytes({ file }: CorpusCase): Buffer {
  return readFileSync(join(root, file));
}
