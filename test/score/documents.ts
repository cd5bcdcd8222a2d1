// The documents of the scoring origin: small RSS feeds with everything in them that a client might be tempted to
// make validators from (lastBuildDate, pubDate), and things that are no feeds.

export interface Hints {
  readonly ttlMinutes?: number;
  readonly skipHours?: readonly number[];
}

/** Another `edition` is another body with one more entry. */
export function rss(edition = 1, { ttlMinutes, skipHours }: Hints = {}): Buffer {
  const items = Array.from({ length: edition }, (_none, at) => item(edition - at)).join('');
  const ttl = ttlMinutes === undefined ? '' : `<ttl>${ttlMinutes}</ttl>`;
  const skips = skipHours?.map((hour) => `<hour>${hour}</hour>`).join('') ?? '';
  return Buffer.from(
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Tides</title><link>https://example.org/</link>' +
      '<description>High and low water</description><lastBuildDate>Fri, 20 Nov 2026 06:00:00 GMT</lastBuildDate>' +
      `${ttl}${skips && `<skipHours>${skips}</skipHours>`}${items}</channel></rss>`,
  );
}

function item(number: number): string {
  return (
    `<item><guid isPermaLink="false">tide-${number}</guid><title>Tide ${number}</title>` +
    `<link>https://example.org/${number}</link><pubDate>Thu, 19 Nov 2026 06:00:00 GMT</pubDate></item>`
  );
}

/** What a broken server, a captive portal or an error page serves with a 200. */
export const noFeeds = {
  html: Buffer.from('<!doctype html><html><head><title>Sign in</title></head><body>Welcome</body></html>'),
  unclosed: rss(3).subarray(0, -20),
  empty: Buffer.alloc(0),
} as const;
