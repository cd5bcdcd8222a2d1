// The hashes of a delivery and of an endpoint as records of no store, and back. Pure.

import type { DeadReason, DeliveryState, LanePlace, SkipReason } from '../../../model/delivery.ts';
import type { RecordOf } from '../../../model/portable.ts';

/** Of the hash of a delivery, in the order in which they are read. `slot` stays behind: who had it in hand is gone. */
export const deliveryFields = [
  'number',
  'feed',
  'state',
  'reason',
  'attempts',
  'due',
  'added',
  'changed',
  'sequence',
  'replay',
  'lane',
  'place',
  'failed',
  'fallback',
  'batch',
  'alone',
] as const;

type DeliveryHash = Readonly<Partial<Record<(typeof deliveryFields)[number], string>>>;

/** What a hash holds of these fields. */
export function hashOf<F extends string>(
  fields: readonly F[],
  values: readonly (string | null)[],
): Partial<Record<F, string>> {
  const found: Partial<Record<F, string>> = {};
  for (const [place, field] of fields.entries()) {
    const value = values[place];
    if (typeof value === 'string') found[field] = value;
  }
  return found;
}

/** `headNumber`: of the one at the head of its batch. */
export function toDeliveryRecord(
  name: { readonly eventId: string; readonly endpointId: string },
  hash: DeliveryHash,
  { log, headNumber }: { readonly log: readonly string[]; readonly headNumber?: number | undefined },
): RecordOf<'delivery'> {
  return {
    kind: 'delivery',
    number: Number(hash.number),
    ...name,
    feedId: hash.feed ?? '',
    state: hash.state as DeliveryState,
    ...(hash.reason !== undefined && { reason: hash.reason as DeadReason | SkipReason }),
    attempts: Number(hash.attempts),
    dueAt: Number(hash.due),
    addedAt: Number(hash.added),
    changedAt: Number(hash.changed),
    sequence: Number(hash.sequence),
    isReplay: hash.replay === '1',
    ...(hash.lane !== undefined && { lane: hash.lane }),
    place: hash.place as LanePlace,
    ...(hash.failed !== undefined && { failedAt: Number(hash.failed) }),
    isFallback: hash.fallback === '1',
    ...(hash.batch !== undefined &&
      headNumber !== undefined && { batch: { number: headNumber, eventId: hash.batch } }),
    isAlone: hash.alone === '1',
    log,
  };
}

/** For the script `takeDeliveries`. */
export function toTaken({ eventId: ev, endpointId: ep, log, ...record }: RecordOf<'delivery'>) {
  const fields = {
    number: record.number,
    feed: record.feedId,
    state: record.state,
    reason: record.reason,
    attempts: record.attempts,
    due: record.dueAt,
    added: record.addedAt,
    changed: record.changedAt,
    sequence: record.sequence,
    replay: record.isReplay ? '1' : undefined,
    lane: record.lane,
    place: record.place,
    failed: record.failedAt,
    fallback: record.isFallback ? '1' : undefined,
    batch: record.batch?.eventId,
    alone: record.isAlone ? '1' : undefined,
  } satisfies Record<(typeof deliveryFields)[number], string | number | undefined>;
  return { ep, ev, fields, log };
}

export const endpointFields = ['target', 'condition', 'lanes', 'batch_count', 'last_sequence'] as const;

export function toEndpointRecord(
  id: string,
  hash: Readonly<Partial<Record<(typeof endpointFields)[number], string>>>,
): RecordOf<'endpoint'> {
  return {
    kind: 'endpoint',
    id,
    ...(hash.target !== undefined && { target: hash.target }),
    condition: hash.condition ?? '{}',
    lanes: (hash.lanes ?? 'none') as RecordOf<'endpoint'>['lanes'],
    ...(hash.batch_count !== undefined && { batchCount: Number(hash.batch_count) }),
    lastSequence: Number(hash.last_sequence ?? 0),
  };
}

export function toEndpointHash(record: RecordOf<'endpoint'>): Record<string, string | number> {
  const { target, condition, lanes, batchCount, lastSequence } = record;
  return {
    version: 0,
    condition,
    lanes,
    last_sequence: lastSequence,
    ...(target !== undefined && { target }),
    ...(batchCount !== undefined && { batch_count: batchCount }),
  };
}
