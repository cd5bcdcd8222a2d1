// Files attached to an entry, merged by URL: podcasts name one file in enclosure, media:content and an
// Atom link, each with a part of what is known. What is said first stays.

import type { Enclosure } from '../model/entry.ts';

export interface Attachment {
  /** Absolute already; an attachment without a usable URL is none. */
  readonly url: string | undefined;
  readonly mimeType?: string | undefined;
  readonly size?: string | number | undefined;
  readonly duration?: string | number | undefined;
  readonly title?: string | undefined;
}

export class EnclosureList {
  readonly #byUrl = new Map<string, Enclosure>();
  readonly #alternates: Attachment[] = [];

  add({ url, mimeType, size, duration, title }: Attachment): void {
    if (url === undefined) return;
    const sizeBytes = readSize(size);
    const durationSeconds = readDuration(duration);
    const enclosure: Enclosure = {
      url,
      ...(mimeType && { mimeType }),
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(durationSeconds !== undefined && { durationSeconds }),
      ...(title && { title }),
    };
    this.#byUrl.set(url, { ...enclosure, ...this.#byUrl.get(url) });
  }

  /** itunes:duration speaks of the entry's one episode: the first file, unless that has a duration of its own. */
  setDuration(duration: string): void {
    const [first] = this.#byUrl.values();
    const durationSeconds = readDuration(duration);
    if (first === undefined || durationSeconds === undefined) return;
    this.#byUrl.set(first.url, { durationSeconds, ...first });
  }

  /** Another form of the file. It comes after those that the entry has anyway. */
  addAlternate(alternate: Attachment): void {
    this.#alternates.push(alternate);
  }

  /** Where the file is when its URL is a redirect; of several files nobody knows which is meant. */
  setOriginal(originalUrl: string): void {
    const [only, second] = this.#byUrl.values();
    if (only !== undefined && second === undefined) this.#byUrl.set(only.url, { ...only, originalUrl });
  }

  list(): Enclosure[] {
    for (const alternate of this.#alternates.splice(0)) this.add(alternate);
    return [...this.#byUrl.values()];
  }
}

/** Bytes; an empty, negative or fractional length says nothing. */
function readSize(size: string | number | undefined): number | undefined {
  const bytes = typeof size === 'string' && size.trim() === '' ? Number.NaN : Number(size ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

/** Seconds, from `3723`, `62:03` or `1:02:03`. */
function readDuration(duration: string | number | undefined): number | undefined {
  const parts = String(duration ?? '')
    .trim()
    .split(':');
  if (parts.length > 3 || !parts.every((part) => /^\d{1,9}(?:\.\d*)?$/.test(part))) return undefined;
  return Math.round(parts.reduce((sum, part) => sum * 60 + Number(part), 0));
}
