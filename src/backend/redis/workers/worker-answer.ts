// Reads what the scripts of the workers answer. What is damaged counts as absent: it is written anew at the next beat.

import type { WorkerFacts } from '../../../ports.ts';
import type { Ruling } from './ruling.ts';

/** The part of the facts that is stored. */
export type StoredFacts = Omit<WorkerFacts, 'rules'>;

export interface WorkerAnswer {
  /** Of the server, epoch ms. */
  readonly now: number;
  readonly ruling: Ruling | undefined;
  /** Those that were seen lately. */
  readonly workers: readonly WorkerFacts[];
}

export function readAnswer(answer: unknown): WorkerAnswer {
  const [now, ruling, workers] = answer as [string, (string | null)[], string[]];
  const [digest, revision, seenAt, ruled] = ruling;
  const rules = digest === null || digest === undefined ? undefined : digest;
  return {
    now: Number(now),
    ruling:
      rules === undefined
        ? undefined
        : {
            digest: rules,
            revision: Number(revision ?? 0),
            seenAt: Number(seenAt ?? 0),
            ruled: readDigests(ruled),
          },
    workers: workers
      .map((json) => JSON.parse(json) as StoredFacts)
      .map((facts) => ({ ...facts, rules: facts.digest === rules }))
      .sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1)),
  };
}

function readDigests(json: string | null | undefined): readonly string[] {
  try {
    const digests: unknown = JSON.parse(json ?? '[]');
    return Array.isArray(digests) ? digests.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
