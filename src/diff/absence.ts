// What it proves that a complete document lacks an entry of the documents before. Only a list that moves on by date says
// something by leaving out, so lists that choose are told from it: by rank, at random, the newest few of each source.
// Falling off an end is no deletion, and in doubt nothing is one. docs/entries.md, "Deleted entries".

import type { WindowEntry } from '../model/entry.ts';

type Places = readonly WindowEntry[];

/**
 * Whether the places of one document mean something in the other: most entries are still there, in the same order, which
 * is that of their dates, and none has come back. In a list by rank an entry leaves from the middle because it fell
 * behind, in a selection because it was not chosen, and both show it again.
 */
export function isSameWindow(places: Places, shown: Places, isKnown: (keyHash: string) => boolean): boolean {
  const { staying, gone, arrived } = movesOf(places, shown);
  if (staying === 0 || staying < gone || arrived.some(({ keyHash }) => isKnown(keyHash))) return false;
  return isInOrder(places, shown) && isByDate(shown);
}

/** Entries that stood between two that are still there, each with one absence more, by the one they follow. */
export function absentBetween(
  places: Places,
  shown: Places,
  canVanish: (place: WindowEntry) => boolean,
): Map<string, WindowEntry[]> {
  const present = new Set(shown.map(({ keyHash }) => keyHash));
  const isInside = insideOf(shown);
  const { gone, arrived } = movesOf(places, shown);
  // As many came as are gone: they may have taken their places, as in the list of the newest few of each source.
  const isExchange = arrived.length >= gone;
  const between = new Map<string, WindowEntry[]>();
  let anchor: string | undefined;
  let waiting: WindowEntry[] = [];
  for (const place of places) {
    if (present.has(place.keyHash)) {
      if (anchor !== undefined && waiting.length > 0) between.set(anchor, waiting);
      anchor = place.keyHash;
      waiting = [];
      continue;
    }
    const { absences = 0 } = place;
    if (absences === 0 && isExchange) continue;
    if (isInside(place) && canVanish(place)) waiting.push({ ...place, absences: absences + 1 });
  }
  return between;
}

export function isNewestLast(places: Places): boolean {
  const { rising, falling } = steps(places);
  return rising > falling;
}

/**
 * From the document before to this one. `arrived`: what stands above one that stays, seen from the newest end; what is
 * below them all has slid in.
 */
function movesOf(places: Places, shown: Places) {
  const listed = new Set(places.flatMap(({ keyHash, absences }) => (absences === undefined ? keyHash : [])));
  const newestFirst = isNewestLast(shown) ? shown.toReversed() : shown;
  const lowest = newestFirst.findLastIndex(({ keyHash }) => listed.has(keyHash));
  const reach = newestFirst.slice(0, lowest + 1);
  const arrived = reach.filter(({ keyHash }) => !listed.has(keyHash));
  const staying = reach.length - arrived.length;
  return { staying, gone: listed.size - staying, arrived };
}

function isInOrder(places: Places, shown: Places): boolean {
  const index = new Map(shown.map(({ keyHash }, at) => [keyHash, at]));
  const order = places.flatMap(({ keyHash }) => index.get(keyHash) ?? []);
  return order.every((at, place) => at >= (order[place - 1] ?? 0));
}

/** Newest first or newest last. One neighbour in twenty may stand otherwise, one always: a pinned or a late entry. */
function isByDate(shown: Places): boolean {
  const { rising, falling, pairs } = steps(shown);
  return Math.min(rising, falling) <= Math.max(1, pairs / 20);
}

function steps(shown: Places): { rising: number; falling: number; pairs: number } {
  const times = shown.flatMap(({ datedAt }) => datedAt ?? []);
  const differences = times.slice(1).map((time, at) => time - (times[at] ?? time));
  return {
    rising: differences.filter((difference) => difference > 0).length,
    falling: differences.filter((difference) => difference < 0).length,
    pairs: differences.length,
  };
}

/**
 * Whether its date lies among those of the document. One as old as the end may have fallen off it, and a pinned entry
 * that is let go returns to where its date belongs, which may be beyond the end.
 */
function insideOf(shown: Places): (place: WindowEntry) => boolean {
  const times = shown.flatMap(({ datedAt }) => datedAt ?? []);
  const oldest = times.at(isNewestLast(shown) ? 0 : -1) ?? Number.POSITIVE_INFINITY;
  const latest = times.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
  return ({ datedAt }) => datedAt === undefined || (datedAt > oldest && datedAt <= latest);
}
