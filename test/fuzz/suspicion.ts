// A document named so that another process can make it again: a written suspect, or a case of the fuzzer by its number.

import type { Served } from './read.ts';
import { fuzzCase } from './run-fuzz.ts';
import { subjects } from './subjects.ts';
import { suspects } from './suspects.ts';

export interface Suspicion {
  readonly name: string;
  /** Of a case; absent for a suspect. */
  readonly seed?: number;
  readonly number?: number;
}

export function caseOf({ name, seed, number }: Suspicion): Served {
  if (seed !== undefined && number !== undefined) return fuzzCase(subjects(), seed, number).mutant;
  const suspect = suspects.find((each) => each.name === name);
  if (suspect === undefined) throw new Error(`no suspect ${name}`);
  return suspect.make();
}
