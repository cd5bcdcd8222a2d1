// The only place that reads the time or starts a timer, so that every loop and
// deadline can run under a test's clock. No import of Date.now or setTimeout elsewhere.

/** A timer that has been started and may still be cancelled. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `delayMs` milliseconds; negative and NaN delays count as 0. */
  startTimer(delayMs: number, run: () => void): Timer;
}

// setTimeout does not count the time for which a machine sleeps, nor follow a clock that is set anew, and it fires
// at once when the delay is above 2^31-1. So a longer wait is cut into hops that look at the time again.
const longestTimeoutMs = 60_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  startTimer(delayMs, run) {
    const endsAt = Date.now() + Math.max(0, delayMs || 0);
    let handle: NodeJS.Timeout;
    const hop = () => {
      const leftMs = Math.max(0, endsAt - Date.now());
      handle = setTimeout(leftMs > longestTimeoutMs ? hop : run, Math.min(leftMs, longestTimeoutMs));
    };
    hop();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs` milliseconds, or at once when `signal` aborts; never rejects. */
export function wait(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.startTimer(delayMs, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** A signal that aborts when `parent` does or after `delayMs`; call `clear` when the work has ended. */
export function deadline(
  clock: Clock,
  delayMs: number,
  reason: () => Error,
  parent?: AbortSignal,
): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const timer = clock.startTimer(delayMs, () => controller.abort(reason()));
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    clear() {
      timer.cancel();
      parent?.removeEventListener('abort', follow);
    },
  };
}
