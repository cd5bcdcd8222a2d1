// Why an entry was delivered, or was not: one stage, the reason in a sentence, and what a person can do. Pure; what there
// is of the entry was found in entry-trace.ts, and entry-text.ts prints it.

import { maxUpdates } from '../diff/damper.ts';
import type { EntryKey, EntryLabel } from '../model/entry.ts';
import type { EventType } from '../model/event.ts';
import { deliveryStages } from './delivery-stage.ts';
import type { DeliveryTrace } from './delivery-trace.ts';
import type { EntryContext, Stage, Verdict } from './entry-stage.ts';
import type { EntryTrace, EventTrace } from './entry-trace.ts';
import { filteredWords } from './filtered-words.ts';
import type { Route } from './routes.ts';
import { type DeliveryStanding, standingOf } from './stage-cells.ts';
import { judgeDelivery } from './stage-words.ts';
import { silentVerdict, unownedVerdict } from './undelivered.ts';

export interface EventReport {
  readonly id: string;
  readonly type: EventType;
  readonly detectedAt: number;
  readonly deliveries: readonly (DeliveryTrace &
    DeliveryStanding & {
      /** Of one that a filter stopped: how it would go today. */
      readonly route?: Route;
    })[];
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

function eventReport({ event, deliveries }: EventTrace, { views, routing, now }: EntryContext): EventReport {
  const { id, type, detectedAt } = event;
  const judged = deliveries.map((each) => {
    const { delivery } = each;
    const standing = standingOf(delivery, views.get(delivery.endpointId), now);
    if (standing.stage !== 'filtered') return { ...each, ...standing };
    const route = routing(event).find(({ endpointId }) => endpointId === delivery.endpointId);
    return { ...each, ...standing, ...(route && { route }) };
  });
  return { id, type, detectedAt, deliveries: judged };
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
  return last ? unownedVerdict(last.event, context) : silentVerdict(trace, context);
}

function deliveryVerdict(owed: Owed, { views, now }: EntryContext): Verdict {
  const verdict = judgeDelivery(owed, views.get(owed.delivery.endpointId), now);
  return owed.route ? { ...verdict, ...filteredWords(owed.delivery, owed.route) } : verdict;
}
