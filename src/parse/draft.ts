// Records while they are being filled. A reader collects what the document says, in any order; the record is
// made at the end. What a better source said first stays, and absent stays absent.

import type { Category, Entry, Person, Tombstone } from '../model/entry.ts';
import type { FeedFormat, ParsedFeed, ParseFlaw } from '../model/feed.ts';
import { EnclosureList } from './enclosures.ts';
import { mergePeople } from './person.ts';

/** Every field of a record, still changeable, perhaps `undefined`. */
type Draft<T> = { -readonly [K in keyof T]-?: T[K] | undefined };

type EntryLists = 'authors' | 'contributors' | 'categories' | 'enclosures';

export interface EntryDraft extends Draft<Omit<Entry, EntryLists>> {
  readonly authors: (Person | undefined)[];
  readonly contributors: (Person | undefined)[];
  readonly categories: (Category | undefined)[];
  readonly enclosures: EnclosureList;
  readonly fallbacks: Fallbacks;
}

/** Values that count only when the entry itself says nothing. */
export interface Fallbacks {
  url: string | undefined;
  title: string | undefined;
  summary: string | undefined;
  contentHtml: string | undefined;
  published: string | undefined;
  image: string | undefined;
  /** Of the first enclosure, as written. */
  duration: string | undefined;
}

export function newEntry(): EntryDraft {
  return {
    id: undefined,
    url: undefined,
    externalUrl: undefined,
    title: undefined,
    summary: undefined,
    summaryIsText: undefined,
    baseUrl: undefined,
    contentHtml: undefined,
    contentText: undefined,
    published: undefined,
    updated: undefined,
    image: undefined,
    language: undefined,
    rights: undefined,
    commentsUrl: undefined,
    commentsFeedUrl: undefined,
    commentCount: undefined,
    inReplyTo: undefined,
    licenseUrl: undefined,
    place: undefined,
    episode: undefined,
    source: undefined,
    authors: [],
    contributors: [],
    categories: [],
    enclosures: new EnclosureList(),
    fallbacks: newFallbacks(),
  };
}

function newFallbacks(): Fallbacks {
  return {
    url: undefined,
    title: undefined,
    summary: undefined,
    contentHtml: undefined,
    published: undefined,
    image: undefined,
    duration: undefined,
  };
}

function finishEntry(draft: EntryDraft): Entry {
  const { authors, contributors, categories, enclosures, fallbacks, ...fields } = draft;
  if (fallbacks.duration !== undefined) enclosures.setDuration(fallbacks.duration);
  return {
    ...withoutAbsent(fields),
    authors: mergePeople(authors),
    contributors: mergePeople(contributors),
    categories: categories.filter((category) => category !== undefined),
    enclosures: enclosures.list(),
  };
}

function applyFallbacks(draft: EntryDraft): void {
  const { fallbacks } = draft;
  draft.url ??= fallbacks.url;
  draft.title ??= fallbacks.title;
  draft.contentHtml ??= fallbacks.contentHtml;
  draft.published ??= fallbacks.published;
  draft.image ??= fallbacks.image;
  // A subtitle is no summary of an entry that has its whole text.
  if (draft.contentHtml === undefined && draft.contentText === undefined) draft.summary ??= fallbacks.summary;
}

function isNothing({ id, url, title, summary, contentHtml, contentText }: EntryDraft): boolean {
  return !(id || url || title || summary || contentHtml || contentText);
}

/** Adds the entry, with a flaw when nothing could tell it from another: the diff will leave it out. */
export function addEntry(feed: FeedDraft, draft: EntryDraft, entryIndex: number): void {
  applyFallbacks(draft);
  if (isNothing(draft)) feed.flaws.push({ message: 'the entry has no id, link, title or text', entryIndex });
  feed.entries.push(finishEntry(draft));
}

type FeedLists = 'authors' | 'contributors' | 'categories' | 'hubUrls' | 'entries' | 'tombstones' | 'flaws';

export interface FeedDraft extends Draft<Omit<ParsedFeed, FeedLists | 'hints' | 'format'>> {
  readonly format: FeedFormat;
  hints: ParsedFeed['hints'];
  readonly authors: (Person | undefined)[];
  readonly contributors: (Person | undefined)[];
  readonly categories: (Category | undefined)[];
  readonly hubUrls: (string | undefined)[];
  readonly entries: Entry[];
  readonly tombstones: (Tombstone | undefined)[];
  readonly flaws: ParseFlaw[];
}

export function newFeed(format: FeedFormat): FeedDraft {
  return {
    format,
    id: undefined,
    title: undefined,
    subtitle: undefined,
    homePageUrl: undefined,
    selfUrl: undefined,
    prevArchiveUrl: undefined,
    newFeedUrl: undefined,
    language: undefined,
    updated: undefined,
    published: undefined,
    rights: undefined,
    image: undefined,
    hints: {},
    authors: [],
    contributors: [],
    categories: [],
    hubUrls: [],
    entries: [],
    tombstones: [],
    flaws: [],
  };
}

export function finishFeed(draft: FeedDraft): ParsedFeed {
  const { format, hints, authors, contributors, categories, hubUrls, entries, tombstones, flaws, ...fields } =
    draft;
  return {
    format,
    ...withoutAbsent(fields),
    hints,
    authors: mergePeople(authors),
    contributors: mergePeople(contributors),
    categories: categories.filter((category) => category !== undefined),
    hubUrls: [...new Set(hubUrls)].filter((url) => url !== undefined),
    entries,
    tombstones: tombstones.filter((tombstone) => tombstone !== undefined),
    flaws,
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value, as exact optional fields want it. */
export function withoutAbsent<T extends object>(draft: T): Given<T> {
  const given: Given<T> = {};
  for (const key in draft) {
    const value = draft[key];
    if (isGiven(value)) given[key] = value;
  }
  return given;
}

function isGiven<V>(value: V): value is Exclude<V, undefined> {
  return value !== undefined;
}
