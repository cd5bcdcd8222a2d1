// The `miniflux` format: the body that Miniflux posts to its webhook when a feed has new entries, for receivers that were made
// for it. Fields that feedhook knows nothing of have the value that a new entry has there.
// https://github.com/miniflux/v2/blob/main/internal/integration/webhook/webhook.go

import { hash } from 'node:crypto';
import type { ItemAttachment } from '../../outbox/item.ts';
import { wireJson } from '../../outbox/json-size.ts';
import { contentHtmlOf, wholeTextOf, withContent } from './content.ts';
import { type EntryView, entriesOf, feedOf, isDeletion } from './feed-of.ts';
import type { FeedFields } from './payload.ts';
import type { EventView, Render } from './rendered.ts';
import { bodyThatFits } from './share.ts';

/** It has users and categories, feedhook has not: the ids of the first user and of his first category, "All". */
const userId = 1;
const categoryId = 1;

export const renderMiniflux: Render = (views, { content, maxBytes }) => {
  const all = entriesOf(views);
  const minutes = new Map(all.map((view) => [view.event.id, readingMinutes(wholeTextOf(view.entry))]));
  const shown = all.map((view) => withContent(view, content === 'both' ? 'html' : content));
  const { payload } = views[views.length - 1] ?? views[0];
  const feed = feedOf(payload);
  const write = (each: readonly EventView[]) =>
    wireJson({
      event_type: 'new_entries',
      feed: feedFields(feed, payload.timestamp),
      entries: entriesOf(each).map((view) => entryFields(view, feed, minutes.get(view.event.id) ?? 0)),
    });
  return {
    body: bodyThatFits(shown, maxBytes, write),
    contentType: 'application/json; charset=utf-8',
    headers: { 'x-miniflux-event-type': 'new_entries' },
  };
};

function feedFields(feed: FeedFields, checkedAt: string): object {
  const label = feed.labels[0];
  return {
    id: numberOf('feed', feed.id),
    user_id: userId,
    category_id: label === undefined ? categoryId : numberOf('category', label),
    category: { id: label === undefined ? categoryId : numberOf('category', label), title: label ?? 'All' },
    feed_url: feed.feed_url,
    site_url: feed.home_page_url ?? feed.feed_url,
    title: feed.title ?? feed.feed_url,
    checked_at: checkedAt,
  };
}

function entryFields(view: EntryView, feed: FeedFields, minutes: number): object {
  const { entry, payload } = view;
  const { _feedhook: known } = entry;
  const id = numberOf('entry', feed.id, known.key);
  return {
    id,
    user_id: userId,
    feed_id: numberOf('feed', feed.id),
    status: isDeletion(view) ? 'removed' : 'unread',
    hash: hash('sha256', known.key),
    title: entry.title ?? entry.url ?? '',
    url: entry.url ?? '',
    comments_url: typeof known.comments_url === 'string' ? known.comments_url : '',
    published_at: entry.date_published ?? entry.date_modified ?? known.first_seen,
    created_at: known.first_seen,
    changed_at: payload.timestamp,
    content: contentHtmlOf(entry),
    author: (entry.authors ?? []).flatMap(({ name }) => name ?? []).join(', '),
    share_code: '',
    starred: false,
    reading_time: minutes,
    enclosures: (entry.attachments ?? []).map((attachment) => enclosure(attachment, id)),
    tags: entry.tags ?? [],
  };
}

function enclosure({ url, mime_type, size_in_bytes: size = 0 }: ItemAttachment, entryId: number): object {
  return {
    id: numberOf('enclosure', String(entryId), url),
    user_id: userId,
    entry_id: entryId,
    url,
    mime_type,
    size,
    media_progression: 0,
  };
}

/** The same for ever and everywhere; 53 bits, which every language reads exactly, are enough for a hundred million. */
function numberOf(...parts: readonly string[]): number {
  const digest = hash('sha256', parts.join('\0'), 'buffer');
  return Number(digest.readBigUInt64BE() >> 11n) || 1;
}

const wordsPerMinute = 265;
const cjkPerMinute = 500;
const cjk =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Yi}\p{Script=Bopomofo}]/gu;

/** As Miniflux does: two of the first characters tell. https://github.com/miniflux/v2/blob/main/internal/reader/readingtime/readingtime.go */
function readingMinutes(text: string): number {
  const isCjk = (text.slice(0, 50).match(cjk)?.length ?? 0) > 1;
  return Math.ceil(isCjk ? text.length / cjkPerMinute : wordsIn(text) / wordsPerMinute);
}

function wordsIn(text: string): number {
  let count = 0;
  let isInWord = false;
  for (let index = 0; index < text.length; index++) {
    const isLetter = text.charCodeAt(index) > 0x20;
    if (isLetter && !isInWord) count++;
    isInWord = isLetter;
  }
  return count;
}
