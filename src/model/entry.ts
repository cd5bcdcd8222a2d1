// One item of a feed in any format, as the rest of the program sees it. Feeds lie and leave out:
// every field but the lists may be absent, and an absent field is never a guess.

import type { EntryEventType } from './event.ts';

export interface Person {
  readonly name?: string;
  readonly url?: string;
  readonly email?: string;
}

export interface Category {
  readonly term: string;
  readonly scheme?: string;
  readonly label?: string;
}

/** A file attached to an entry. */
export interface Enclosure {
  readonly url: string;
  readonly mimeType?: string;
  readonly sizeBytes?: number;
  readonly durationSeconds?: number;
  readonly title?: string;
}

/** The feed an aggregated entry came from (atom:source, RSS source). */
export interface EntrySource {
  readonly id?: string;
  readonly title?: string;
  readonly feedUrl?: string;
}

export interface Entry {
  /** atom:id, guid or JSON Feed id, verbatim. */
  readonly id?: string;
  /** The permalink, absolute, http or https. */
  readonly url?: string;
  /** The page that the entry is about (rel=related, external_url). */
  readonly externalUrl?: string;
  /** Plain text. */
  readonly title?: string;
  /** RSS description, Atom summary, JSON Feed summary; HTML unless `summaryIsText`. */
  readonly summary?: string;
  readonly summaryIsText?: boolean;
  /** What relative links in `summary` and `contentHtml` are resolved against. */
  readonly baseUrl?: string;
  /** content:encoded, Atom content, JSON Feed content_html: HTML as the feed gave it. */
  readonly contentHtml?: string;
  /** Content that the feed gave as plain text. */
  readonly contentText?: string;
  /** RFC 3339 with the feed's own offset. */
  readonly published?: string;
  readonly updated?: string;
  readonly authors: readonly Person[];
  readonly contributors: readonly Person[];
  readonly categories: readonly Category[];
  readonly enclosures: readonly Enclosure[];
  readonly image?: string;
  readonly language?: string;
  readonly rights?: string;
  readonly commentsUrl?: string;
  readonly source?: EntrySource;
}

/** What an entry is known by in its feed: the rung of the ladder that gave it, and the value. */
export interface EntryKey {
  readonly source: KeySource;
  /** `<source>:<value>`, for example `guid:tag:example.org,2026:1`. */
  readonly value: string;
}

export type KeySource = 'guid' | 'guid+link' | 'link' | 'hash';

/** The rung of the ladder that a feed's entries are known by, chosen once per feed. */
export type Rung = 'guid' | 'link' | 'hash';

/** What the memory keeps of an entry. Times are seconds since the epoch. */
export interface KnownEntry {
  /** Digests of the meaningful fields, see diff/fingerprint.ts. */
  readonly fingerprint: string;
  /** Count of the entry's versions, from 1. */
  readonly revision: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Several entries of one document bore this key; one with another discriminator is another entry. */
  readonly isShared?: boolean;
  /** The URL of the key as the feed first spelled it, kept only when diff/canonical-url.ts cannot make it again. */
  readonly spelling?: string;
  /** Fields of the fingerprint that changed in the last documents, see diff/damper.ts. */
  readonly flaps?: Readonly<Record<string, Flap>>;
}

/** How often a field changed in documents running, and until when (epoch seconds) its changes are ignored. */
export interface Flap {
  readonly runs: number;
  readonly until?: number;
}

/** What the diff found of one entry: what its event is made from. */
export interface EntryChange {
  readonly type: EntryEventType;
  readonly entry: Entry;
  readonly key: EntryKey;
  readonly revision: number;
  /** Entry events of this feed, counted from 1. */
  readonly sequence: number;
  /** True for entries that `initial` announces: a receiver can mute them. */
  readonly isInitial: boolean;
  /** Names of the fields that differ; only with `entry.updated`. */
  readonly changed?: readonly string[];
  /** `sha256:` and 64 hex digits over the fields that the fingerprint covers. */
  readonly contentHash: string;
  /** Seconds since the epoch. */
  readonly firstSeen: number;
}
