// Which of several configurations holds, where processes with different feeds.yaml share one store: the one that was changed
// last. Pure. Times are those of the server, so that clocks that differ between machines decide nothing.

/** What stands in the store of the configuration that rules. */
export interface Ruling {
  readonly digest: string;
  /** Another one, and a greater one, with each change of the digest. */
  readonly revision: number;
  /** Epoch ms at which a worker that has it was last heard of. */
  readonly seenAt: number;
  /** Digests that have ruled lately, this one among them. */
  readonly ruled: readonly string[];
}

/** Why a worker asks. */
export type Occasion =
  /** It has started. */
  | 'start'
  /** Its feeds.yaml was changed while it ran. */
  | 'edit'
  /** It goes on. */
  | 'beat';

export interface RulingQuestion {
  readonly occasion: Occasion;
  /** Of the worker that asks. */
  readonly digest: string;
  /** `undefined`: nothing rules yet, or the store was emptied and this worker knows of nothing that ruled. */
  readonly ruling: Ruling | undefined;
  /** A worker that has the ruling one was heard of lately. */
  readonly isRulingAlive: boolean;
  /** For how long this worker, in touch with the store all the time, has watched the ruling one's workers stay silent. */
  readonly silentMs: number;
  /** After this long without a word a worker is taken for dead. */
  readonly aliveMs: number;
}

/** `takes over`: its digest is to be written as the one that rules. */
export function judgeRuling({
  occasion,
  digest,
  ruling,
  isRulingAlive,
  silentMs,
  aliveMs,
}: RulingQuestion): 'rules' | 'takes over' | 'behind' {
  if (!ruling) return 'takes over';
  if (ruling.digest === digest) return 'rules';
  if (occasion === 'edit') return 'takes over';
  if (occasion === 'beat') return silentMs >= aliveMs ? 'takes over' : 'behind';
  // One that never ruled is new; one that did is an old file, on a machine that was not yet brought up to date.
  return ruling.ruled.includes(digest) && isRulingAlive ? 'behind' : 'takes over';
}
