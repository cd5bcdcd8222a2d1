// The rows of each table as records of no store, and back: what is read, in which order, and what is written. portable.ts runs
// it.

import type { SQLInputValue } from 'node:sqlite';
import type { PortableKind, RecordOf } from '../../model/portable.ts';
import { foldedState } from '../folded-state.ts';
import type { DeliveryRow } from './delivery-row.ts';

/** How a kind of record lies in the file. */
export interface Carried<K extends PortableKind = PortableKind> {
  readonly table: string;
  /** SQL of the next rows after the place `?1`, at most `?2`. */
  readonly page: string;
  /** Before the first row. */
  readonly start: number | string;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has rows of its own, which `page` selects.
  placeOf(row: any): number | string;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  toRecord(row: any, log: readonly string[]): RecordOf<K>;
  readonly insert: string;
  toRow(record: RecordOf<K>): SQLInputValue[];
}

interface EventRow {
  readonly number: number;
  readonly id: string;
  readonly type: RecordOf<'event'>['type'];
  readonly feed_id: string;
  readonly entry_key: string | null;
  readonly sequence: number | null;
  readonly detected_at: number;
  readonly body: string;
  readonly is_withheld: number;
}

const event: Carried<'event'> = {
  table: 'events',
  page: 'SELECT * FROM events WHERE number > ? ORDER BY number LIMIT ?',
  start: 0,
  placeOf: ({ number }: EventRow) => number,
  toRecord: (row: EventRow) => ({
    kind: 'event',
    id: row.id,
    type: row.type,
    feedId: row.feed_id,
    ...(row.entry_key !== null && { entryKey: row.entry_key }),
    ...(row.sequence !== null && { sequence: row.sequence }),
    detectedAt: row.detected_at,
    body: row.body,
    ...(row.is_withheld !== 0 && { isWithheld: true as const }),
  }),
  insert: insert('events', 'id type feed_id entry_key sequence detected_at body is_withheld'),
  toRow: ({ id, type, feedId, entryKey, sequence, detectedAt, body, isWithheld }) => [
    id,
    type,
    feedId,
    entryKey ?? null,
    sequence ?? null,
    detectedAt,
    body,
    isWithheld ? 1 : 0,
  ],
};

interface EndpointRow {
  readonly id: string;
  readonly target: string | null;
  readonly condition: string;
  readonly lanes: RecordOf<'endpoint'>['lanes'] | null;
  readonly batch_count: number | null;
  readonly last_sequence: number;
}

const endpoint: Carried<'endpoint'> = {
  table: 'endpoints',
  page: 'SELECT * FROM endpoints WHERE id > ? ORDER BY id LIMIT ?',
  start: '',
  placeOf: ({ id }: EndpointRow) => id,
  toRecord: (row: EndpointRow) => ({
    kind: 'endpoint',
    id: row.id,
    ...(row.target !== null && { target: row.target }),
    condition: row.condition,
    lanes: row.lanes ?? 'none',
    ...(row.batch_count !== null && { batchCount: row.batch_count }),
    lastSequence: row.last_sequence,
  }),
  insert: insert('endpoints', 'id target condition lanes batch_count last_sequence'),
  toRow: ({ id, target, condition, lanes, batchCount, lastSequence }) => [
    id,
    target ?? null,
    condition,
    lanes,
    batchCount ?? null,
    lastSequence,
  ],
};

export interface DeliveryPageRow extends DeliveryRow {
  /** Of the one at the head of its batch. */
  readonly head_event_id: string | null;
}

const delivery: Carried<'delivery'> = {
  table: 'deliveries',
  page: `SELECT each.*, head.event_id AS head_event_id FROM deliveries AS each
    LEFT JOIN deliveries AS head ON head.number = each.batch
    WHERE each.number > ? ORDER BY each.number LIMIT ?`,
  start: 0,
  placeOf: ({ number }: DeliveryPageRow) => number,
  toRecord: (row: DeliveryPageRow, log) => ({
    kind: 'delivery',
    number: row.number,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    feedId: row.feed_id,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    attempts: row.attempts,
    dueAt: row.due_at,
    addedAt: row.added_at,
    changedAt: row.changed_at,
    sequence: row.sequence,
    isReplay: row.is_replay !== 0,
    ...(row.lane !== null && { lane: row.lane }),
    place: row.place,
    ...(row.failed_at !== null && { failedAt: row.failed_at }),
    isFallback: row.is_fallback !== 0,
    ...(row.batch !== null &&
      row.head_event_id !== null && { batch: { number: row.batch, eventId: row.head_event_id } }),
    isAlone: row.is_alone !== 0,
    log,
  }),
  insert: insert(
    'deliveries',
    `number event_id endpoint_id feed_id state reason attempts due_at added_at changed_at sequence is_replay lane place
     failed_at is_fallback batch is_alone`,
  ),
  toRow: (record) => [
    record.number,
    record.eventId,
    record.endpointId,
    record.feedId,
    record.state,
    record.reason ?? null,
    record.attempts,
    record.dueAt,
    record.addedAt,
    record.changedAt,
    record.sequence,
    record.isReplay ? 1 : 0,
    record.lane ?? null,
    record.place,
    record.failedAt ?? null,
    record.isFallback ? 1 : 0,
    record.batch?.number ?? null,
    record.isAlone ? 1 : 0,
  ],
};

interface TextRow {
  readonly key: string;
  readonly record: string;
}

const memory: Carried<'memory'> = {
  table: 'memory',
  page: 'SELECT key, record FROM memory WHERE key > ? ORDER BY key LIMIT ?',
  start: '',
  placeOf: ({ key }: TextRow) => key,
  toRecord: ({ key, record }: TextRow) => ({ kind: 'memory', feedId: key, text: record }),
  insert: insert('memory', 'key record'),
  toRow: ({ feedId, text }) => [feedId, text],
};

const state: Carried<'state'> = {
  table: 'state',
  page: `SELECT state.key, record || coalesce(char(10) || note, '') AS record
    FROM state LEFT JOIN requests ON requests.key = state.key WHERE state.key > ? ORDER BY state.key LIMIT ?`,
  start: '',
  placeOf: ({ key }: TextRow) => key,
  toRecord: ({ key, record }: TextRow) => ({ kind: 'state', feedId: key, text: foldedState(key, record) }),
  insert: insert('state', 'key record'),
  toRow: ({ feedId, text }) => [feedId, text],
};

interface HoldRow {
  readonly id: string;
  readonly held_until: number | null;
}

/** Due times are made anew by the start of a daemon; a lane that only was held is one that feeds.yaml has no more. */
const hold: Carried<'hold'> = {
  table: 'lanes',
  page: 'SELECT id, held_until FROM lanes WHERE id > ? ORDER BY id LIMIT ?',
  start: '',
  placeOf: ({ id }: HoldRow) => id,
  toRecord: (row: HoldRow) => ({ kind: 'hold', laneId: row.id, heldUntil: row.held_until ?? 0 }),
  insert: insert('lanes', 'id held_until'),
  toRow: ({ laneId, heldUntil }) => [laneId, heldUntil],
};

export const carried: { readonly [K in PortableKind]: Carried<K> } = {
  event,
  endpoint,
  delivery,
  memory,
  state,
  hold,
};

function insert(table: string, columns: string): string {
  const names = columns.split(/\s+/);
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}
