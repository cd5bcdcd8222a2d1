// Makes URLs absolute, and lets only http and https through: what a feed calls a link may be javascript:,
// file: or worse, and a receiver will believe it. White space is trimmed and IRIs are encoded as WHATWG URL does.

const web = /^https?:$/;

/** The absolute http(s) URL that `href` means at `base`, or `undefined` when it means none. */
export function resolveUrl(href: string | undefined, base: string | undefined): string | undefined {
  const text = href?.trim();
  if (!text) return undefined;
  const url = URL.parse(text, base);
  return url !== null && web.test(url.protocol) && url.hostname !== '' ? url.href : undefined;
}

/** The base inside an element with this xml:base; one that is no web address changes nothing. */
export function resolveBase(xmlBase: string | undefined, outer: string | undefined): string | undefined {
  return resolveUrl(xmlBase, outer) ?? outer;
}

/** The web address that an id is by itself, as a permalink guid must be. */
export function permalink(id: string | undefined): string | undefined {
  return id !== undefined && /^https?:\/\//i.test(id) ? resolveUrl(id, undefined) : undefined;
}
