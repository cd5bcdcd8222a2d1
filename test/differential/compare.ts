// The differences between the truth of a generated feed, or our reading of it, and another reading.

import type { EntryModel, FeedModel } from './model.ts';
import { type EntryReading, type Field, fields, type Reading } from './readings.ts';
import { baseOf, type Style } from './write.ts';

export interface Difference {
  /** `document`: it was refused; `entries`: their number; `feed title`; or a field of an entry. */
  readonly field: Field | 'document' | 'entries' | 'feed title';
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** What the model says that a reader should find. */
export function truthOf(feed: FeedModel, how: Style): Reading {
  return { title: titleTruth(feed.title, how), entries: feed.entries.map((entry) => entryTruth(entry, how)) };
}

/** Where a document says that a title is text, or escapes it as HTML, its words stand; plain RSS says neither. */
function titleTruth(title: string, { format, title: kind }: Style): string {
  const isUnsaid = (format === 'rss20' || format === 'rss10') && kind !== 'cdata';
  return isUnsaid ? title.replaceAll('<br> ', '') : title;
}

function entryTruth(entry: EntryModel, how: Style): EntryReading {
  const { enclosure } = entry;
  const absolute = (link: string) => new URL(link, baseOf(how)).href;
  const hasEnclosure = enclosure !== undefined && how.format !== 'rss10';
  return {
    id: entry.id,
    title: titleTruth(entry.title, how),
    link: absolute(entry.link),
    content: entry.html,
    published: how.date === 'no seconds' ? entry.published - (entry.published % 60_000) : entry.published,
    author: entry.author,
    categories: entry.categories,
    enclosures: hasEnclosure ? [`${absolute(enclosure.link)} ${enclosure.type} ${enclosure.bytes}`] : [],
  };
}

export function differencesOf(ours: Reading, theirs: Reading): Difference[] {
  const differences: Difference[] = [];
  if (ours.title !== theirs.title)
    differences.push({ field: 'feed title', ours: ours.title, theirs: theirs.title });
  if (ours.entries.length !== theirs.entries.length) {
    return [...differences, { field: 'entries', ours: ours.entries.length, theirs: theirs.entries.length }];
  }
  for (const [at, entry] of ours.entries.entries()) {
    for (const field of fields) {
      const other = theirs.entries[at]?.[field];
      if (JSON.stringify(entry[field]) !== JSON.stringify(other))
        differences.push({ field, ours: entry[field], theirs: other });
    }
  }
  return differences;
}
