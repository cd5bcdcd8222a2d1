// The record of one request: read from the very headers that went out and from what came back, so that the score is
// counted from what was done and not from what was meant.

import type { Exchange } from '../model/poll.ts';
import type { RequestHeaders } from './conditional.ts';
import { firstLine } from './headers.ts';
import type { Answer, Unanswered } from './outcome.ts';

type Sent = Exchange['sent'];

const nothingSent: Sent = Object.freeze({});

/** Names of what a poller must not send unasked. */
const improperNames: ReadonlySet<string> = new Set(['cookie', 'referer', 'cache-control', 'pragma']);

/** What a request said of validators, and what it should not have said. */
export function sentIn(headers: RequestHeaders): Sent {
  let ifNoneMatch: string | undefined;
  let ifModifiedSince: string | undefined;
  let improper: string[] | undefined;
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] ?? '').toLowerCase();
    if (name === 'if-none-match') ifNoneMatch = headers[at + 1];
    else if (name === 'if-modified-since') ifModifiedSince = headers[at + 1];
    else if (improperNames.has(name)) improper = [...(improper ?? []), name];
  }
  if (ifNoneMatch === undefined && ifModifiedSince === undefined && !improper) return nothingSent;
  return {
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(ifModifiedSince !== undefined && { ifModifiedSince }),
    ...(improper && { improper }),
  };
}

/** Whether a request says what its origin gave before. */
export function isConditional({ ifNoneMatch, ifModifiedSince }: Sent): boolean {
  return ifNoneMatch !== undefined || ifModifiedSince !== undefined;
}

/** `undefined` for a request that never got as far as a connection: its origin cannot have seen it. */
export function exchangeOf(
  url: URL,
  sent: Sent,
  answer: Answer | Unanswered,
  startedAt: number,
  endedAt: number,
): Exchange | undefined {
  const base = { url: url.href, startedAt, endedAt, sent };
  if (answer.status === undefined) {
    return answer.times && answer.times.peer === undefined ? undefined : base;
  }
  const { status, headers } = answer;
  const etag = firstLine(headers, 'etag');
  const lastModified = firstLine(headers, 'last-modified');
  if (etag === undefined && lastModified === undefined) return { ...base, status };
  const received = {
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
  };
  return { ...base, status, received };
}
