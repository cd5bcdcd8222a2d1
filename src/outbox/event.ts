// From one change of one entry to the event that receivers see: docs/delivery.md. Pure: the same change at the same time
// gives the same bytes, and its id does not even depend on the time. What happens to a feed itself: feed-event.ts. Which
// endpoint gets it: fan-out.ts.

import type { EntryChange } from '../model/entry.ts';
import type { StoredEvent } from '../model/event.ts';
import type { FeedFacts, FeedFormat } from '../model/feed.ts';
import { eventId } from './event-id.ts';
import { entryItem, text, webUrl } from './item.ts';
import { payloadText } from './payload.ts';

export interface EventFeed {
  readonly id: string;
  /** As configured. */
  readonly url: string;
  /** As finally fetched. */
  readonly feedUrl: string;
  readonly labels: readonly string[];
  /** Absent as long as no document of it was read. */
  readonly facts?: FeedFacts;
}

const maxTitleBytes = 4096;

export function entryEvent(change: EntryChange, feed: EventFeed, detectedAtMs: number): StoredEvent {
  const id = entryEventId(change, feed.id);
  const body = payloadText({
    id,
    type: change.type,
    timestamp: new Date(detectedAtMs).toISOString(),
    data: {
      feed: feedFields(feed),
      entry: entryItem(change),
      ...(change.changed && { changed: change.changed }),
    },
  });
  return {
    id,
    type: change.type,
    feedId: feed.id,
    entryKey: change.key.value,
    sequence: change.sequence,
    detectedAt: detectedAtMs,
    body,
  };
}

/** An update carries its hash, so that a counter that was rolled back cannot give other content an old id. */
function entryEventId({ type, key, revision, contentHash }: EntryChange, feedId: string): string {
  return type === 'entry.new'
    ? eventId(type, feedId, key.value)
    : eventId(type, feedId, key.value, String(revision), contentHash);
}

export function feedFields({ id, url, feedUrl, labels, facts }: EventFeed): object {
  return {
    id,
    url: withoutUserInfo(url),
    feed_url: withoutUserInfo(feedUrl),
    ...webUrl('home_page_url', facts?.homePageUrl),
    ...text('title', facts?.title, maxTitleBytes),
    ...text('language', facts?.language, maxTitleBytes),
    ...(facts && { format: family(facts.format) }),
    labels,
  };
}

/** `atom`, `rss` or `json`: receivers route by it, and versions are the parser's business. */
function family(format: FeedFormat): string {
  return format.replace(/\d+$/, '');
}

/** A configured URL may hold a password. */
export function withoutUserInfo(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1');
}
