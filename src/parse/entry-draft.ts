// An entry while it is being filled. Fallbacks and extras wait in it until all of the entry is read; then they fill
// what is still open.

import type { Category, Entry, Person } from '../model/entry.ts';
import { mergeCategories } from './categories.ts';
import { type Draft, withoutAbsent } from './draft.ts';
import { EnclosureList } from './enclosures.ts';
import { type Extras, placeOf } from './extras.ts';
import { licenseFor } from './license.ts';
import { mergePeople } from './person.ts';

type EntryLists = 'authors' | 'contributors' | 'categories' | 'enclosures';

export interface EntryDraft extends Draft<Omit<Entry, EntryLists>> {
  readonly authors: (Person | undefined)[];
  readonly contributors: (Person | undefined)[];
  readonly categories: (Category | undefined)[];
  readonly enclosures: EnclosureList;
  readonly fallbacks: Fallbacks;
  readonly extras: Extras;
}

/** Values that count only when the entry itself says nothing. */
export interface Fallbacks {
  id: string | undefined;
  url: string | undefined;
  title: string | undefined;
  /** A summary under another name. */
  description: string | undefined;
  /** A line about the entry, of no use beside its whole text. */
  summary: string | undefined;
  contentHtml: string | undefined;
  /** What relative links in that content are resolved against. */
  contentBase: string | undefined;
  published: string | undefined;
  updated: string | undefined;
  image: string | undefined;
  rights: string | undefined;
  /** Of the feed that the entry stands in or came from, where the format says that they are the entry's too. */
  authors: readonly Person[] | undefined;
  /** Of the first enclosure, as written. */
  duration: string | undefined;
}

export function newEntry(): EntryDraft {
  return {
    id: undefined,
    url: undefined,
    originalUrl: undefined,
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
    extras: {},
  };
}

function newFallbacks(): Fallbacks {
  return {
    id: undefined,
    url: undefined,
    title: undefined,
    description: undefined,
    summary: undefined,
    contentHtml: undefined,
    contentBase: undefined,
    published: undefined,
    updated: undefined,
    image: undefined,
    rights: undefined,
    authors: undefined,
    duration: undefined,
  };
}

/** Fills what the entry itself left open. */
export function completeEntry(draft: EntryDraft, feed: { readonly licenseUrl: string | undefined }): void {
  applyFallbacks(draft);
  applyExtras(draft);
  draft.licenseUrl = licenseFor(draft, feed);
}

export function finishEntry(draft: EntryDraft): Entry {
  const { authors, contributors, categories, enclosures, fallbacks, extras: _, ...fields } = draft;
  if (fallbacks.duration !== undefined) enclosures.setDuration(fallbacks.duration);
  return {
    ...withoutAbsent(fields),
    authors: mergePeople(authors),
    contributors: mergePeople(contributors),
    categories: mergeCategories(categories),
    enclosures: enclosures.list(),
  };
}

function applyFallbacks(draft: EntryDraft): void {
  const { fallbacks } = draft;
  draft.id ??= fallbacks.id;
  draft.url ??= fallbacks.url;
  draft.title ??= fallbacks.title;
  draft.summary ??= fallbacks.description;
  draft.published ??= fallbacks.published;
  draft.updated ??= fallbacks.updated;
  draft.image ??= fallbacks.image;
  draft.rights ??= fallbacks.rights;
  const hasAuthor = draft.authors.some((author) => author !== undefined);
  if (!hasAuthor) draft.authors.push(...(fallbacks.authors ?? []));
  if (draft.contentHtml === undefined && fallbacks.contentHtml !== undefined) {
    draft.contentHtml = fallbacks.contentHtml;
    draft.baseUrl = fallbacks.contentBase;
  }
  // A subtitle is no summary of an entry that has its whole text.
  if (draft.contentHtml === undefined && draft.contentText === undefined) draft.summary ??= fallbacks.summary;
}

function applyExtras(draft: EntryDraft): void {
  const { extras } = draft;
  if (extras.originalEnclosureUrl !== undefined) draft.enclosures.setOriginal(extras.originalEnclosureUrl);
  draft.commentCount ??= extras.linkedCount;
  draft.inReplyTo = extras.replies;
  draft.place = placeOf(extras);
  draft.episode = extras.episode;
}

/** Nothing could tell it from another entry. */
export function isNothing({ id, url, title, summary, contentHtml, contentText }: EntryDraft): boolean {
  return !(id || url || title || summary || contentHtml || contentText);
}
