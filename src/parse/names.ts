// The element names that decide something before namespaces are known: which root makes a document a
// feed, which elements are entries, and which hold text that may itself be markup.

/** The name without prefix, lower case: feeds write `pubdate`, `RSS`, `rdf:rdf`. */
export function localName(name: string): string {
  const colon = name.indexOf(':');
  return (colon === -1 ? name : name.slice(colon + 1)).toLowerCase();
}

export const feedRoots: ReadonlySet<string> = new Set(['rss', 'feed', 'rdf', 'channel']);

export const entryNames: ReadonlySet<string> = new Set(['item', 'entry']);

/** Their inside is taken raw, so that xhtml, inline HTML and CDATA reach the model as they stand. */
export const textNames: ReadonlySet<string> = new Set([
  'title',
  'description',
  'encoded',
  'summary',
  'content',
  'body',
  'subtitle',
  'tagline',
  'rights',
  'copyright',
  'info',
]);

/** HTML elements that never have an end tag. Left out are those that are feed elements too: link, source. */
export const voidNames: ReadonlySet<string> = new Set([
  'area',
  'br',
  'col',
  'embed',
  'hr',
  'img',
  'input',
  'param',
  'track',
  'wbr',
]);
