// Which changed fields of a known entry are worth an event. An advert or a view count that changes at every
// fetch is noise: a field that changed in 3 documents running is ignored for that entry for 7 days, and
// an entry gets 24 updates in its life. Concerns updates only; a new entry is never damped.

import type { Flap, KnownEntry } from '../model/entry.ts';
import { type FieldName, fieldNames } from './entry-fields.ts';
import { changedFields } from './fingerprint.ts';

/** Documents running; the last of them is already quiet. */
const flapRuns = 3;
/** Seconds. */
export const quietSpan = 7 * 86_400;
export const maxUpdates = 24;

export interface UpdateVerdict {
  /** What an `entry.updated` would name; empty: no event. */
  readonly announced: readonly FieldName[];
  readonly flaps?: Readonly<Record<string, Flap>>;
}

/**
 * `alike`: what the entry looks like under rules that the stored fingerprint may have been made by. A field that is equal
 * under any of them has not changed.
 */
export function judgeUpdate(
  known: KnownEntry,
  print: string,
  nowSeconds: number,
  alike: readonly string[] = [],
): UpdateVerdict {
  if (known.fingerprint === print && known.flaps === undefined) return { announced: [] };
  const changed = new Set(changedFields(known.fingerprint, print));
  for (const other of alike) {
    const differs = new Set(changedFields(known.fingerprint, other));
    for (const name of changed) if (!differs.has(name)) changed.delete(name);
  }
  const flaps: Record<string, Flap> = {};
  for (const name of fieldNames) {
    const flap = nextFlap(known.flaps?.[name], changed.has(name), nowSeconds);
    if (flap) flaps[name] = flap;
  }
  const heard = [...changed].filter((name) => flaps[name]?.until === undefined);
  return {
    announced: known.revision > maxUpdates ? [] : heard,
    ...(Object.keys(flaps).length > 0 && { flaps }),
  };
}

function nextFlap(before: Flap | undefined, isChanged: boolean, nowSeconds: number): Flap | undefined {
  if (before?.until !== undefined && nowSeconds < before.until) return before;
  if (!isChanged) return undefined;
  const runs = before?.until === undefined ? (before?.runs ?? 0) + 1 : 1;
  return runs < flapRuns ? { runs } : { runs, until: nowSeconds + quietSpan };
}
