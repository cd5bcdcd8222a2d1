// The `jsonfeed` format: the entries of one feed as a document of JSON Feed 1.1, which is the standard format's
// `data.entry` as an item. https://www.jsonfeed.org/version/1.1/

import { wireJson } from '../../outbox/json-size.ts';
import { withContent } from './content.ts';
import { type EntryView, entriesOf, feedOf, isDeletion } from './feed-of.ts';
import type { FeedFields } from './payload.ts';
import type { EventView, Render } from './rendered.ts';
import { bodyThatFits } from './share.ts';

export const renderJsonFeed: Render = (views, { content, maxBytes }) => {
  const shown = entriesOf(views).map((view) => withContent(view, content));
  const feed = feedOf(views[0].payload);
  return {
    body: bodyThatFits(shown, maxBytes, (each) => wireJson(documentOf(feed, each))),
    contentType: 'application/feed+json; charset=utf-8',
  };
};

function documentOf(feed: FeedFields, views: readonly EventView[]): object {
  const { id, url, format, labels } = feed;
  return {
    version: 'https://jsonfeed.org/version/1.1',
    title: feed.title ?? feed.url,
    ...(feed.home_page_url !== undefined && { home_page_url: feed.home_page_url }),
    feed_url: feed.feed_url,
    ...(feed.language !== undefined && { language: feed.language }),
    _feedhook: { id, url, ...(format !== undefined && { format }), labels },
    items: entriesOf(views).map(itemOf),
  };
}

/** Which event told of it: an item itself cannot say that it is gone, nor has a batch the ids of its events. */
function itemOf(view: EntryView): object {
  const { id, type, timestamp, data } = view.payload;
  const { changed, previous, reason } = data;
  const event = { id, type, timestamp, changed, previous, reason };
  const { _feedhook, ...item } = view.entry;
  return {
    ...item,
    // An item has to have a content, also that of an entry that is gone.
    ...(isDeletion(view) && { content_text: '' }),
    _feedhook: { ..._feedhook, event },
  };
}
