// One process more that makes attempts: it says `ready`, then `start ID` and `end ID` of each. Arguments: a JSON text with what
// it needs. `holdMs`: how long an attempt takes; `verdict`: how it ends; `isFaulty`: not at all, by a fault of the program.

import { openBackend } from '../../../../src/backend/open.ts';
import { systemClock, wait } from '../../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { silentLog } from '../../../../src/log.ts';
import type { Verdict } from '../../../../src/model/delivery.ts';
import type { EndpointPlan } from '../../../../src/ports.ts';
import { attemptOf } from '../../../conformance/records.ts';

export interface ChildOrder {
  readonly store: RedisStoreConfig;
  readonly plan: EndpointPlan;
  readonly holdMs: number;
  readonly verdict: Verdict;
  readonly isFaulty?: boolean;
}

const say = (text: string) => process.stdout.write(`${text}\n`);

const { store, plan, holdMs, verdict, isFaulty } = JSON.parse(process.argv[2] ?? '') as ChildOrder;
const backend = await openBackend({ store, clock: systemClock, log: silentLog, exclusive: true });
await backend.deliveries.configure([plan]);
backend.deliveries.start(async ([{ id, attempts }]) => {
  say(`start ${id}`);
  await wait(systemClock, holdMs);
  if (isFaulty) throw new TypeError('a fault of the program');
  say(`end ${id}`);
  return { attempt: attemptOf(attempts + 1), verdict };
});
say('ready');
