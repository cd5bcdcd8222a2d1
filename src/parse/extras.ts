// What modules say of one entry in several elements that only together make a value: a latitude here and a
// longitude there, an episode's number, season and transcripts. Collected while the entry is read, made into
// fields of the model at its end. Which element says what is in place.ts, podcast.ts and thread.ts.

import type { Episode, Place, Reply, Transcript } from '../model/entry.ts';

/** Absent until an element says it. */
export interface Extras {
  originalEnclosureUrl?: string | undefined;
  point?: Point | undefined;
  latitude?: number | undefined;
  longitude?: number | undefined;
  placeName?: string | undefined;
  /** Said beside a link to the comments; the entry's own count is better. */
  linkedCount?: number | undefined;
  replies?: Reply[];
  episode?: EpisodeDraft;
}

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

export type EpisodeDraft = {
  -readonly [K in keyof Episode]: K extends 'transcripts' ? Transcript[] : Episode[K];
};

/** An honest episode has a handful of transcripts, and a comment answers one entry. */
export const mostExtras = 16;

export function placeOf({ point, latitude, longitude, placeName }: Extras): Place | undefined {
  const found = point ?? pointOf(latitude, longitude);
  return found && { ...found, ...(placeName !== undefined && { name: placeName }) };
}

/**
 * A name without a point is no place on the map. 0, 0 lies in the Gulf of Guinea and is what programs write when
 * they do not know.
 */
export function pointOf(latitude: number | undefined, longitude: number | undefined): Point | undefined {
  if (latitude === undefined || longitude === undefined) return undefined;
  const isOnEarth = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return isOnEarth && !(latitude === 0 && longitude === 0) ? { latitude, longitude } : undefined;
}
