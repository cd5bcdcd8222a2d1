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
  /** Where `url` leads when it is a tracking redirect (feedburner:origEnclosureLink). */
  readonly originalUrl?: string;
}

/** The feed an aggregated entry came from (atom:source, RSS source). */
export interface EntrySource {
  readonly id?: string;
  readonly title?: string;
  readonly feedUrl?: string;
}

/** What an entry answers (RFC 4685 §3): the id and the page of another one. */
export interface Reply {
  readonly id?: string;
  readonly url?: string;
}

/** A point on the earth, WGS 84, in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string;
}

/** A text of a podcast episode's words. */
export interface Transcript {
  readonly url: string;
  readonly mimeType?: string;
  readonly language?: string;
}

/** What podcast feeds say of an episode beyond its file. */
export interface Episode {
  readonly season?: number;
  /** May be a fraction: podcast:episode allows 1.5. */
  readonly number?: number;
  readonly kind?: 'full' | 'trailer' | 'bonus';
  readonly isExplicit?: boolean;
  readonly chaptersUrl?: string;
  readonly transcripts?: readonly Transcript[];
}

export interface Entry {
  /** atom:id, guid or JSON Feed id, verbatim. */
  readonly id?: string;
  /** The permalink, absolute, http or https. */
  readonly url?: string;
  /** Where `url` leads when it is a tracking redirect (feedburner:origLink). Entries are known by `url`. */
  readonly originalUrl?: string;
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
  /** A page on which the entry is discussed, a feed of what is said there, and how much of it there is. */
  readonly commentsUrl?: string;
  readonly commentsFeedUrl?: string;
  readonly commentCount?: number;
  readonly inReplyTo?: readonly Reply[];
  readonly licenseUrl?: string;
  readonly place?: Place;
  readonly episode?: Episode;
  readonly source?: EntrySource;
}

/** What is kept of an entry as the last documents showed it: enough to say which one was changed or deleted. */
export interface EntryLabel {
  readonly id?: string;
  readonly url?: string;
  readonly title?: string;
}

/** An entry that the feed itself says is gone (at:deleted-entry, RFC 6721). */
export interface Tombstone {
  /** The id of the entry. */
  readonly ref: string;
  /** RFC 3339. */
  readonly deletedAt?: string;
}

export type DeletionReason = 'tombstone' | 'vanished';

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
  /** Its deletion was announced; it is an entry again as soon as a document shows it. */
  readonly isDeleted?: boolean;
  /** Its ids changed in mass and it goes on under another key; kept in case the ids come back. */
  readonly isFormer?: boolean;
}

/** An entry of the last documents at its place in them, see diff/window.ts. */
export interface WindowEntry extends EntryLabel {
  readonly keyHash: string;
  /** Its key, so that an event can name it when no document does any more. */
  readonly key: EntryKey;
  /** Its own date, seconds since the epoch. */
  readonly datedAt?: number;
  /** Complete documents running that lacked it while they held newer and older ones; absent: none. */
  readonly absences?: number;
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
  /** The small fields among them as they were before, as far as that is known; only with `entry.updated`. */
  readonly previous?: EntryLabel;
  /** Only with `entry.deleted`; `entry` then has nothing but the label that was kept. */
  readonly reason?: DeletionReason;
  /** Stored, but delivered only when the operator releases it: docs/entries.md, "New ids for all". */
  readonly isWithheld?: true;
  /** `sha256:` and 64 hex digits over the fields that the fingerprint covers; of a deleted entry the fingerprint. */
  readonly contentHash: string;
  /** Seconds since the epoch. */
  readonly firstSeen: number;
}
