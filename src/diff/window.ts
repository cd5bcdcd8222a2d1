// The window of a feed: the entries of its last documents at their places, with what names them. It tells what an
// update replaced, what a deletion took away, and which entries have vanished: gone from the middle of document
// after document while their neighbours stay. What counts as an absence: absence.ts.

import type { Entry, EntryLabel, WindowEntry } from '../model/entry.ts';
import { absentBetween, isNewestLast, isSameWindow } from './absence.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { entryTime } from './order.ts';

/** Places that are kept. An entry beyond them is known like any other; only its label is not. */
export const mostPlaces = 1000;
/** Complete documents running without an entry whose neighbours they hold. */
export const absencesOfVanished = 3;
/** Characters. Titles are kept for people; ids and links are of no use when they are cut. */
export const longestTitle = 200;
const longestId = 2000;

export interface WindowStep {
  readonly before: readonly WindowEntry[];
  /** The entries that the document shows, in its order. */
  readonly items: readonly IdentifiedEntry[];
  readonly isPartial: boolean;
  /** False when something in the document makes absence no proof. */
  readonly provesAbsence: boolean;
  /** Old key -> new key of the entries that this document made known under another one. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Of entries that the feed said are deleted. */
  readonly buried: ReadonlySet<string>;
  /** Whether the entry was known before this document. */
  readonly isKnown: (keyHash: string) => boolean;
  readonly canVanish: (place: WindowEntry) => boolean;
}

export interface NextWindow {
  readonly window: readonly WindowEntry[];
  readonly vanished: readonly WindowEntry[];
}

export function nextWindow({ before, items, renamed, buried, ...step }: WindowStep): NextWindow {
  if (items.length === 0 && buried.size === 0) return { window: before, vanished: [] };
  const places = before
    .filter(({ keyHash }) => !buried.has(keyHash))
    .map((place) => ({ ...place, keyHash: renamed.get(place.keyHash) ?? place.keyHash }));
  const shown = items.flatMap(placeOf);
  if (step.isPartial) return { window: newest(merged(places, shown, step.isKnown)), vanished: [] };
  if (items.length === 0) return { window: places, vanished: [] };
  if (!step.provesAbsence || !isSameWindow(places, shown, step.isKnown))
    return { window: newest(shown), vanished: [] };
  const absent = absentBetween(places, shown, step.canVanish);
  const isVanished = ({ absences = 0 }: WindowEntry) => absences >= absencesOfVanished;
  return {
    window: newest(
      shown.flatMap((place) => [
        place,
        ...(absent.get(place.keyHash) ?? []).filter((each) => !isVanished(each)),
      ]),
    ),
    vanished: [...absent.values()].flat().filter(isVanished),
  };
}

export function labelOf({ id, url, title }: Entry): EntryLabel {
  return {
    ...(id !== undefined && id.length <= longestId && { id }),
    ...(url !== undefined && url.length <= longestId && { url }),
    ...(title !== undefined && { title: cut(title) }),
  };
}

function placeOf({ entry, key, keyHash }: IdentifiedEntry): WindowEntry[] {
  if (key.value.length > longestId) return [];
  const time = entryTime(entry);
  return [
    { keyHash, key, ...labelOf(entry), ...(time !== undefined && { datedAt: Math.floor(time / 1000) }) },
  ];
}

function cut(title: string): string {
  return title.length <= longestTitle ? title : title.slice(0, longestTitle).toWellFormed();
}

/**
 * A partial document shows what changed: labels are renewed in place, and what is unknown is newer than the rest. A known
 * entry that had left the window has no place in it.
 */
function merged(
  places: readonly WindowEntry[],
  shown: readonly WindowEntry[],
  isKnown: WindowStep['isKnown'],
): WindowEntry[] {
  const fresh = new Map(shown.map((place) => [place.keyHash, place]));
  return [
    ...shown.filter(({ keyHash }) => !isKnown(keyHash)),
    ...places.map((place) => fresh.get(place.keyHash) ?? place),
  ];
}

/** Of a document that is larger than the window, its newest end. */
function newest(places: readonly WindowEntry[]): readonly WindowEntry[] {
  if (places.length <= mostPlaces) return places;
  return isNewestLast(places) ? places.slice(-mostPlaces) : places.slice(0, mostPlaces);
}
