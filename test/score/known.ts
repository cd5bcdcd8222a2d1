// What a polite client knows of one resource after each answer, by POLITENESS.md §7: the validators it must
// send next, and the waits that are in force. Pure, and written from the text, not from the program.

import { type Asks, dayMs, hourMs } from './answer.ts';
import type { Visit } from './scoring-origin.ts';

export interface Pair {
  readonly etag?: string;
  readonly modified?: string;
}

export interface Known {
  readonly pair: Pair;
  /** Every validator that this resource ever gave with a complete document or a 304. */
  readonly given: ReadonlySet<string>;
  /** What the last answer did to the pair; decides which rules the next request puts to the test. */
  readonly last: 'document' | 'same-body' | 'moved-by-304' | 'bare-304' | 'failure' | 'nothing-yet';
  /** The last complete document lacked a validator that was known before it. */
  readonly hasDropped: boolean;
  /** The wait that the absence or presence of validators asks for. */
  readonly ownMs: number;
  readonly body?: Uint8Array;
  /** Of the document, renewed by a 304 that says nothing else. */
  readonly lifetimeMs: number;
  readonly hints: Pick<Asks, 'ttlMs' | 'skips'>;
}

export const unknown: Known = {
  pair: {},
  given: new Set(),
  last: 'nothing-yet',
  hasDropped: false,
  ownMs: hourMs,
  lifetimeMs: 0,
  hints: {},
};

export function knownAfter(before: Known, { answer, answered, endedAt }: Visit): Known {
  if (!answer || endedAt === undefined) return { ...before, last: 'failure' };
  if (answer.isDocument) return afterDocument(before, answer.body, pairOf(answered), answer.asks);
  if (answer.status === 304) return after304(before, pairOf(answered), answer.asks);
  return { ...before, last: 'failure' };
}

function afterDocument(before: Known, body: Uint8Array, pair: Pair, asks: Asks): Known {
  return {
    pair,
    given: withPair(before.given, pair),
    last: before.body && Buffer.compare(body, before.body) === 0 ? 'same-body' : 'document',
    hasDropped:
      (before.pair.etag !== undefined && pair.etag === undefined) ||
      (before.pair.modified !== undefined && pair.modified === undefined),
    // Rule 10: every poll of a feed without validators costs the origin a whole document.
    ownMs: pair.etag === undefined && pair.modified === undefined ? dayMs : hourMs,
    body,
    lifetimeMs: asks.freshnessMs ?? 0,
    hints: {
      ...(asks.ttlMs !== undefined && { ttlMs: asks.ttlMs }),
      ...(asks.skips && { skips: asks.skips }),
    },
  };
}

// RFC 9111 §4.3.4, by the table of POLITENESS §7. https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
function after304(before: Known, carried: Pair, { freshnessMs = before.lifetimeMs }: Asks): Known {
  const isOther =
    carried.etag !== undefined &&
    before.pair.etag !== undefined &&
    opaque(carried.etag) !== opaque(before.pair.etag);
  const pair = isOther ? {} : { ...before.pair, ...carried };
  const hasMoved = pair.etag !== before.pair.etag || pair.modified !== before.pair.modified;
  return {
    ...before,
    pair,
    given: withPair(before.given, pair),
    last: hasMoved ? 'moved-by-304' : 'bare-304',
    lifetimeMs: freshnessMs,
  };
}

function pairOf(fields: Visit['answered']): Pair {
  const { etag = '', 'last-modified': modified = '' } = fields;
  return { ...(etag !== '' && { etag }), ...(modified !== '' && { modified }) };
}

function withPair(given: ReadonlySet<string>, { etag, modified }: Pair): ReadonlySet<string> {
  return new Set([...given, etag ?? [], modified ?? []].flat());
}

const opaque = (etag: string) => etag.replace(/^W\//, '');
