// What all scripts of the deliveries share: the record of a delivery, the indexes that follow from its fields, and the
// places in a delivery lane, with the rules of sqlite/delivery-lanes.ts. Put before each script by `deliveryScript`.
//
// Redis runs a script as one step, so what one of them changes has changed at once for all processes.
// https://redis.io/docs/latest/develop/interact/programmability/eval-intro/
// KEYS[1] is `{prefix}:number`; the other keys share its hash tag, and so its slot in a cluster.
//
//   load(ep, ev)        the record of a delivery, nil where there is none; the same table each time within a script.
//                       Its fields are those of the hash (number, attempts, due, added, changed, sequence and failed as
//                       numbers; replay, fallback, alone '1' or nil), and ep, ev. Absent is nil.
//   save(d)             writes the fields that were changed, and every index that follows from them: state, first/again,
//                       behind, heads, batch. Nobody else touches these keys.
//   create(ep, ev, f)   a new record from the fields f (state, feed, due, added …), with its number and sequence; saves it
//                       and counts it as owed. nil when it exists.
//   remove(d)           the record, its attempts and its place in all indexes are gone; its event is owed once less.
//   ruleOf(ep)          { lanes = 'none'|'feed'|'*', count = number or nil, mixed = bool }; makes the endpoint exist.
//   enter(d)            one that has become pending gets its place by the rule. Not saved.
//   leave(d)            one that is pending no more, before its other fields are changed: stands nowhere, and the others of its
//                       batch are in the lane as it was. Not saved.
//   settleAll(now)      at the end of each script that called one of these: each lane that was entered or left has a head,
//                       if it has anything, and the head of a full batch is due.
//   finish(d, n, now)   it has arrived, with n attempts more.
//   kill(d, state, reason, n, now)  makes one that is `state` dead; false when it is something else by now.
//   replay(d, now)      pending and due now, whatever it is; the caller says which may be.
//   release(d, now)     the same for one that is withheld.
// Each of the last four saves. One that a slot has in hand (`slot`) is in no index until the slot lets go of it.

import { createHash } from 'node:crypto';
import { places } from './places.ts';
import { records } from './records.ts';

export const library = [records, places].join('\n');

/** A script on top of the library, with the name by which Redis knows it. */
export interface DeliveryScript {
  readonly lua: string;
  readonly sha: string;
}

export function deliveryScript(...parts: readonly string[]): DeliveryScript {
  const lua = [library, ...parts].join('\n');
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
