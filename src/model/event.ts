// What happened, as a receiver will see it. A stored event is immutable: its id is computed and its bytes never change.

export type EntryEventType = 'entry.new' | 'entry.updated';
export type EventType = EntryEventType;

export interface StoredEvent {
  /** `evt_` and 26 characters, computed by outbox/event.ts. */
  readonly id: string;
  readonly type: EventType;
  readonly feedId: string;
  readonly entryKey?: string;
  /** Entry events of this feed, counted from 1. */
  readonly sequence?: number;
  /** Epoch ms at which the change was detected. */
  readonly detectedAt: number;
  /** The JSON text of docs/delivery.md, the very bytes that the standard format sends. */
  readonly body: string;
}
