// What /healthz judges the work by: what the scheduler knows, and of lanes that other processes take too what their queue knows.

import { StoreError } from '../errors.ts';
import type { LaneQueue } from '../ports.ts';
import type { Signs } from '../schedule/scheduler.ts';

export async function vitalSigns(
  signs: Signs,
  lanes: Pick<LaneQueue, 'isShared' | 'earliestDueAt'>,
): Promise<Signs> {
  if (!lanes.isShared || !lanes.earliestDueAt) return signs;
  const { storeFault, earliestLaneDueAt: _, ...own } = signs;
  try {
    const earliest = await lanes.earliestDueAt();
    // It has answered just now, and a lane that would find that out may not be due for long.
    const isOver = storeFault === 'store-unreachable';
    return {
      ...own,
      ...(earliest !== undefined && { earliestLaneDueAt: earliest }),
      ...(storeFault !== undefined && !isOver && { storeFault }),
    };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { ...own, storeFault: error.code };
  }
}
