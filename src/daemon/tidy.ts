// The housekeeping of one hour: what waits in vain is given up, what is old is removed.

import type { Clock } from '../clock.ts';
import type { Config } from '../config/load.ts';
import type { Deliverer } from '../deliver/deliverer.ts';
import { StoreError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Upkeep } from '../ports.ts';
import type { Metrics } from '../server/metrics.ts';

export interface TidyTools {
  readonly upkeep: Upkeep;
  readonly deliverer: Pick<Deliverer, 'alertGivenUp'>;
  readonly metrics: Pick<Metrics, 'countGivenUp'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A fault of the store is logged, and the next hour comes. */
export async function tidy(config: Config, tools: TidyTools): Promise<void> {
  const { upkeep, deliverer, metrics, clock, log } = tools;
  const before = clock.now() - config.retentionMs;
  try {
    // First, so that what waits for a dead endpoint becomes a dead letter, which somebody is told of.
    const givenUp = await upkeep.giveUp(before, mostKept(config));
    metrics.countGivenUp(givenUp);
    await deliverer.alertGivenUp(givenUp);
    const removed = await upkeep.prune(before);
    await upkeep.checkpoint();
    log.info(removed, 'upkeep');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.warn({ code: error.code, reason: error.message }, 'upkeep');
  }
}

/** Standard output is not slower than we are, but whoever reads it may be. */
const mostKeptForOutput = 100_000;

function mostKept({ endpoints }: Config): ReadonlyMap<string, number> {
  return new Map(
    endpoints.length > 0
      ? endpoints.map(({ id, maxKept }) => [id, maxKept])
      : [['stdout', mostKeptForOutput]],
  );
}
