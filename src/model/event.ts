// What happened, as a receiver will see it. A stored event is immutable once it was handed to the queue: its id is computed
// and its bytes never change.

import type { Code } from '../errors.ts';

export const eventTypes = [
  'entry.new',
  'entry.updated',
  'entry.deleted',
  'feed.error',
  'feed.recovered',
  'feed.moved',
  'feed.gone',
  'feed.identity_churn',
  'endpoint.warning',
  'endpoint.disabled',
  'delivery.exhausted',
] as const;

/** What endpoints can subscribe to. */
export type SubscribedType = (typeof eventTypes)[number];
/** `test.ping` is sent by hand alone. */
export type EventType = SubscribedType | 'test.ping';
export type EntryEventType = Extract<EventType, `entry.${string}`>;
export type FeedEventType = Extract<EventType, `feed.${string}`>;
/** About an endpoint: told to others, never to itself. */
export type AlertType = Extract<EventType, `endpoint.${string}` | `delivery.${string}`>;

export interface StoredEvent {
  /** `evt_` and 26 characters, computed by outbox/event.ts. */
  readonly id: string;
  readonly type: EventType;
  /** Empty for what happened to an endpoint. */
  readonly feedId: string;
  readonly entryKey?: string;
  /** Entry events of this feed, counted from 1. */
  readonly sequence?: number;
  /** Epoch ms at which the change was detected. */
  readonly detectedAt: number;
  /** The JSON text of docs/delivery.md, the very bytes that the standard format sends. */
  readonly body: string;
  /** Its deliveries wait until the operator releases or drops them. */
  readonly isWithheld?: true;
}

/** An entry that was known under another id. */
export interface RenamedEntry {
  readonly id?: string;
  readonly previousId?: string;
  readonly url?: string;
  readonly title?: string;
}

/** What happened to a feed, not to an entry of it. `episodeAt` (epoch ms) and `step` make the id: docs/delivery.md. */
export type FeedNotice = { readonly episodeAt: number; readonly step: string } & (
  | {
      readonly type: 'feed.error';
      readonly code: Code;
      readonly message: string;
      readonly status?: number;
      /** Epoch ms. */
      readonly since: number;
      readonly failures: number;
      readonly lastSuccessAt?: number;
      readonly nextPollAt: number;
    }
  | {
      readonly type: 'feed.recovered';
      readonly since: number;
      readonly failures: number;
      /** No known entry was in the first good document: some may have come and gone in between. */
      readonly mayHaveMissed: boolean;
    }
  | {
      readonly type: 'feed.moved';
      readonly from: string;
      readonly to: string;
      readonly via: 301 | 308 | 'https' | 'itunes:new-feed-url' | 'rel=self' | 'undone';
      readonly isAdopted: boolean;
    }
  | {
      readonly type: 'feed.gone';
      readonly status: number;
      readonly since: number;
      readonly polling: 'parked' | 'slow';
    }
  | {
      readonly type: 'feed.identity_churn';
      /** Entries that were known under other ids. */
      readonly matched: number;
      /** Entries that may be old ones that were not recognised: the operator decides. */
      readonly withheld: number;
      /** Some of the matched ones, with the id before where it is known. */
      readonly sample: readonly RenamedEntry[];
    }
);
