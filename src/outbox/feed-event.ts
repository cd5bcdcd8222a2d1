// From what happened to a feed itself to the event that receivers see: docs/delivery.md, "What happens to a feed". Pure.
// When something happened, and what its id is made from, is decided in schedule/standing.ts.

import type { FeedNotice, RenamedEntry, StoredEvent } from '../model/event.ts';
import { type EventFeed, feedFields, rfc3339, withoutUserInfo } from './event.ts';
import { eventId } from './event-id.ts';
import { text, webUrl } from './item.ts';
import { itemsThatFit, wireJson } from './json-size.ts';
import { listBytes } from './payload.ts';

const maxMessageBytes = 1024;

export function feedEvent(notice: FeedNotice, feed: EventFeed, detectedAtMs: number): StoredEvent {
  const { type } = notice;
  const id = eventId(type, feed.id, rfc3339(notice.episodeAt), notice.step);
  const payload = {
    id,
    type,
    timestamp: new Date(detectedAtMs).toISOString(),
    data: { feed: feedFields(feed), ...fieldsOf(notice, feed.id) },
  };
  return {
    id,
    type,
    feedId: feed.id,
    detectedAt: detectedAtMs,
    body: wireJson(payload),
  };
}

type Notice<Type extends FeedNotice['type']> = Extract<FeedNotice, { readonly type: Type }>;

function fieldsOf(notice: FeedNotice, feedId: string): object {
  switch (notice.type) {
    case 'feed.error':
      return { error: errorFields(notice) };
    case 'feed.recovered': {
      const { since, failures, mayHaveMissed } = notice;
      return { since: rfc3339(since), failures, missed_window_risk: mayHaveMissed };
    }
    case 'feed.moved':
      return movedFields(notice, feedId);
    case 'feed.gone':
      return { status: notice.status, since: rfc3339(notice.since), polling: notice.polling };
    case 'feed.identity_churn': {
      const { matched, withheld, sample } = notice;
      return { matched, withheld, sample: itemsThatFit(sample.map(sampleFields), listBytes) };
    }
    default:
      return notice satisfies never;
  }
}

function sampleFields({ id, previousId, url, title }: RenamedEntry): object {
  return {
    ...text('id', id),
    ...text('previous_id', previousId),
    ...webUrl('url', url),
    ...text('title', title, maxMessageBytes),
  };
}

function errorFields({ code, status, message, since, ...error }: Notice<'feed.error'>): object {
  return {
    code,
    ...text('message', message, maxMessageBytes),
    ...(status !== undefined && { status }),
    since: rfc3339(since),
    failures: error.failures,
    ...(error.lastSuccessAt !== undefined && { last_success: rfc3339(error.lastSuccessAt) }),
    // No next attempt is Infinity.
    ...(Number.isFinite(error.nextPollAt) && { next_attempt: rfc3339(error.nextPollAt) }),
  };
}

function movedFields({ from, to, via, isAdopted }: Notice<'feed.moved'>, feedId: string): object {
  return {
    from: withoutUserInfo(from),
    to: withoutUserInfo(to),
    via: String(via),
    adopted: isAdopted,
    ...(via !== 'undone' && { config_hint: configHint(feedId, withoutUserInfo(to)) }),
  };
}

/** With the id, since history follows it: one that was made from the old URL would change with the URL. */
function configHint(feedId: string, url: string): string {
  // A JSON string is a double-quoted scalar of YAML; an id such as 1.0 would be a number without the quotes.
  return `- { id: ${JSON.stringify(feedId)}, url: ${JSON.stringify(url)} }`;
}
