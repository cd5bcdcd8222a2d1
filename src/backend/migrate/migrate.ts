// Copies a store into another, proves that both hold the same, and leaves no moment in which both could be worked with:
//
//   the target is marked as unfinished      whoever opens it is refused
//   emptied, filled, read again             counts and digests of both are the same, and the source is still what was copied
//   the source is marked as moved           whoever opens it is refused, and nobody had begun to work on it before
//   the mark of the target goes             one write: from here on the target is the store
//
// A kill at any place leaves the source or nothing to work with, and the same command begins anew. Nothing of the source is
// changed but its mark.

import { StoreError } from '../../errors.ts';
import { type PortableKind, portableKinds, type StoreName } from '../../model/portable.ts';
import type { Backend } from '../../ports.ts';
import { Digest } from './digest.ts';
import { busy, type Found, refusal } from './refusals.ts';

export interface Side {
  /** For people, without credentials. */
  readonly name: string;
  readonly backend: Pick<Backend, 'portable' | 'workers'>;
}

export interface MigrationOptions {
  /** Epoch ms. */
  readonly now: number;
  readonly progress?: (done: Progress) => void;
}

export interface Progress {
  readonly step: 'copying' | 'comparing';
  readonly done: number;
  /** About. */
  readonly of: number;
}

/** How many of each kind. */
export type Tally = Readonly<Record<PortableKind, number>>;

/** Rejects with a StoreError that says why nothing was migrated. */
export async function migrate(from: Side, to: Side, options: MigrationOptions): Promise<Tally> {
  const { now } = options;
  const { about, source, target } = await survey(from, to, now);
  const { portable } = to.backend;
  await portable.setMark({ kind: 'unfinished', from: source, at: now });
  await portable.clear();
  const steps = new Steps(about, options);
  const copied = await copy(from, to, steps);
  await compare(copied, to, steps, 'is not what was copied');
  await portable.settle();
  // A command that mends deliveries may have come beside, or a poll by hand.
  await compare(copied, from, steps, 'has changed while it was copied');
  await requireUndisturbed(from, to, now);
  await putOutOfUse(from, target, now);
  await portable.setMark(undefined);
  return tally((kind) => copied[kind].count);
}

export interface Survey {
  /** About how many there are to be copied. */
  readonly about: Tally;
  readonly source: StoreName;
  readonly target: StoreName;
}

/** Rejects where nothing may be copied. `to`: absent when it is still to be made. */
export async function survey(from: Side, to: Side | undefined, now: number): Promise<Survey> {
  const source = await lookAt(from, now);
  const target = to ? await lookAt(to, now) : nothing;
  const why = refusal(source, target);
  if (why !== undefined) throw refused(why);
  return { about: await counts(from), source: nameOf(source), target: nameOf(target) };
}

const nothing: Found = { name: '', generation: '', mark: undefined, isEmpty: true, workers: [] };
const nameOf = ({ name, generation }: Found): StoreName => ({ name, generation });

async function lookAt({ name, backend }: Side, now: number): Promise<Found> {
  const { portable, workers } = backend;
  return {
    name,
    generation: await portable.generation(),
    mark: await portable.mark(),
    isEmpty: await isEmpty(backend, now),
    workers: (await workers?.list()) ?? [],
  };
}

async function isEmpty({ portable }: Side['backend'], now: number): Promise<boolean> {
  for (const kind of portableKinds) {
    for await (const records of portable.records(kind, now)) if (records.length > 0) return false;
  }
  return true;
}

async function counts({ backend }: Side): Promise<Tally> {
  const found = new Map<PortableKind, number>();
  for (const kind of portableKinds) found.set(kind, await backend.portable.count(kind));
  return tally((kind) => found.get(kind) ?? 0);
}

type Digests = Readonly<Record<PortableKind, Digest>>;

async function copy(from: Side, to: Side, steps: Steps): Promise<Digests> {
  const digests = newDigests();
  for (const kind of portableKinds) {
    for await (const records of from.backend.portable.records(kind, steps.now)) {
      await to.backend.portable.add(records);
      for (const record of records) digests[kind].add(record);
      steps.did('copying', records.length);
    }
  }
  return digests;
}

async function compare(copied: Digests, side: Side, steps: Steps, otherwise: string): Promise<void> {
  for (const kind of portableKinds) {
    const digest = new Digest();
    for await (const records of side.backend.portable.records(kind, steps.now)) {
      for (const record of records) digest.add(record);
      steps.did('comparing', records.length);
    }
    if (digest.equals(copied[kind])) continue;
    const numbers = `${copied[kind].count} were copied, it has ${digest.count}`;
    throw refused(
      `store ${side.name}: what it holds of kind ${kind} ${otherwise} (${numbers}): something else writes there, or it is a fault of feedhook; nothing was migrated`,
    );
  }
}

/** Who started meanwhile has changed the source, or will. */
async function requireUndisturbed(from: Side, to: Side, now: number): Promise<void> {
  for (const each of [from, to]) await requireIdle(each);
  const mark = await to.backend.portable.mark();
  if (mark?.kind === 'unfinished' && mark.at === now) return;
  throw refused(`store ${to.name}: another migration into it has begun; nothing was migrated by this one`);
}

/** Who starts tells of itself and then looks at the mark; who marks looks for others then: one of the two sees the other. */
async function putOutOfUse(from: Side, to: StoreName, now: number): Promise<void> {
  const { portable } = from.backend;
  await portable.setMark({ kind: 'moved', to, at: now });
  try {
    await requireIdle(from);
  } catch (error) {
    await portable.setMark(undefined);
    throw error;
  }
  await portable.settle();
}

/** Rejects where processes of feedhook are at work. */
export async function requireIdle({ name, backend }: Side): Promise<void> {
  const why = busy({ name, workers: (await backend.workers?.list()) ?? [] });
  if (why !== undefined) throw refused(why);
}

function refused(why: string): StoreError {
  return new StoreError('store-failed', why);
}

function tally(count: (kind: PortableKind) => number): Tally {
  return Object.fromEntries(portableKinds.map((kind) => [kind, count(kind)])) as Record<PortableKind, number>;
}

function newDigests(): Digests {
  return Object.fromEntries(portableKinds.map((kind) => [kind, new Digest()])) as Record<
    PortableKind,
    Digest
  >;
}

/** How far it is. */
class Steps {
  readonly now: number;
  readonly #of: number;
  readonly #tell: MigrationOptions['progress'];
  readonly #done = { copying: 0, comparing: 0 };

  constructor(about: Tally, { now, progress }: MigrationOptions) {
    this.now = now;
    this.#of = Object.values(about).reduce((sum, count) => sum + count, 0);
    this.#tell = progress;
  }

  did(step: Progress['step'], count: number): void {
    this.#done[step] += count;
    // Both stores are compared with what was copied.
    this.#tell?.({ step, done: this.#done[step], of: step === 'comparing' ? 2 * this.#of : this.#of });
  }
}
