// The Upkeep port: forgetting what is old and needed by nothing, and bringing the WAL home; giving up is give-up.ts. Works in
// small transactions, so that polls and deliveries go on meanwhile; stopped in the middle, the rest waits for the next time.

import { FeedhookError } from '../../errors.ts';
import type { GivenUp, Upkeep } from '../../ports.ts';
import { emptyOutboxPrefix, readOutbox } from '../memory-record.ts';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import type { GivingUp } from './give-up.ts';

/** Rows looked at in one transaction. */
const lookedAtTogether = 1_000;

interface Place {
  readonly number: number;
}
interface DeliveryPlace extends Place {
  readonly event_id: string;
  readonly feed_id: string;
}
interface EventPlace extends Place {
  readonly id: string;
  readonly feed_id: string;
  readonly detected_at: number;
  readonly delivered: number;
}

/** Events that an outbox names, and feeds whose outbox cannot be read: theirs may be needed, so they stay. */
interface Owed {
  readonly events: ReadonlySet<string>;
  readonly feeds: ReadonlySet<string>;
}

export class SqliteUpkeep implements Upkeep {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #givingUp: GivingUp;
  readonly #changed: () => void;
  readonly #bounds: Query<{ readonly first: number | null; readonly last: number | null }>;
  readonly #finished: Query<DeliveryPlace>;
  readonly #oldEvents: Query<EventPlace>;
  readonly #outboxes: Query<{ readonly key: string; readonly record: string }>;
  readonly #deleteAttempts: Query<never>;
  readonly #deleteDelivery: Query<never>;
  readonly #deleteEvent: Query<never>;

  /** `changed` is called when a delivery that waited behind others may go out now. */
  constructor(database: Database, committer: Committer, givingUp: GivingUp, changed: () => void) {
    this.#database = database;
    this.#committer = committer;
    this.#givingUp = givingUp;
    this.#changed = changed;
    this.#bounds = database.query(
      'SELECT (SELECT min(number) FROM deliveries) AS first, (SELECT max(number) FROM deliveries) AS last',
    );
    // A withheld one that nobody decided on goes like a dead letter: what waits for a person must not grow for ever.
    this.#finished = database.query(
      `SELECT number, event_id, feed_id FROM deliveries
       WHERE number BETWEEN ? AND ? AND state <> 'pending' AND changed_at < ?`,
    );
    this.#oldEvents = database.query(
      `SELECT number, id, feed_id, detected_at, EXISTS (SELECT 1 FROM deliveries WHERE event_id = id) AS delivered
       FROM events WHERE (detected_at, number) > (?, ?) AND detected_at < ?
       ORDER BY detected_at, number LIMIT ${lookedAtTogether}`,
    );
    this.#outboxes = database.query(
      `SELECT key, record FROM memory
       WHERE substr(record, 1, ${emptyOutboxPrefix.length}) <> '${emptyOutboxPrefix}'`,
    );
    this.#deleteAttempts = database.query('DELETE FROM attempts WHERE delivery = ?');
    this.#deleteDelivery = database.query('DELETE FROM deliveries WHERE number = ?');
    this.#deleteEvent = database.query('DELETE FROM events WHERE number = ?');
  }

  async prune(before: number): Promise<{ events: number; deliveries: number }> {
    // Deliveries first: an event stays as long as a delivery of it can be listed and replayed.
    const deliveries = await this.#pruneDeliveries(before);
    return { events: await this.#pruneEvents(before), deliveries };
  }

  async giveUp(before: number, mostKept: ReadonlyMap<string, number>): Promise<GivenUp[]> {
    const givenUp = await this.#givingUp.giveUp(before, mostKept);
    if (givenUp.length > 0) this.#changed();
    return givenUp;
  }

  async checkpoint(): Promise<void> {
    this.#database.requireSameFile();
    // A reader in another process may keep some of the WAL from being emptied; the next time will do.
    await this.#database.read(() => {
      this.#database.endView();
      this.#database.sql.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    });
  }

  async #pruneDeliveries(before: number): Promise<number> {
    const bounds = await this.#database.read(() => this.#bounds.get());
    const last = bounds?.last ?? -1;
    let removed = 0;
    for (let from = bounds?.first ?? 0; from <= last; from += lookedAtTogether) {
      removed += await this.#committer.commit(() => this.#dropFinished(from, before));
    }
    return removed;
  }

  #dropFinished(from: number, before: number): number {
    const owed = this.#owed();
    // The delivery of an event that is still in an outbox is what keeps the relay from adding it again.
    const old = this.#finished
      .all(from, from + lookedAtTogether - 1, before)
      .filter(({ event_id, feed_id }) => !owed.events.has(event_id) && !owed.feeds.has(feed_id));
    for (const { number } of old) {
      this.#deleteAttempts.run(number);
      this.#deleteDelivery.run(number);
    }
    return old.length;
  }

  async #pruneEvents(before: number): Promise<number> {
    let removed = 0;
    let place = { at: Number.MIN_SAFE_INTEGER, number: 0 };
    for (;;) {
      const from = place;
      const { dropped, last } = await this.#committer.commit(() => this.#dropEvents(from, before));
      removed += dropped;
      if (!last) return removed;
      place = { at: last.detected_at, number: last.number };
    }
  }

  #dropEvents(from: { at: number; number: number }, before: number) {
    const owed = this.#owed();
    const old = this.#oldEvents.all(from.at, from.number, before);
    const unneeded = old.filter(
      ({ id, feed_id, delivered }) => !delivered && !owed.events.has(id) && !owed.feeds.has(feed_id),
    );
    for (const { number } of unneeded) this.#deleteEvent.run(number);
    return { dropped: unneeded.length, last: old.at(-1) };
  }

  /** Read in the same transaction as the removal, so that no outbox comes in between. */
  #owed(): Owed {
    const events = new Set<string>();
    const feeds = new Set<string>();
    for (const { key, record } of this.#outboxes.all()) {
      try {
        for (const id of readOutbox(key, record)) events.add(id);
      } catch (error) {
        if (!(error instanceof FeedhookError)) throw error;
        feeds.add(key);
      }
    }
    return { events, feeds };
  }
}
