// Makes URLs absolute, and lets only http and https through: what a feed calls a link may be javascript:,
// file: or worse, and a receiver will believe it. White space is trimmed and IRIs are encoded as WHATWG URL does.

const web = /^https?:$/;

/** In characters, as for a Location (FAULTS §2). A longer one is no address, and each event of a feed would repeat it. */
const maxUrlLength = 4_096;

/** The absolute http(s) URL that `href` means at `base`, or `undefined` when it means none. */
export function resolveUrl(href: string | undefined, base: string | undefined): string | undefined {
  const text = href?.trim();
  if (!text) return undefined;
  const url = URL.parse(text, base);
  const isWeb = url !== null && web.test(url.protocol) && url.hostname !== '';
  return isWeb && url.href.length <= maxUrlLength ? url.href : undefined;
}

/** Each link that is resolved costs as much as its base is long: 2,000 links at one of 100 KB took 25 seconds. */
const maxBaseLength = 1000;

/** The base inside an element with this xml:base; one that is no web address, or absurdly long, changes nothing. */
export function resolveBase(xmlBase: string | undefined, outer: string | undefined): string | undefined {
  if (xmlBase === undefined || xmlBase.length > maxBaseLength) return outer;
  const base = resolveUrl(xmlBase, outer);
  return base === undefined || base.length > maxBaseLength ? outer : base;
}

/** The web address that an id is by itself, as a permalink guid must be. */
export function permalink(id: string | undefined): string | undefined {
  return id !== undefined && /^https?:\/\//i.test(id) ? resolveUrl(id, undefined) : undefined;
}
