// What a store holds, in the words of no store: the records that a migration carries from one to another, whole enough that
// nothing is sent again, forgotten or told twice. What a start makes anew is not among them: due times of lanes, slots, tokens
// of a rate.

import type { DeadReason, DeliveryState, LanePlace, SkipReason } from './delivery.ts';
import type { StoredEvent } from './event.ts';

/** In the order in which a store takes them: a delivery needs its endpoint, and keeps its event as it is. */
export const portableKinds = ['event', 'endpoint', 'delivery', 'memory', 'state', 'hold'] as const;
export type PortableKind = (typeof portableKinds)[number];

export type PortableRecord =
  | ({ readonly kind: 'event' } & StoredEvent)
  | ({ readonly kind: 'endpoint' } & PortableEndpoint)
  | ({ readonly kind: 'delivery' } & PortableDelivery)
  | ({ readonly kind: 'memory' } & PortableText)
  | ({ readonly kind: 'state' } & PortableText)
  /** Until when a lane may not run, whatever is due. */
  | { readonly kind: 'hold'; readonly laneId: string; readonly heldUntil: number };

export type RecordOf<K extends PortableKind> = Extract<PortableRecord, { readonly kind: K }>;

/** As both stores keep it: a feed's memory with its outbox, or its state with what the note of a last request says. */
export interface PortableText {
  readonly feedId: string;
  readonly text: string;
}

export interface PortableEndpoint {
  readonly id: string;
  readonly target?: string;
  /** As a text: it holds what a later version may have added. */
  readonly condition: string;
  /** By which rule its pending deliveries stand in lanes; `mixed` while they get other places. */
  readonly lanes: 'none' | 'feed' | '*' | 'mixed';
  readonly batchCount?: number;
  readonly lastSequence: number;
}

export interface PortableDelivery {
  /** Over all deliveries, in the order of adding. */
  readonly number: number;
  readonly eventId: string;
  readonly endpointId: string;
  readonly feedId: string;
  readonly state: DeliveryState;
  readonly reason?: DeadReason | SkipReason;
  readonly attempts: number;
  readonly dueAt: number;
  readonly addedAt: number;
  readonly changedAt: number;
  readonly sequence: number;
  readonly isReplay: boolean;
  readonly lane?: string;
  readonly place: LanePlace;
  /** Of the first failed attempt. */
  readonly failedAt?: number;
  readonly isFallback: boolean;
  /** The one at the head of the request that it shares, perhaps itself. */
  readonly batch?: { readonly number: number; readonly eventId: string };
  readonly isAlone: boolean;
  /** Attempts as JSON, oldest first. */
  readonly log: readonly string[];
}

/** Why a store must not be worked with, as it says itself. */
export type StoreMark =
  /** A migration into it began and has not ended. */
  | { readonly kind: 'unfinished'; readonly from: StoreName; readonly at: number }
  /** What it holds has moved; since then it is out of date. */
  | { readonly kind: 'moved'; readonly to: StoreName; readonly at: number };

export interface StoreName {
  /** For people, without credentials. */
  readonly name: string;
  /** The random word that a store keeps from its beginning. */
  readonly generation: string;
}
