// A feed while it is being filled, with the entries that are finished already.

import type { Category, Entry, Person, Tombstone } from '../model/entry.ts';
import type { FeedFormat, ParsedFeed, ParseFlaw } from '../model/feed.ts';
import { mergeCategories } from './categories.ts';
import { type Draft, withoutAbsent } from './draft.ts';
import { completeEntry, type EntryDraft, finishEntry, isNothing } from './entry-draft.ts';
import { mergePeople } from './person.ts';

type FeedLists = 'authors' | 'contributors' | 'categories' | 'hubUrls' | 'entries' | 'tombstones' | 'flaws';

export interface FeedDraft extends Draft<Omit<ParsedFeed, FeedLists | 'hints' | 'format'>> {
  readonly format: FeedFormat;
  /** Of the entries that name none. */
  licenseUrl: string | undefined;
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
    licenseUrl: undefined,
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

/** Adds the entry, with a flaw when nothing could tell it from another: the diff will leave it out. */
export function addEntry(feed: FeedDraft, draft: EntryDraft, entryIndex: number): void {
  completeEntry(draft, feed);
  if (isNothing(draft)) feed.flaws.push({ message: 'the entry has no id, link, title or text', entryIndex });
  feed.entries.push(finishEntry(draft));
}

export function finishFeed(draft: FeedDraft): ParsedFeed {
  const { format, licenseUrl: _, hints, entries, flaws, ...others } = draft;
  const { authors, contributors, categories, hubUrls, tombstones, ...fields } = others;
  return {
    format,
    ...withoutAbsent(fields),
    hints,
    authors: mergePeople(authors),
    contributors: mergePeople(contributors),
    categories: mergeCategories(categories),
    hubUrls: [...new Set(hubUrls)].filter((url) => url !== undefined),
    entries,
    tombstones: tombstones.filter((tombstone) => tombstone !== undefined),
    flaws,
  };
}
