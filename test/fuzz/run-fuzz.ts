// Runs cases by their numbers. A case is made from the seed and its number alone, so that one that fails, or is slow, can
// be run again by itself.

import { Random } from '../crash/random.ts';
import { type Mutant, mutate } from './mutate.ts';
import { complaintsAbout } from './oracle.ts';
import { read } from './read.ts';
import type { Subject } from './subjects.ts';

export interface FuzzCase {
  readonly number: number;
  readonly mutant: Mutant;
  /** Where the mutant is cut to see whether that is noticed. */
  readonly cutAt: number;
}

export interface Finding {
  readonly number: number;
  readonly subject: string;
  readonly mutations: readonly string[];
  readonly complaints: readonly string[];
}

export function fuzzCase(all: readonly Subject[], seed: number, number: number): FuzzCase {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const mutant = mutate(random.pick(all), random, () => random.pick(all).read());
  return { number, mutant, cutAt: random.whole(0, mutant.bytes.length) };
}

/** Nothing for a case that keeps every promise. */
export function judge({ number, mutant, cutAt }: FuzzCase): Finding | undefined {
  const { subject, mutations } = mutant;
  const pristine = { ...mutant, bytes: subject.read() };
  const complaints = complaintsAbout(mutant, read(pristine), cutAt);
  return complaints.length === 0
    ? undefined
    : { number, subject: subject.name, mutations, complaints: [...new Set(complaints)].slice(0, 5) };
}
