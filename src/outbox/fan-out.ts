// Which endpoints are told of which event. Pure; the queue ignores a delivery that it already has. What the operator has yet to
// decide on is owed all the same, so that it is counted and listed, but not attempted, and what becomes of its entry later follows
// it; what a filter stops becomes a delivery that is skipped, so that `why` can name the condition. Events about endpoints go another way (deliver/health.ts).

import type { Filter } from '../filter/filter.ts';
import { judgeFilter } from '../filter/judge.ts';
import type { FilterSubject } from '../filter/subject.ts';
import type { NewDelivery } from '../model/delivery.ts';
import type { EventType, StoredEvent } from '../model/event.ts';
import { newEntryEventId } from './event.ts';
import { filterSubject } from './filter-subject.ts';

export interface FanOutFeed {
  readonly id: string;
  /** Absent: the feed names none, and so reaches all that want its labels. */
  readonly endpointIds?: readonly string[];
  readonly labels: readonly string[];
  readonly filter?: Filter;
}

export interface FanOutEndpoint {
  readonly id: string;
  /** What it subscribes to. */
  readonly events: readonly EventType[];
  /** Absent: feeds of any labels. */
  readonly labels?: readonly string[];
  readonly filter?: Filter;
}

export type FanOutVerdict =
  | { readonly kind: 'owed' }
  /** `because` names the first condition that does not hold. */
  | { readonly kind: 'filtered'; readonly by: 'feed' | 'endpoint'; readonly because: string }
  | { readonly kind: 'not-subscribed' }
  | { readonly kind: 'not-routed'; readonly because: string };

/** In the order of the events. */
export function fanOut(
  events: readonly StoredEvent[],
  feed: FanOutFeed,
  endpoints: readonly FanOutEndpoint[],
): NewDelivery[] {
  const reached = endpoints.filter((endpoint) => routeFault(feed, endpoint) === undefined);
  return events.flatMap((event) => {
    const { id: eventId, feedId, isWithheld } = event;
    const subjectOf = once(() => filterSubject(event));
    const follows = followed(event);
    return reached.flatMap((endpoint): NewDelivery[] => {
      const delivery = { eventId, endpointId: endpoint.id, feedId };
      switch (wanted(event, feed, endpoint, subjectOf).kind) {
        case 'owed':
          return [{ ...delivery, ...(isWithheld && { isWithheld }), ...(follows && { follows }) }];
        case 'filtered':
          return [{ ...delivery, skipped: 'filtered' }];
        default:
          return [];
      }
    });
  });
}

/** An entry that the operator has yet to decide on must not be told as changed or gone to those who never heard of it. */
function followed({ type, feedId, entryKey }: StoredEvent): string | undefined {
  const isLater = type === 'entry.updated' || type === 'entry.deleted';
  return isLater && entryKey !== undefined ? newEntryEventId(feedId, entryKey) : undefined;
}

/** The same for one event and one endpoint, with the reason. */
export function verdictFor(event: StoredEvent, feed: FanOutFeed, endpoint: FanOutEndpoint): FanOutVerdict {
  const because = routeFault(feed, endpoint);
  if (because !== undefined) return { kind: 'not-routed', because };
  return wanted(
    event,
    feed,
    endpoint,
    once(() => filterSubject(event)),
  );
}

/** Why no event of the feed comes to the endpoint. A feed that names it reaches it whatever its labels. */
function routeFault(
  { endpointIds, labels: own }: FanOutFeed,
  { id, labels }: FanOutEndpoint,
): string | undefined {
  if (endpointIds)
    return endpointIds.includes(id) ? undefined : `the feed names other endpoints: ${endpointIds.join(', ')}`;
  if (!labels || labels.some((label) => own.includes(label))) return undefined;
  return `the endpoint wants feeds labelled ${labels.join(' or ')}, and this one is ${own.length > 0 ? own.join(', ') : 'not labelled'}`;
}

function wanted(
  event: StoredEvent,
  feed: FanOutFeed,
  endpoint: FanOutEndpoint,
  subjectOf: () => FilterSubject | undefined,
): FanOutVerdict {
  if (isAlert(event.type) || !endpoint.events.includes(event.type)) return { kind: 'not-subscribed' };
  if (!isFiltered(event.type)) return { kind: 'owed' };
  for (const [by, filter] of [['feed', feed.filter] as const, ['endpoint', endpoint.filter] as const]) {
    const subject = filter && subjectOf();
    if (!filter || !subject) continue;
    const judgement = judgeFilter(filter, subject);
    if (!judgement.passes) return { kind: 'filtered', by, because: judgement.because };
  }
  return { kind: 'owed' };
}

/** Told by who watches the endpoints, to others than the one concerned. */
function isAlert(type: EventType): boolean {
  return /^(endpoint|delivery|test)\./.test(type);
}

/** A deletion, and what happens to a feed, has no text that could be looked at. */
function isFiltered(type: EventType): boolean {
  return type === 'entry.new' || type === 'entry.updated';
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
