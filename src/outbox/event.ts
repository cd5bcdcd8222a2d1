// From one change of one entry to the event that receivers see: docs/delivery.md. Pure: the same change at the same time
// gives the same bytes, and its id does not even depend on the time. What happens to a feed itself: feed-event.ts. Which
// endpoint gets it: fan-out.ts.

import type { EntryChange, EntryLabel } from '../model/entry.ts';
import type { StoredEvent } from '../model/event.ts';
import type { FeedFacts, FeedFormat } from '../model/feed.ts';
import { eventId } from './event-id.ts';
import { entryItem, text, webUrl } from './item.ts';
import { wireJson } from './json-size.ts';
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
  /** Entries carry their content as the feed gave it, too. */
  readonly rawContent?: boolean;
}

const maxTitleBytes = 4096;

export function entryEvent(change: EntryChange, feed: EventFeed, detectedAtMs: number): StoredEvent {
  const id = entryEventId(change, feed.id);
  const head = { id, type: change.type, timestamp: new Date(detectedAtMs).toISOString() };
  return {
    id,
    type: change.type,
    feedId: feed.id,
    entryKey: change.key.value,
    sequence: change.sequence,
    detectedAt: detectedAtMs,
    // Made when it is stored, which a store does a few hundred at a time: the bodies of 5,000 new entries at once would hold
    // up the event loop for half a second, and be held in memory all together.
    get body() {
      return change.type === 'entry.deleted'
        ? deletionText(head, change, feed)
        : shownText(head, change, feed);
    },
    ...(change.isWithheld && { isWithheld: change.isWithheld }),
  };
}

interface Head {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
}

/** Of an entry that a document shows. */
function shownText(head: Head, change: EntryChange, feed: EventFeed): string {
  const previous = previousFields(change.previous);
  return payloadText({
    ...head,
    data: {
      feed: feedFields(feed),
      entry: entryItem(change, { rawContent: feed.rawContent ?? false }),
      ...(change.changed && { changed: change.changed }),
      ...(Object.keys(previous).length > 0 && { previous }),
    },
  });
}

function previousFields({ title, url }: EntryLabel = {}): object {
  return { ...text('title', title, maxTitleBytes), ...webUrl('url', url) };
}

/** Of an entry that is gone only what names it is left, so nothing has to be cut. */
function deletionText(head: Head, change: EntryChange, feed: EventFeed): string {
  const { entry, key, revision, sequence, firstSeen, reason } = change;
  const named = {
    id: key.value,
    ...text('id', entry.id),
    ...webUrl('url', entry.url),
    ...text('title', entry.title, maxTitleBytes),
    _feedhook: {
      key: key.value,
      key_source: key.source,
      revision,
      sequence,
      first_seen: rfc3339(firstSeen * 1000),
    },
  };
  return wireJson({ ...head, data: { feed: feedFields(feed), entry: named, reason } });
}

/** An update or a deletion carries its hash, so that a counter that was rolled back cannot give other content an old id. */
export function entryEventId(
  { type, key, revision, contentHash }: Pick<EntryChange, 'type' | 'key' | 'revision' | 'contentHash'>,
  feedId: string,
): string {
  return type === 'entry.new'
    ? newEntryEventId(feedId, key.value)
    : eventId(type, feedId, key.value, String(revision), contentHash);
}

/** Of the `entry.new` of an entry, whether or not there was one. */
export function newEntryEventId(feedId: string, entryKey: string): string {
  return eventId('entry.new', feedId, entryKey);
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

/** To the second: what ids are made from, and what people compare. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** `atom`, `rss` or `json`: receivers route by it, and versions are the parser's business. */
function family(format: FeedFormat): string {
  return format.replace(/\d+$/, '');
}

/** A configured URL may hold a password. */
export function withoutUserInfo(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1');
}
