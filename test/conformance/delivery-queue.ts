// What every DeliveryQueue and its DeliveryLog promise.

import { describeAlerts } from './delivery-alerts.ts';
import { describeAttempts } from './delivery-attempts.ts';
import { describeBatches } from './delivery-batches.ts';
import { describeCounts } from './delivery-counts.ts';
import { describeGate } from './delivery-gate.ts';
import { describeHandOut } from './delivery-hand-out.ts';
import { describeLanes } from './delivery-lanes.ts';
import { describeLog } from './delivery-log.ts';
import { describePace } from './delivery-pace.ts';
import { describeSkipped } from './delivery-skipped.ts';
import { describeStop } from './delivery-stop.ts';
import { describeWithheld } from './delivery-withheld.ts';
import type { OpenStore } from './store-under-test.ts';

/** How deliveries go out. */
export function describeDeliveryQueue(name: string, open: OpenStore): void {
  describeHandOut(name, open);
  describeAttempts(name, open);
  describeStop(name, open);
  describeLanes(name, open);
  describeBatches(name, open);
}

/** Whether, how fast and when an endpoint is sent to, and what others are told of it. */
export function describeDeliveryLimits(name: string, open: OpenStore): void {
  describePace(name, open);
  describeGate(name, open);
  describeAlerts(name, open);
}

/** What people see of them and ask for. */
export function describeDeliveryLog(name: string, open: OpenStore): void {
  describeLog(name, open);
  describeWithheld(name, open);
  describeSkipped(name, open);
  describeCounts(name, open);
}
