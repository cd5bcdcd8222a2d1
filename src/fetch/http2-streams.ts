// How a stream of HTTP/2 ended. undici 8.12 takes a stream that the origin reset with CANCEL in mid-body for a
// complete answer, and does not hand out its streams; Node announces each one as it is made, in the same turn.
// RFC 9113 §8.1: a response ends with END_STREAM. https://www.rfc-editor.org/rfc/rfc9113#section-8.1

import { subscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream } from 'node:http2';

/** A request that wants to know its stream. */
export interface StreamOwner {
  stream?: Pick<ClientHttp2Stream, 'rstCode'>;
}

let next: StreamOwner | undefined;
let isWatching = false;

/** Once, by the first client that may speak HTTP/2; costs nothing where nobody does. */
export function watchStreams(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe('http2.client.stream.created', (message) => {
    if (next) next.stream = (message as { stream: ClientHttp2Stream }).stream;
    next = undefined;
  });
}

/** The stream that is made next belongs to this request. */
export function expectStream(owner: StreamOwner): void {
  next = owner;
}

/** Whether the origin gave the stream up; a reset with NO_ERROR cannot be told from an end. */
export function wasReset({ stream }: StreamOwner): boolean {
  return stream !== undefined && (stream.rstCode ?? 0) !== 0;
}
