// Whether work is being done, not only whether the process is alive. Pure.

export interface Signs {
  /** Epoch ms. */
  readonly now: number;
  /** Epoch ms at which the earliest lane that waits was due; absent when none waits. */
  readonly earliestLaneDueAt?: number;
  /** Epoch ms at which a lane run last ended, or the daemon started. */
  readonly lastLaneEndedAt: number;
  /** The code of the fault the store is in now. */
  readonly storeFault?: string;
  /** Why feeds.yaml as it stands could not be taken over. */
  readonly configFault?: string;
}

export interface Health {
  readonly status: 'ok' | 'failing';
  readonly reasons: readonly string[];
  /** True facts that do not stop the work. */
  readonly warnings: readonly string[];
}

/** A lane may wait this long past its due time while nothing else ends; then polling stands still. */
const standstillMs = 120_000;

export function judgeHealth(signs: Signs): Health {
  const reasons: string[] = [];
  if (signs.storeFault)
    reasons.push(`the store is failing (${signs.storeFault}); polling is paused until it answers`);
  const lateMs = signs.now - (signs.earliestLaneDueAt ?? signs.now);
  const quietMs = signs.now - signs.lastLaneEndedAt;
  if (lateMs > standstillMs && quietMs > standstillMs) {
    reasons.push(
      `polling stands still: a lane has been due for ${Math.round(lateMs / 1000)} s and none has ended`,
    );
  }
  const warnings = signs.configFault ? [`feeds.yaml was changed but is refused: ${signs.configFault}`] : [];
  return { status: reasons.length > 0 ? 'failing' : 'ok', reasons, warnings };
}
