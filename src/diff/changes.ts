// From what was found of a document to the changes that become events, numbered in the order in which they are told.

import type { EntryChange } from '../model/entry.ts';
import type { FeedMemory } from '../model/feed.ts';
import { type Finding, hashOf } from './finding.ts';
import { oldestFirst } from './order.ts';

/** Entries that are shown, oldest first, then those that are gone. */
export function changesOf(
  shown: readonly Finding[],
  lost: readonly Finding[],
  memory: FeedMemory,
  initial: 'none' | 'all' | number,
): EntryChange[] {
  const told = [...announced(shown, memory, initial), ...lost];
  return told.map((finding, index) => ({
    type:
      finding.kind === 'new' ? 'entry.new' : finding.kind === 'deleted' ? 'entry.deleted' : 'entry.updated',
    entry: finding.entry,
    key: finding.key,
    revision: finding.record.revision,
    sequence: memory.sequence + index + 1,
    isInitial: memory.baseline === undefined,
    ...(finding.changed && { changed: finding.changed }),
    ...(finding.previous && { previous: finding.previous }),
    ...(finding.reason && { reason: finding.reason }),
    ...(finding.isWithheld && { isWithheld: finding.isWithheld }),
    contentHash: hashOf(finding),
    firstSeen: finding.record.firstSeen,
  }));
}

/** Of the first document only what `initial` asks for. */
function announced(
  findings: readonly Finding[],
  memory: FeedMemory,
  initial: 'none' | 'all' | number,
): Finding[] {
  const changed = oldestFirst(findings.filter(({ kind }) => kind !== 'silent'));
  if (memory.baseline || initial === 'all') return changed;
  return initial === 'none' || initial <= 0 ? [] : changed.slice(-initial);
}
