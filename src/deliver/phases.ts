// Where the time of an attempt went. undici does not tell a request whether its connection was made for it, so each client notes
// how its newest one came about, and the first request on it, which starts in the same turn, takes that note away. One note a
// client, whatever happens.

import type { Connect, Made } from '../fetch/connector.ts';
import type { AttemptPhases } from '../model/delivery.ts';

/** Milliseconds up to where the request could be written. */
export type Connecting = Omit<AttemptPhases, 'firstByteMs'>;

export class ConnectionNotes {
  #fresh: Connecting | undefined;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How the connection of a request that starts now was made for it; empty on a kept one. */
  get fresh(): Connecting {
    return this.#fresh ?? {};
  }

  watching(connect: Connect): Connect {
    return (options, answer) => {
      const startedAt = this.#now();
      const note = (made: Made) => {
        this.#fresh = connecting(startedAt, made);
      };
      const end: typeof answer = (...result) => {
        answer(...result);
        this.#fresh = undefined;
      };
      connect(options, end, note);
    };
  }
}

// A literal address is not looked up.
function connecting(startedAt: number, { resolvedAt, connectedAt, securedAt }: Made): Connecting {
  return {
    ...(resolvedAt !== undefined && { dnsMs: span(startedAt, resolvedAt) }),
    connectMs: span(resolvedAt ?? startedAt, connectedAt),
    ...(securedAt !== undefined && { tlsMs: span(connectedAt, securedAt) }),
  };
}

/** Never negative, though a clock may be set back in between. */
export function span(from: number, to: number): number {
  return Math.max(0, to - from);
}
