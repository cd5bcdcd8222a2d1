// The newest entries of one feed, and the representation an origin sends of them: bytes, ETag, Last-Modified.
// Each publication makes a new version; the ETag names it, so a request tells which version its sender knows.

import { gzipSync } from 'node:zlib';
import type { DemoEntry, DemoFeed } from './documents/feed.ts';
import { renderDocument } from './documents/render.ts';

export interface Representation {
  readonly etag: string;
  readonly modifiedAt: number;
  readonly contentEncoding?: 'gzip';
  readonly body: Buffer;
}

export class FeedWindow {
  readonly feed: DemoFeed;
  readonly feedUrl: string;
  readonly #size: number;
  #entries: readonly DemoEntry[] = [];
  #version = 0;
  #modifiedAt: number;
  #plain: Buffer | undefined;
  #zipped: Buffer | undefined;

  constructor(feed: DemoFeed, feedUrl: string, size: number, createdAt: number) {
    this.feed = feed;
    this.feedUrl = feedUrl;
    this.#size = size;
    this.#modifiedAt = createdAt;
  }

  /** Counts publications; 0 is the empty feed. */
  get version(): number {
    return this.#version;
  }

  /** Newest first. */
  get entries(): readonly DemoEntry[] {
    return this.#entries;
  }

  /** Puts entries, oldest first, on top of the window and returns the version that first holds them. */
  publish(entries: readonly DemoEntry[], at: number): number {
    this.#entries = [...entries.toReversed(), ...this.#entries].slice(0, this.#size);
    this.#modifiedAt = at;
    this.#plain = undefined;
    this.#zipped = undefined;
    return ++this.#version;
  }

  // RFC 9110 §8.8.3.3: two codings of one document are two representations and need two strong tags.
  // https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.3
  representation(gzip: boolean): Representation {
    this.#plain ??= renderDocument(this.feed, this.feedUrl, this.#entries);
    const base = { modifiedAt: this.#modifiedAt };
    if (!gzip) return { ...base, etag: `"v${this.#version}"`, body: this.#plain };
    this.#zipped ??= gzipSync(this.#plain);
    return { ...base, etag: `"v${this.#version}-gzip"`, contentEncoding: 'gzip', body: this.#zipped };
  }
}

/** The version that an If-None-Match field names, `undefined` when it names none of ours. */
export function versionOf(ifNoneMatch: string | undefined): number | undefined {
  const named = /^(?:W\/)?"v(\d+)(?:-gzip)?"$/.exec(ifNoneMatch ?? '')?.[1];
  return named === undefined ? undefined : Number(named);
}
