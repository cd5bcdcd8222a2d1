// When two spellings of a URL mean the same page: scheme, case of the host, one trailing slash and tracking
// parameters do not count. Works on the text, without `new URL`: ids only look like URLs, and every
// other byte of theirs has to stay as it is. Decides nothing about whether two entries are the same.

/** `place` is host and path without a trailing slash, `rest` is query and fragment. */
export interface CanonicalUrl {
  readonly place: string;
  readonly rest: string;
}

const webUrl = /^https?:\/\/([^/?#]+)([^?#]*)(\?[^#]*)?(#.*)?$/is;

// Added by mailers, shorteners and feed generators on the way; no publisher tells pages apart by them.
const tracking =
  /^(?:utm_[^=]*|at_(?:medium|campaign|custom\d)|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_[ce]id|_hsenc|_hsmi|mkt_tok|oly_(?:anon|enc)_id|vero_id)(?:=|$)/i;

export function canonicalUrl(text: string): CanonicalUrl | undefined {
  const [, host, path = '', query = '', fragment = ''] = webUrl.exec(text) ?? [];
  if (host === undefined) return undefined;
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  return { place: host.toLowerCase() + bare, rest: withoutTracking(query) + fragment };
}

/** The text by which equal pages are equal; what is no web URL stands for itself. */
export function canonicalText(text: string): string {
  const url = canonicalUrl(text);
  return url ? url.place + url.rest : text;
}

/** The four usual spellings, so that a known key can be found by its digest alone. */
export function spellings({ place, rest }: CanonicalUrl): string[] {
  return ['https', 'http'].flatMap((scheme) => [
    `${scheme}://${place}${rest}`,
    `${scheme}://${place}/${rest}`,
  ]);
}

function withoutTracking(query: string): string {
  if (query === '') return '';
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => !tracking.test(pair));
  return kept.length > 0 && kept[0] !== '' ? `?${kept.join('&')}` : '';
}
