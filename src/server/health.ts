// Whether work is being done, not only whether the process is alive. Pure.

export interface Signs {
  /** Epoch ms. */
  readonly now: number;
  /** Epoch ms at which the earliest lane that waits was due, whoever takes it; absent when none waits. */
  readonly earliestLaneDueAt?: number;
  /** Epoch ms at which a lane run last ended, or the daemon started. */
  readonly lastLaneEndedAt: number;
  /** The code of the fault the store is in now. */
  readonly storeFault?: string;
  /** Why feeds.yaml as it stands could not be taken over. */
  readonly configFault?: string;
  /** Another process on the same store has a newer feeds.yaml. */
  readonly isBehind?: boolean;
}

export interface Health {
  /** `degraded`: this process does nothing, others do the work, and a restart would not change that. */
  readonly status: 'ok' | 'degraded' | 'failing';
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
  const isIdle = signs.isBehind === true;
  if (!isIdle && lateMs > standstillMs && quietMs > standstillMs) {
    reasons.push(
      `polling stands still: a lane has been due for ${Math.round(lateMs / 1000)} s and none has ended`,
    );
  }
  const warnings = signs.configFault ? [`feeds.yaml was changed but is refused: ${signs.configFault}`] : [];
  if (reasons.length > 0) return { status: 'failing', reasons, warnings };
  if (!isIdle) return { status: 'ok', reasons, warnings };
  return { status: 'degraded', reasons: [behind], warnings };
}

const behind =
  'another process on this store has a newer feeds.yaml: this one polls and delivers nothing until its own is the same';
