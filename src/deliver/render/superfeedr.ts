// The `superfeedr` format: the JSON of Superfeedr's notifications, for receivers that were made for it. Times are Unix seconds.
// https://documentation.superfeedr.com/schema.html#json

import { wireJson } from '../../outbox/json-size.ts';
import { contentHtmlOf, withContent } from './content.ts';
import { type EntryView, entriesOf, feedOf } from './feed-of.ts';
import type { EntryFields, FeedFields } from './payload.ts';
import type { EventView, Render } from './rendered.ts';
import { bodyThatFits } from './share.ts';

export const renderSuperfeedr: Render = (views, { content, maxBytes }) => {
  const shown = entriesOf(views).map((view) => withContent(view, content === 'both' ? 'html' : content));
  const { payload } = views[views.length - 1] ?? views[0];
  const feed = feedOf(payload);
  return {
    body: bodyThatFits(shown, maxBytes, (each) => wireJson(notification(feed, payload.timestamp, each))),
    contentType: 'application/json; charset=utf-8',
  };
};

/** When the feed is polled next, and how often, an event does not know: as the schema allows, it is not there. */
function notification(feed: FeedFields, at: string, views: readonly EventView[]): object {
  const items = entriesOf(views).map((view) => itemOf(view, feed));
  const title = feed.title ?? feed.feed_url;
  return {
    status: {
      code: 200,
      http: `Fetched and found ${items.length} ${items.length === 1 ? 'entry' : 'entries'} to tell`,
      feed: feed.feed_url,
      title,
      lastFetch: seconds(at),
    },
    id: feed.feed_url,
    title,
    updated: seconds(at),
    permalinkUrl: feed.home_page_url,
    standardLinks: { self: [{ href: feed.feed_url, title }] },
    items,
  };
}

/** The verbs are those of ActivityStreams 1.0, which the schema maps to. */
const verbs: Readonly<Record<string, string>> = { 'entry.updated': 'update', 'entry.deleted': 'delete' };

function itemOf({ entry, payload }: EntryView, feed: FeedFields): object {
  const published = entry.date_published ?? entry._feedhook.first_seen;
  return {
    id: entry.id,
    verb: verbs[payload.type] ?? 'post',
    title: entry.title ?? '',
    published: seconds(published),
    updated: seconds(entry.date_modified ?? published),
    permalinkUrl: entry.url,
    content: contentHtmlOf(entry),
    summary: entry.summary,
    actor: actorOf(entry),
    categories: entry.tags,
    language: entry.language,
    source: { id: feed.feed_url, title: feed.title, permalinkUrl: feed.home_page_url },
    standardLinks: linksOf(entry),
  };
}

function actorOf({ authors: [first] = [] }: EntryFields): object | undefined {
  return (
    first && { displayName: first.name ?? first.url, permalinkUrl: first.url, id: first.url ?? first.name }
  );
}

function linksOf({ image, attachments = [] }: EntryFields): object | undefined {
  if (image === undefined && attachments.length === 0) return undefined;
  return {
    ...(image !== undefined && { picture: [{ href: image, title: '' }] }),
    ...(attachments.length > 0 && {
      enclosure: attachments.map(({ url, mime_type, title = '' }) => ({ type: mime_type, href: url, title })),
    }),
  };
}

function seconds(rfc3339: string): number | undefined {
  const at = Date.parse(rfc3339);
  return Number.isFinite(at) ? Math.floor(at / 1000) : undefined;
}
