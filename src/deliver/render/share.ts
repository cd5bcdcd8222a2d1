// Cuts entries until what a format makes of them fits: the ones with the most text give first, so that every entry of a batch
// has its share. What is cut of an entry, in which order, is decided in outbox/payload.ts. How many bytes a text becomes depends
// on the format (escaped, percent-encoded, left out), so it is learned from what the format writes.

import { jsonBytes } from '../../outbox/json-size.ts';
import { itemThatFits } from '../../outbox/payload.ts';
import { withEntry } from './content.ts';
import type { EventView } from './rendered.ts';

type Views = readonly EventView[];

/** Interpolated, so that most need one; every third halves what is left, for texts that are not alike. */
const tries = 6;
/** Of `maxBytes`: more is not worth another try. */
const wellUsed = 0.9;
/** Times `maxBytes`: what more there is of the texts of a batch is not even tried. */
const mostTried = 2;

/** What `write` makes of the views, in at most `maxBytes`; more only where the entries cannot be cut any further. */
export function bodyThatFits(given: Views, maxBytes: number, write: (views: Views) => string): Buffer {
  const views = withoutExcess(given, maxBytes * mostTried);
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
    const share = tried % 3 === 2 ? 0.5 : (maxBytes - best.length) / (tooLong - best.length);
    const room = Math.floor(fits + share * (fails - fits));
    if (room <= fits) break;
    const body = Buffer.from(write(cutToRoom(room)));
    if (body.length <= maxBytes) [fits, best] = [room, body];
    else [fails, tooLong] = [room, body.length];
  }
  return best;
}

/** A batch of long entries has some megabytes. One entry is short enough, and a format may show little of it. */
function withoutExcess(views: Views, room: number): Views {
  const lengths = views.map(textLength);
  if (views.length === 1 || sum(lengths) <= room) return views;
  const most = level(lengths, room);
  return views.map((view, index) => ((lengths[index] ?? 0) > most ? cutTo(view, most) : view));
}

/** In UTF-16: in JSON it is no less. */
function textLength({ payload: { data } }: EventView): number {
  const { summary = '', content_html: html = '', content_text: text = '', _feedhook } = data.entry ?? {};
  return summary.length + html.length + text.length + (_feedhook?.content_raw ?? '').length;
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
