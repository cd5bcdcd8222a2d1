// When a migration must not begin, and when a store must not be worked with, by the marks that migrations leave. Pure.
//
//   a target that is empty                                  may be filled
//   a target marked as unfinished by the same source        is emptied and filled anew: nobody could have used it
//   a target marked as moved to this very source            is emptied and filled: the way back
//   any other target                                        refused: it would be overwritten
//   a source that is empty                                  refused: another one is meant
//   a source marked as moved                                refused: out of date; unless its target is the one to be finished
//   a source marked as unfinished                           refused: it holds a part

import { StoreError } from '../../errors.ts';
import type { StoreMark, StoreName } from '../../model/portable.ts';
import type { WorkerFacts } from '../../ports.ts';

/** A store as a migration finds it. */
export interface Found extends StoreName {
  readonly mark: StoreMark | undefined;
  readonly isEmpty: boolean;
  readonly workers: readonly WorkerFacts[];
}

/** Why nothing may be copied, in words; `undefined` when it may. */
export function refusal(from: Found, to: Found): string | undefined {
  if (from.generation === to.generation) return `${from.name} and ${to.name} are the same store`;
  if (from.isEmpty) return `store ${from.name}: it is empty: there is nothing to migrate`;
  return busy(from) ?? busy(to) ?? outdated(from, to) ?? occupied(from, to);
}

/** Nothing of a store may change while it is copied. */
export function busy({ name, workers }: Pick<Found, 'name' | 'workers'>): string | undefined {
  if (workers.length === 0) return undefined;
  const some = workers.slice(0, 3).map(({ host, pid }) => `${host} pid ${pid}`);
  const more = workers.length > some.length ? ` and ${workers.length - some.length} more` : '';
  return `store ${name}: feedhook works on it (${some.join(', ')}${more}): stop that first; one that was killed counts for half a minute`;
}

function outdated({ name, mark }: Found, to: Found): string | undefined {
  if (mark?.kind === 'unfinished') return whyNot(name, mark);
  if (mark?.kind !== 'moved') return undefined;
  const isToBeFinished = to.mark?.kind === 'unfinished' && mark.to.generation === to.generation;
  return isToBeFinished ? undefined : whyNot(name, mark);
}

function occupied(from: Found, { name, mark, isEmpty }: Found): string | undefined {
  const isFrom = (other: StoreName) => other.generation === from.generation;
  if (mark?.kind === 'unfinished' && !isFrom(mark.from)) return whyNot(name, mark);
  if (mark?.kind === 'unfinished' || (mark?.kind === 'moved' && isFrom(mark.to)) || isEmpty) return undefined;
  return `store ${name}: it is not empty: a migration would overwrite what it holds; name an empty one (another file, or another prefix)`;
}

/** Throws where a mark says that the store must not be worked with. */
export function refuseMarked(name: string, mark: StoreMark | undefined): void {
  if (mark) throw new StoreError('store-moved', whyNot(name, mark));
}

function whyNot(name: string, mark: StoreMark): string {
  const at = new Date(mark.at).toISOString().replace(/\.\d+Z$/, 'Z');
  if (mark.kind === 'moved') {
    return `store ${name}: it was migrated to ${mark.to.name} at ${at} and is out of date since: use that one in feeds.yaml, or "feedhook migrate" back first`;
  }
  return `store ${name}: a migration of ${mark.from.name} into it began at ${at} and has not ended: run the same "feedhook migrate" again`;
}
