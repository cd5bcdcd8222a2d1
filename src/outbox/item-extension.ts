// `_feedhook`: what feedhook knows of an entry, and what the feed says of it that JSON Feed has no word for. Names are
// short and at most 1 KiB, each list has at most 4 KiB: the content is cut to make room, never these.

import type {
  Category,
  Entry,
  EntryChange,
  EntrySource,
  Episode,
  Place,
  Transcript,
} from '../model/entry.ts';
import { plainText } from './html.ts';
import { isContentCut, rawContentOf } from './item-content.ts';
import {
  author,
  bounded,
  count,
  group,
  type ItemAuthor,
  isBeyond,
  list,
  maxNameBytes,
  text,
  webUrl,
} from './item-fields.ts';

/** Longer ones are no titles. */
export const maxTitleBytes = 4096;

export interface ItemOptions {
  /** Adds `content_raw`: `rawContent` of feeds.yaml. */
  readonly rawContent?: boolean;
}

/** In the order of the wire. */
export interface ItemExtension {
  readonly key: string;
  readonly key_source: string;
  readonly revision: number;
  readonly sequence: number;
  readonly content_hash: string;
  readonly first_seen: string;
  readonly date_source: 'feed' | 'none';
  readonly initial: boolean;
  /** Names of the fields that were cut. */
  readonly truncated?: readonly string[];
  readonly source?: { readonly id?: string; readonly title?: string; readonly feed_url?: string };
  readonly contributors?: readonly ItemAuthor[];
  /** Those with more to them than the term that is in `tags`. */
  readonly categories?: readonly Category[];
  readonly rights?: string;
  readonly license?: string;
  readonly comments_url?: string;
  readonly comments_feed_url?: string;
  readonly comment_count?: number;
  readonly in_reply_to?: readonly { readonly id?: string; readonly url?: string }[];
  readonly place?: Place;
  readonly episode?: ItemEpisode;
  /** HTML as the feed gave it: nothing resolved, nothing made safe. */
  readonly content_raw?: string;
}

interface ItemEpisode {
  readonly season?: number;
  readonly number?: number;
  readonly kind?: string;
  readonly explicit?: boolean;
  readonly chapters_url?: string;
  readonly transcripts?: readonly {
    readonly url?: string;
    readonly mime_type?: string;
    readonly language?: string;
  }[];
}

export function extension(change: EntryChange, { rawContent = false }: ItemOptions): ItemExtension {
  const { entry, key, revision, sequence } = change;
  const lists = listsOf(entry);
  const place = entry.place && placeOf(entry.place);
  return {
    key: key.value,
    key_source: key.source,
    revision,
    sequence,
    content_hash: change.contentHash,
    first_seen: new Date(change.firstSeen * 1000).toISOString().replace('.000Z', 'Z'),
    date_source: entry.published === undefined && entry.updated === undefined ? 'none' : 'feed',
    initial: change.isInitial,
    ...list('truncated', cutFields(entry, lists, rawContent)),
    ...group('source', sourceOf(entry.source)),
    ...list('contributors', bounded(lists.contributors)),
    ...list('categories', bounded(lists.categories)),
    ...text('rights', rightsOf(entry), maxNameBytes),
    ...webUrl('license', entry.licenseUrl),
    ...webUrl('comments_url', entry.commentsUrl),
    ...webUrl('comments_feed_url', entry.commentsFeedUrl),
    ...count('comment_count', entry.commentCount),
    ...list('in_reply_to', bounded(lists.in_reply_to)),
    ...(place && { place }),
    ...group('episode', episodeOf(entry.episode, bounded(lists.transcripts))),
    ...(rawContent && text('content_raw', rawContentOf(entry))),
  };
}

type Lists = ReturnType<typeof listsOf>;

function listsOf(entry: Entry) {
  return {
    authors: entry.authors.flatMap(author),
    contributors: entry.contributors.flatMap(author),
    categories: entry.categories.flatMap(labelledCategory),
    in_reply_to: (entry.inReplyTo ?? [])
      .map(({ id, url }) => ({ ...text('id', id), ...webUrl('url', url) }))
      .filter((reply) => Object.keys(reply).length > 0),
    transcripts: (entry.episode?.transcripts ?? []).flatMap(transcript),
  };
}

function cutFields(entry: Entry, lists: Lists, hasRaw: boolean): string[] {
  const isCut = isContentCut(entry);
  const shortened = Object.entries(lists).filter(
    ([, items]) => bounded<unknown>(items).length < items.length,
  );
  return [
    ...(isBeyond(entry.title, maxTitleBytes) ? ['title'] : []),
    ...(isCut ? ['content_html'] : []),
    ...(isCut && hasRaw ? ['content_raw'] : []),
    ...(isBeyond(rightsOf(entry), maxNameBytes) ? ['rights'] : []),
    ...shortened.map(([name]) => name),
  ];
}

/** A scheme names the list that the term is from; half of one would name another. */
function labelledCategory({ term, scheme, label }: Category): Category[] {
  const more = {
    ...(!isBeyond(scheme, maxNameBytes) && text('scheme', scheme)),
    ...text('label', label, maxNameBytes),
  };
  const [named] = [term, label].map((each) => text('term', each, maxNameBytes).term).filter(Boolean);
  return named === undefined || Object.keys(more).length === 0 ? [] : [{ term: named, ...more }];
}

function transcript({ url, mimeType, language }: Transcript) {
  const link = webUrl('url', url);
  const more = { ...text('mime_type', mimeType, maxNameBytes), ...text('language', language, maxNameBytes) };
  return link.url === undefined ? [] : [{ ...link, ...more }];
}

/** Atom lets rights be HTML. */
function rightsOf({ rights }: Entry): string | undefined {
  return rights && plainText(rights);
}

function sourceOf({ id, title, feedUrl }: EntrySource = {}) {
  return { ...text('id', id), ...text('title', title, maxNameBytes), ...webUrl('feed_url', feedUrl) };
}

function placeOf({ latitude, longitude, name }: Place): Place | undefined {
  if (!Number.isFinite(latitude + longitude)) return undefined;
  return { latitude, longitude, ...text('name', name, maxNameBytes) };
}

function episodeOf(episode: Episode = {}, transcripts: ItemEpisode['transcripts'] = []): ItemEpisode {
  const { season, number, kind, isExplicit, chaptersUrl } = episode;
  return {
    ...count('season', season),
    ...count('number', number),
    ...text('kind', kind, maxNameBytes),
    ...(isExplicit !== undefined && { explicit: isExplicit }),
    ...webUrl('chapters_url', chaptersUrl),
    ...list('transcripts', transcripts),
  };
}
