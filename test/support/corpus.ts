// Real feed documents, read where they are (../shared/corpus beside the project) and never copied.
// Where they are absent, tests say so visibly and are skipped.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../../shared/corpus');

export const hasCorpus = existsSync(join(root, 'README.md'));

export interface CorpusCase {
  readonly file: string;
  readonly contentType?: string;
  readonly url?: string;
  /** Other HTTP headers that bear on the result, names as they were sent. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect: readonly CorpusAssertion[];
}

export interface CorpusAssertion {
  readonly path: string;
  readonly equals?: unknown;
  readonly oneOf?: readonly unknown[];
  readonly absent?: boolean;
  readonly starts?: string;
  readonly chars?: number;
  readonly maxChars?: number;
  readonly notContains?: string;
  /** What the value is, when the path does not say it. */
  readonly kind?: string;
  /** Of a field outside the core model: instructs, does not bind. */
  readonly extended?: boolean;
}

/** The names of all sets, for example `rome`; none without the corpus. */
export function corpusSets(): string[] {
  const names = hasCorpus ? readdirSync(root).filter((name) => name.endsWith('.json')) : [];
  return names.map((name) => name.slice(0, -'.json'.length)).sort();
}

/** The cases of one set. */
export function corpusSet(name: string): CorpusCase[] {
  return JSON.parse(readFileSync(join(root, `${name}.json`), 'utf8'));
}

export function corpusBytes({ file }: CorpusCase): Buffer {
  return readFileSync(join(root, file));
}
