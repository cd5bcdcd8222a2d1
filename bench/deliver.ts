// Claim: a signed delivery out of a durable queue costs little more than the bare request it makes. The real daemon on the
// embedded store, with its log, its record of every attempt and a backlog of deliveries, against a loop that makes the same
// POSTs and nothing else; each one process, the receiver in another.

import { deliveryTable } from './rig/deliveries.ts';
import { embeddedStore } from './rig/stores.ts';

export const title = 'signed deliveries a second out of the durable queue, against a bare POST loop';

export function measure(): Promise<string> {
  return deliveryTable([{ name: 'feedhook', daemons: 1, store: embeddedStore }]);
}
