// Cuts entries until what a format makes of them fits: the ones with the most text give first, so that every entry of a batch
// has its share. What is cut of an entry, in which order, is decided in outbox/payload.ts. How many bytes a text becomes depends
// on the format (escaped, percent-encoded, left out), so it is learned from what the format writes.

import { jsonBytes } from '../../outbox/json-size.ts';
import { itemThatFits } from '../../outbox/payload.ts';
import { withEntry } from './content.ts';
import type { EventView } from './rendered.ts';

type Views = readonly EventView[];

/** Interpolated each time, so that most need one. */
const tries = 6;
/** Of `maxBytes`: more is not worth another try. */
const wellUsed = 0.9;

/** What `write` makes of the views, in at most `maxBytes`; more only where the entries cannot be cut any further. */
export function bodyThatFits(views: Views, maxBytes: number, write: (views: Views) => string): Buffer {
  const whole = Buffer.from(write(views));
  if (whole.length <= maxBytes) return whole;
  const sizes = views.map(sizeOf);
  const bareViews = views.map((view) => cutTo(view, 0));
  const least = bareViews.map(sizeOf);
  const spare = sizes.map((size, index) => size - (least[index] ?? 0));
  const cutToRoom = (room: number) => {
    const most = level(spare, room);
    return views.map((view, index) => cutTo(view, (least[index] ?? 0) + Math.min(spare[index] ?? 0, most)));
  };
  let best = Buffer.from(write(bareViews));
  let [fits, fails] = [0, sum(spare)];
  let tooLong = whole.length;
  for (let tried = 0; tried < tries && best.length < maxBytes * wellUsed; tried++) {
    const room = Math.floor(fits + ((fails - fits) * (maxBytes - best.length)) / (tooLong - best.length));
    if (room <= fits) break;
    const body = Buffer.from(write(cutToRoom(room)));
    if (body.length <= maxBytes) [fits, best] = [room, body];
    else [fails, tooLong] = [room, body.length];
  }
  return best;
}

function sizeOf({ payload }: EventView): number {
  return jsonBytes(payload.data.entry ?? {});
}

function cutTo(view: EventView, maxBytes: number): EventView {
  const { entry } = view.payload.data;
  return entry === undefined ? view : withEntry(view, itemThatFits(entry, maxBytes));
}

/** The share of each with which all of them have `room` together: who needs less leaves the rest to the others. */
export function level(needs: readonly number[], room: number): number {
  let left = room;
  let others = needs.length;
  for (const need of needs.toSorted((one, other) => one - other)) {
    if (need * others >= left) break;
    left -= need;
    others--;
  }
  return others === 0 ? Number.POSITIVE_INFINITY : Math.floor(left / others);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
