// Endpoints whose circuit is open because our own address rule forbids them. The rule is read once, at the start, so a start is the
// one time at which they may be allowed by now; one that still is not costs no request, and nobody is told of it again.

import { probeNow } from '../deliver/health.ts';
import { StoreError } from '../errors.ts';
import type { DeliveryLog } from '../ports.ts';

export async function askBlocked(
  deliveries: Pick<DeliveryLog, 'changeCondition'>,
  endpointIds: readonly string[],
  now: number,
): Promise<void> {
  // At the same time, so that the store takes them together.
  const asking = endpointIds.map((id) =>
    deliveries.changeCondition(id, (before) =>
      before.circuit?.code === 'blocked-address' ? probeNow(before, now) : before,
    ),
  );
  for (const asked of await Promise.allSettled(asking)) {
    // Without it the probe comes when it is due, and a store that fails is told of by whoever needs it.
    if (asked.status === 'rejected' && !(asked.reason instanceof StoreError)) throw asked.reason;
  }
}
