// What an attempt changes, all of it in one transaction of the committer: its log, the deliveries that it carried, what is
// known of the endpoint from now on, and what others are told of it.

import type {
  Alert,
  Attempt,
  AttemptResult,
  DeadReason,
  Lesson,
  NewDelivery,
  Verdict,
} from '../../model/delivery.ts';
import type { EndpointCondition } from '../../model/endpoint.ts';
import type { StoredEvent } from '../../model/event.ts';
import type { Database, Query } from './database.ts';
import type { Lane } from './delivery-lanes.ts';
import type { DeliveryRow } from './delivery-row.ts';
import type { DeliveryTable, DueAt } from './delivery-table.ts';

/** Attempts kept of one delivery; replays by hand could otherwise grow its log for ever. */
export const keptAttempts = 50;

/** The attempt as the queue knows it. */
export interface Made {
  /** What the request carried. */
  readonly rows: readonly DeliveryRow[];
  readonly endpointId: string;
  /** Where it went. */
  readonly target: string;
  readonly maxBlockMs: number;
  readonly result: AttemptResult;
  /** Others are told only if they exist. */
  readonly isConfigured: (endpointId: string) => boolean;
  readonly dueAt: DueAt;
}

export interface Recorded {
  /** Absent when the attempt taught nothing. */
  readonly condition?: EndpointCondition;
  /** Endpoints that got something to deliver by it. */
  readonly told: readonly string[];
  readonly as: Pick<AttemptResult, 'attempt' | 'verdict'>;
}

export class AttemptTable {
  readonly #table: DeliveryTable;
  readonly #insert: Query<never>;
  readonly #drop: Query<never>;
  readonly #read: Query<{ readonly record: string }>;
  readonly #insertEvent: Query<never>;

  constructor(database: Database, table: DeliveryTable) {
    this.#table = table;
    this.#insert = database.query('INSERT INTO attempts VALUES (NULL, ?, ?)');
    this.#drop = database.query(
      `DELETE FROM attempts WHERE number IN
       (SELECT number FROM attempts WHERE delivery = ? ORDER BY number DESC LIMIT -1 OFFSET ${keptAttempts})`,
    );
    this.#read = database.query(
      `SELECT record FROM attempts JOIN deliveries ON deliveries.number = delivery
       WHERE event_id = ? AND endpoint_id = ? ORDER BY attempts.number`,
    );
    this.#insertEvent = database.query(
      `INSERT INTO events (id, type, feed_id, detected_at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
  }

  records(eventId: string, endpointId: string): string[] {
    return this.#read.all(eventId, endpointId).map(({ record }) => record);
  }

  record(made: Made, now: number): Recorded {
    const { rows, result } = made;
    const lesson = this.#learn(made);
    const { attempt, verdict } = { ...result, ...lesson };
    if (attempt) for (const row of rows) this.#log(row, attempt, verdict);
    const lanes = this.#judge(made, verdict, now);
    this.#table.lanes.settleAll(lanes, now);
    const told = (lesson?.alerts ?? []).flatMap((alert) => this.#alert(alert, made, now));
    const as = { verdict, ...(attempt && { attempt }) };
    return { ...(lesson && { condition: lesson.condition }), told, as };
  }

  #learn({ endpointId, target, result }: Made): Lesson | undefined {
    if (!result.learn) return undefined;
    const before = this.#table.endpoints.conditionOf(endpointId, target);
    if (!before) return undefined;
    const lesson = result.learn(before, () => this.#table.endpoints.pending(endpointId));
    if (lesson.condition !== before) this.#table.endpoints.setCondition(endpointId, lesson.condition);
    return lesson;
  }

  /** Returns the lanes to settle. */
  #judge(made: Made, verdict: Verdict, now: number): (Lane | undefined)[] {
    const counted = made.result.attempt ? 1 : 0;
    const { rows } = made;
    switch (verdict.kind) {
      case 'done':
        return eachMember(rows, ({ number }) => this.#table.finish(number, counted, now));
      case 'dead':
        return eachMember(rows, (row) => this.#bury(row, verdict.reason, counted, now));
      case 'retry':
        return this.#retry(made, verdict, counted, now);
      case 'postpone':
        for (const { number } of rows) this.#table.postpone(number, verdict.at, now);
        return verdict.isAside ? rows.map((row) => this.#stepAside(row)) : [];
      case 'split':
        // One that is alone would be sent again and again, at once.
        if (rows.length === 1) return rows.map((row) => this.#bury(row, 'poison', counted, now));
        return this.#table.lanes.split(rows, now);
    }
  }

  #bury({ number }: DeliveryRow, reason: DeadReason, counted: number, now: number): Lane | undefined {
    const row = this.#table.lanes.row(number);
    return row && this.#table.kill(row, 'pending', reason, counted, now)?.lane;
  }

  /** The head of a lane steps aside where waiting for it would gain the others no order. */
  #retry({ rows, maxBlockMs }: Made, retry: Retry, counted: number, now: number): (Lane | undefined)[] {
    const { at, isAside, isFallback } = retry;
    return rows.map((row) => {
      this.#table.putOff(row.number, counted, at, isFallback === true, now);
      return this.#stepAside(row, ({ failed_at }) => isAside || at > (failed_at ?? now) + maxBlockMs);
    });
  }

  /** Returns its lane. A member of a batch goes with the head; one behind was on its way when its lane or batch changed. */
  #stepAside({ number }: DeliveryRow, isTooLong = (_: DeliveryRow): boolean => true): Lane | undefined {
    const { lanes } = this.#table;
    const row = lanes.row(number);
    if (row?.state !== 'pending' || row.lane === null || row.place === 'aside') return undefined;
    const isMember = row.place === 'behind' && row.batch !== null;
    if (isMember || !isTooLong(row)) return undefined;
    lanes.setAside(number);
    return { endpointId: row.endpoint_id, lane: row.lane };
  }

  #alert({ event, endpointIds }: Alert, { isConfigured, dueAt }: Made, now: number): readonly string[] {
    const told = endpointIds.filter(isConfigured);
    if (told.length === 0) return told;
    this.#addEvent(event);
    const owed = told.map(
      (endpointId): NewDelivery => ({ eventId: event.id, endpointId, feedId: event.feedId }),
    );
    this.#table.add(owed, now, dueAt);
    return told;
  }

  #addEvent({ id, type, feedId, detectedAt, body }: StoredEvent): void {
    this.#insertEvent.run(id, type, feedId, detectedAt, body);
  }

  #log({ number, attempts, is_replay }: DeliveryRow, attempt: Attempt, { kind }: Verdict): void {
    this.#insert.run(number, JSON.stringify(attempt));
    // What goes well at once, as nearly all do, has no log to shorten; after probes it may keep one attempt more.
    const isShort = kind === 'done' && attempts === 0 && is_replay === 0;
    if (!isShort) this.#drop.run(number);
  }
}

type Retry = Extract<Verdict, { kind: 'retry' }>;

/** The head last: its end would send the others of its batch back into the lane. */
function eachMember<T>(rows: readonly DeliveryRow[], act: (row: DeliveryRow) => T): T[] {
  const isHead = ({ number, batch }: DeliveryRow) => number === batch;
  return [...rows.filter((row) => !isHead(row)), ...rows.filter(isHead)].map(act);
}
