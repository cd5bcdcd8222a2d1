// The FeedStore port: state and memory through Keyv, one key and one set each; events in their own table.

import type { Keyv } from 'keyv';
import { StoreError } from '../../errors.ts';
import type { StoredEvent } from '../../model/event.ts';
import type { FeedMemory, FeedState } from '../../model/feed.ts';
import type { RequestNote } from '../../model/poll.ts';
import type { FeedStore } from '../../ports.ts';
import { emptyOutboxPrefix, readMemoryRecord, writeMemoryRecord } from '../memory-record.ts';
import { readStateRecord, writeRequestNote, writeStateRecord } from '../state-record.ts';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import { damagedStore } from './fault.ts';
import { openKeyv } from './keyv-adapter.ts';

/** A state and, on a line of its own, the note that is in force over it: state-record.ts. */
const stateText = `record || coalesce((SELECT char(10) || note FROM requests WHERE requests.key = state.key), '')`;

/** Events stored in one transaction; a big baseline must not hold the event loop. */
const eventsTogether = 500;

interface EventRow {
  readonly id: string;
  readonly type: StoredEvent['type'];
  readonly feed_id: string;
  readonly entry_key: string | null;
  readonly sequence: number | null;
  readonly detected_at: number;
  readonly body: string;
  readonly is_withheld: number;
}

export class SqliteFeedStore implements FeedStore {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #states: Keyv<string>;
  readonly #memories: Keyv<string>;
  readonly #note: Query<never>;
  readonly #endNote: Query<never>;
  readonly #marker: Query<object>;
  readonly #outboxes: Query<{ readonly key: string }>;
  readonly #insertEvent: Query<never>;
  readonly #selectEvent: Query<EventRow>;

  constructor(database: Database, committer: Committer) {
    this.#database = database;
    this.#committer = committer;
    this.#endNote = database.query('DELETE FROM requests WHERE key = ?');
    this.#states = openKeyv(database, committer, {
      name: 'state',
      text: stateText,
      afterSet: (key) => this.#endNote.run(key),
    });
    this.#note = database.query('INSERT OR REPLACE INTO requests VALUES (?, ?)');
    this.#memories = openKeyv(database, committer, { name: 'memory' });
    this.#marker = database.query(`SELECT 1 FROM meta WHERE key = 'generation'`);
    this.#outboxes = database.query(
      `SELECT key FROM memory WHERE substr(record, 1, ${emptyOutboxPrefix.length}) <> '${emptyOutboxPrefix}' ORDER BY key`,
    );
    // A poll that a crash cut off before its memory was written is judged anew, perhaps of a document that has changed
    // since. What the memory will say is that judgement, so that receivers must get it too.
    this.#insertEvent = database.query(
      `INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, detected_at = excluded.detected_at,
         body = excluded.body, is_withheld = excluded.is_withheld
       WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE event_id = events.id)`,
    );
    this.#selectEvent = database.query('SELECT * FROM events WHERE id = ?');
  }

  async readStates(feedIds: readonly string[]): Promise<Map<string, FeedState>> {
    const records = await this.#states.getMany([...feedIds]);
    const states = new Map<string, FeedState>();
    for (const [place, feedId] of feedIds.entries()) {
      const record = records[place];
      if (record !== undefined) states.set(feedId, readStateRecord(feedId, record));
    }
    return states;
  }

  writeState(state: FeedState): Promise<void> {
    return put(this.#states, state.feedId, writeStateRecord(state));
  }

  noteRequest(feedId: string, note: RequestNote): Promise<void> {
    const text = writeRequestNote(note);
    return this.#committer.commit(() => void this.#note.run(feedId, text));
  }

  async readMemory(feedId: string): Promise<FeedMemory | undefined> {
    const record = await this.#memories.get(feedId);
    if (record !== undefined) return readMemoryRecord(feedId, record);
    await this.#database.read(() => this.#requireMarker());
    return undefined;
  }

  async writeMemory(memory: FeedMemory): Promise<void> {
    await put(this.#memories, memory.feedId, writeMemoryRecord(memory));
  }

  async feedsWithOutbox(): Promise<string[]> {
    return this.#database.read(() => this.#outboxes.all().map(({ key }) => key));
  }

  async addEvents(events: readonly StoredEvent[]): Promise<void> {
    await this.#committer.commitEach(events, eventsTogether, (some) => {
      for (const event of some) this.#addEvent(event);
    });
  }

  async readEvents(ids: readonly string[]): Promise<StoredEvent[]> {
    const rows = await this.#database.readInTurn(() => ids.map((id) => this.#selectEvent.get(id)));
    return rows.filter((row) => row !== undefined).map(toEvent);
  }

  #addEvent({ id, type, feedId, entryKey, sequence, detectedAt, body, isWithheld }: StoredEvent): void {
    const withheld = isWithheld ? 1 : 0;
    this.#insertEvent.run(id, type, feedId, entryKey ?? null, sequence ?? null, detectedAt, body, withheld);
  }

  /** "Absent" means a first poll only when the store can prove to be the one that was filled. */
  #requireMarker(): void {
    this.#database.endView();
    if (this.#marker.get() === undefined) {
      throw damagedStore(this.#database.path, 'its generation marker is gone');
    }
  }
}

async function put(keyv: Keyv<string>, key: string, record: string): Promise<void> {
  const isStored = await keyv.set(key, record);
  if (!isStored) throw new StoreError('store-failed', `the store did not take the record of ${key}`);
}

function toEvent(row: EventRow): StoredEvent {
  return {
    id: row.id,
    type: row.type,
    feedId: row.feed_id,
    ...(row.entry_key !== null && { entryKey: row.entry_key }),
    ...(row.sequence !== null && { sequence: row.sequence }),
    detectedAt: row.detected_at,
    body: row.body,
    ...(row.is_withheld !== 0 && { isWithheld: true as const }),
  };
}
