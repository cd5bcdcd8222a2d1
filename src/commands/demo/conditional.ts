// Whether a conditional GET finds the representation unchanged, as an origin decides it.

import type { IncomingHttpHeaders } from 'node:http';

export interface CurrentValidators {
  readonly etag: string;
  /** Epoch ms; compared in whole seconds, as an HTTP date has no more. */
  readonly modifiedAt: number;
}

/**
 * RFC 9110 §13.2.2: where If-None-Match is present it alone decides, and If-Modified-Since is not looked at.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
export function isNotModified(headers: IncomingHttpHeaders, current: CurrentValidators): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return listsTag(ifNoneMatch, current.etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && Math.floor(current.modifiedAt / 1000) * 1000 <= since;
}

/** RFC 9110 §13.1.2: the comparison is weak, so `W/` counts for nothing. https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 */
function listsTag(field: string, etag: string): boolean {
  if (field.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return [...field.matchAll(/"[^"]*"/g)].some(([tag]) => tag === opaque);
}
