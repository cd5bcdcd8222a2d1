// What a document and its archives together ask of the next request. Pure. The spans of the document count from the end
// of the last answer, so that they only grow; what an archive asks for on top (Retry-After, a spent quota, a 429) holds
// as if the document had said it. The freshness of an archive says nothing of the document.

import type { FetchedFeed } from '../model/poll.ts';
import { refusedMs } from '../schedule/lane-hold.ts';

type Terms = FetchedFeed['terms'];

export function termsWith(before: Terms, archive: Terms, status: number | undefined): Terms {
  const { retryAfterMs = 0, rateLimitMs = 0, said, endedAt } = archive;
  // RFC 6585 §4: too many requests, whichever of them it was that was one too many: it holds the whole lane.
  const refusalMs = status === 429 ? Math.max(retryAfterMs || refusedMs, rateLimitMs) : rateLimitMs;
  const retry = status === 429 ? 0 : retryAfterMs;
  const quotaSaid =
    said?.rateLimit ?? (status === 429 ? (said?.retryAfter ?? 'a 429 to an archive') : undefined);
  const words = {
    ...before.said,
    ...(retry > 0 && said?.retryAfter !== undefined && { retryAfter: said.retryAfter }),
    ...(refusalMs > 0 && quotaSaid !== undefined && { rateLimit: quotaSaid }),
  };
  return {
    ...before,
    endedAt,
    ...(retry > 0 && { retryAfterMs: Math.max(retry, before.retryAfterMs ?? 0) }),
    ...(refusalMs > 0 && { rateLimitMs: Math.max(refusalMs, before.rateLimitMs ?? 0) }),
    ...(Object.keys(words).length > 0 && { said: words }),
  };
}
