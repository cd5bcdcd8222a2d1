// The id of a feed that was given none: readable by its host, told apart by its URL, always the same.
// It changes when the URL does; a feed whose history should survive a new URL needs an `id` of its own.

import { createHash } from 'node:crypto';

// An id has at most 64 characters; `-` and 8 hex digits follow the host.
const longestHost = 55;

/** `https://example.org/feed.atom` -> `example.org-4d4c3e3e`. */
export function feedIdFromUrl(url: string): string {
  const host = new URL(url).hostname
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, longestHost);
  const digest = createHash('sha256').update(url).digest('hex').slice(0, 8);
  return `${host || 'feed'}-${digest}`;
}
