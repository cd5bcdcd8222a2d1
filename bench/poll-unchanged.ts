// Claim: a poll that ends in a 304, with its durable state, costs little more than the bare request it makes. The real
// daemon on the embedded store against loops that make the same GETs and nothing else, each one process.

import { pollTable } from './rig/polls.ts';
import { embeddedStore } from './rig/stores.ts';

export const title = 'polls a second that end in a 304, against bare request loops';

export function measure(): Promise<string> {
  return pollTable([{ name: 'feedhook', daemons: 1, store: embeddedStore }]);
}
