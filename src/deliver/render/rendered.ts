// What a format is given, and what it makes of it: the bytes that are signed and sent, and what they are. Every format is one
// pure function of this type; the same events and options give the same bytes.

import type { EndpointConfig } from '../../config/load.ts';
import type { EventView } from './payload.ts';

export type { EventView } from './payload.ts';

export interface Rendered {
  readonly body: Buffer;
  readonly contentType: string;
  /** POST when absent. */
  readonly method?: 'PUT';
  /** Appended to the path of the endpoint's URL. */
  readonly path?: string;
  /** Parameters for the query of the endpoint's URL; one that is there already keeps the operator's value. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers that the format itself wants. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RenderOptions
  extends Pick<
    EndpointConfig,
    'id' | 'url' | 'format' | 'content' | 'maxBytes' | 'to' | 'sender' | 'priority' | 'template'
  > {
  /** The `webhook-id` of the request: the event's, or the batch's. */
  readonly requestId: string;
  /** The usual form was refused: plain text, shortened, without anything that a service could stumble over. */
  readonly isFallback: boolean;
}

/** Throws DeliveryError `event-unrenderable` when it cannot be done; whatever comes out is within `maxBytes`. */
export type Render = (events: readonly [EventView, ...EventView[]], options: RenderOptions) => Rendered;
