// Why an entry was delivered, or was not: one stage, the reason in a sentence, and what a person can do. Pure; what there
// is of the entry was found in entry-trace.ts, and why-entry.ts prints it.

import { maxUpdates } from '../diff/damper.ts';
import type { Delivery } from '../model/delivery.ts';
import type { EntryKey, EntryLabel } from '../model/entry.ts';
import type { EventType } from '../model/event.ts';
import type { FeedMemory } from '../model/feed.ts';
import type { DeliveryTrace, EntryTrace, EventTrace } from './entry-trace.ts';
import { counted, when } from './table.ts';

/** The gravest first: an entry is where its worst delivery is. */
const deliveryStages = ['withheld', 'dead', 'disabled', 'parked', 'waiting', 'delivered'] as const;
type DeliveryStage = (typeof deliveryStages)[number];

export type Stage =
  | DeliveryStage
  | 'not-subscribed'
  | 'baseline'
  | 'silent'
  | 'renamed'
  | 'expired'
  | 'unknown';

export interface EntryContext {
  readonly feedId: string;
  readonly memory: FeedMemory | undefined;
  readonly initial: 'none' | 'all' | number;
  readonly subscribers: (type: EventType) => readonly string[];
  /** Endpoints that exist, and those of them that are disabled. */
  readonly endpoints: ReadonlySet<string>;
  readonly disabled: ReadonlySet<string>;
  readonly retentionMs: number;
  readonly now: number;
}

export interface EventReport {
  readonly id: string;
  readonly type: EventType;
  readonly detectedAt: number;
  readonly deliveries: readonly (DeliveryTrace & { readonly stage: DeliveryStage })[];
}

/** Times are epoch ms. */
export interface EntryReport extends EntryLabel {
  readonly key: EntryKey;
  readonly stage: Stage;
  readonly because: string;
  readonly advice: string;
  readonly firstSeen?: number;
  readonly lastSeen?: number;
  readonly revision?: number;
  readonly isDeleted?: boolean;
  /** Field -> until when its changes are no updates. */
  readonly damped?: Readonly<Record<string, number>>;
  /** No further update of it is announced. */
  readonly hasManyUpdates?: boolean;
  /** Its place in the last documents, from 1; absent: they lack it. */
  readonly place?: number;
  /** Documents running that lacked it while they held its neighbours. */
  readonly absences?: number;
  readonly events: readonly EventReport[];
}

interface Verdict {
  readonly stage: Stage;
  readonly because: string;
  readonly advice: string;
}

export function entryReport(trace: EntryTrace, context: EntryContext): EntryReport {
  const { key, label, known } = trace;
  const events = trace.events.map((event) => eventReport(event, context));
  const window = context.memory?.window ?? [];
  const at = window.findIndex((place) => place.key.value === key.value);
  const absences = window[at]?.absences;
  const flaps = Object.entries(known?.flaps ?? {}).map(
    ([field, { until = 0 }]) => [field, until * 1000] as const,
  );
  const damped = flaps.filter(([, until]) => until > context.now);
  const { id, url, title } = label;
  return {
    ...(id !== undefined && { id }),
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    key,
    ...verdictOf(trace, events, context),
    ...(known && {
      firstSeen: known.firstSeen * 1000,
      lastSeen: known.lastSeen * 1000,
      revision: known.revision,
    }),
    ...(known?.isDeleted && { isDeleted: true }),
    ...(damped.length > 0 && { damped: Object.fromEntries(damped) }),
    ...((known?.revision ?? 1) > maxUpdates && { hasManyUpdates: true }),
    ...(at >= 0 && absences === undefined && { place: at + 1 }),
    ...(absences !== undefined && { absences }),
    events,
  };
}

function eventReport({ event, deliveries }: EventTrace, context: EntryContext): EventReport {
  const { id, type, detectedAt } = event;
  const judged = deliveries.map((each) => ({ ...each, stage: stageOf(each.delivery, context) }));
  return { id, type, detectedAt, deliveries: judged };
}

function stageOf({ state, endpointId }: Delivery, { endpoints, disabled }: EntryContext): DeliveryStage {
  switch (state) {
    case 'done':
      return 'delivered';
    case 'withheld':
    case 'dead':
      return state;
    case 'pending':
      if (!endpoints.has(endpointId)) return 'parked';
      return disabled.has(endpointId) ? 'disabled' : 'waiting';
    default:
      return state satisfies never;
  }
}

/** A delivery with what it brings: an entry may have been announced, updated and deleted. */
type Owed = EventReport['deliveries'][number] & Pick<EventReport, 'type'>;

/** Of several at the gravest stage the one of the latest event. */
function verdictOf(trace: EntryTrace, events: readonly EventReport[], context: EntryContext): Verdict {
  const owed = events
    .toReversed()
    .flatMap(({ type, deliveries }) => deliveries.map((each): Owed => ({ ...each, type })));
  const rank = ({ stage }: Owed) => deliveryStages.indexOf(stage);
  const [gravest] = owed.toSorted((one, other) => rank(one) - rank(other));
  if (gravest) return deliveryVerdict(gravest, context);
  const last = trace.events.at(-1);
  return last ? unownedVerdict(last, context) : silentVerdict(trace, context);
}

function deliveryVerdict(owed: Owed, { feedId }: EntryContext): Verdict {
  const { delivery, lastAttempt, stage, type } = owed;
  const { id, endpointId } = delivery;
  const answer = answerOf(owed);
  switch (stage) {
    case 'withheld':
      return {
        stage,
        because: 'the ids of the feed changed in mass, and it may be an old entry that was not recognised',
        advice: `"feedhook deliveries release ${id}" sends it, "feedhook deliveries release --feed ${feedId}" all that wait, "drop" instead gives up`,
      };
    case 'dead':
      return deadVerdict(owed);
    case 'disabled':
      return {
        stage,
        because: `${endpointId} is disabled, and what it is owed waits`,
        advice: `when it is well again: "feedhook endpoints enable ${endpointId}"`,
      };
    case 'parked':
      return {
        stage,
        because: `${endpointId} is not in feeds.yaml`,
        advice: 'put it back, and what it is owed is sent',
      };
    case 'waiting':
      return {
        stage,
        because: `${endpointId}: attempt ${delivery.attempts + 1} of ${type} is due ${when(delivery.dueAt)}${answer}`,
        advice: `nothing, while the daemon runs; "feedhook deliveries replay ${id}" brings it forward`,
      };
    case 'delivered':
      return {
        stage,
        because: `${endpointId} has taken ${type}${lastAttempt ? ` at ${when(lastAttempt.startedAt + lastAttempt.durationMs)}` : ''}${answer}`,
        advice: `look at the receiver; "feedhook deliveries replay ${id}" sends it again under the same id`,
      };
  }
}

function deadVerdict(owed: Owed): Verdict {
  const { id, endpointId, attempts, reason = 'given up' } = owed.delivery;
  if (reason === 'dropped') {
    return {
      stage: 'dead',
      because: `${endpointId}: ${owed.type} was withheld, and somebody dropped it`,
      advice: `"feedhook deliveries replay ${id}" sends it after all`,
    };
  }
  return {
    stage: 'dead',
    because: `${endpointId}: ${owed.type} is ${reason} after ${counted(attempts, 'attempt')}${answerOf(owed)}`,
    advice: `"feedhook deliveries show ${id}" has each attempt; when the cause is gone: "feedhook deliveries replay ${id}"`,
  };
}

function answerOf({ lastAttempt }: DeliveryTrace): string {
  if (!lastAttempt) return '';
  const { status, code } = lastAttempt;
  return status === undefined ? `, last ${code ?? 'without an answer'}` : `, last answer ${status}`;
}

/** Its event is stored and no endpoint is owed it. */
function unownedVerdict({ event }: EventTrace, { memory, subscribers }: EntryContext): Verdict {
  if (memory?.outbox.includes(event.id)) {
    return {
      stage: 'waiting',
      because: 'its event is stored and not yet handed to the delivery queue',
      advice: 'nothing: that is done at the next start, or the next poll of the feed',
    };
  }
  const now = subscribers(event.type);
  return {
    stage: 'not-subscribed',
    because: `no endpoint of the feed wanted ${event.type} when it happened (${when(event.detectedAt)})`,
    advice:
      now.length > 0
        ? `nothing: ${now.join(', ')} gets those that happen from now on`
        : `name ${event.type} in the "events" of an endpoint that the feed names, for those to come`,
  };
}

/** It is known, and has no event. */
function silentVerdict({ known }: EntryTrace, { memory, initial, retentionMs, now }: EntryContext): Verdict {
  if (!known) {
    return {
      stage: 'unknown',
      because: 'the memory of the feed does not have it',
      advice: 'nothing: it is announced when a document shows it again',
    };
  }
  if (known.isFormer) {
    return {
      stage: 'renamed',
      because: 'the publisher changed its id, and it goes on under the new one',
      advice: 'ask by its title or link, or by the new id',
    };
  }
  if (memory?.baseline?.at === known.firstSeen) {
    return {
      stage: 'baseline',
      because: `it was in the first document of the feed: ${initialWords(initial)}`,
      advice: 'nothing brings it any more; its changes are announced as entry.updated',
    };
  }
  if (now - known.firstSeen * 1000 > retentionMs) {
    return {
      stage: 'expired',
      because: `it was first seen ${when(known.firstSeen * 1000)}, and events are not kept for so long ("retention")`,
      advice: 'nothing: what became of its delivery is not known any more',
    };
  }
  return {
    stage: 'silent',
    because:
      'it was made known without an event: an older entry that slid into the window, or a known one under a new id',
    advice: 'nothing: docs/entries.md says when that happens',
  };
}

function initialWords(initial: EntryContext['initial']): string {
  if (initial === 'none') return '"initial: none" announces none of those';
  return initial === 'all'
    ? '"initial" was another one when that was read'
    : `"initial: ${initial}" announces only the newest of those`;
}
