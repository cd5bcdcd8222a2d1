// Gives elements names that do not depend on prefixes: `content:encoded` whatever the document calls it.
// A name is matched by its namespace URI; an undeclared prefix falls back to what it conventionally means.
// The feed's own namespace is the one of its root element, even when that is a wrong one.
// https://www.w3.org/TR/xml-names/

import { localName } from './names.ts';

/** Namespace -> the prefix used in this program. Looked up without scheme, final slash or #, in lower case. */
const prefixes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    atom: [
      'www.w3.org/2005/atom',
      'purl.org/atom/ns',
      'purl.org/pie',
      'purl.org/echo',
      'example.com/newformat',
    ],
    '': [
      'purl.org/rss/1.0',
      'purl.org/net/rss1.1',
      'my.netscape.com/rdf/simple/0.9',
      'channel.netscape.com/rdf/simple/0.9',
      'my.netscape.com/publish/formats/rss-0.91.dtd',
      'backend.userland.com/rss',
      'backend.userland.com/rss2',
      'backend.userland.com/rss091',
      'backend.userland.com/rss092',
      'blogs.law.harvard.edu/tech/rss',
      'cyber.law.harvard.edu/rss',
      'www.rssboard.org/rss-specification',
    ],
    content: ['purl.org/rss/1.0/modules/content'],
    dc: ['purl.org/dc/elements/1.1', 'purl.org/dc/elements/1.0', 'purl.org/dc'],
    dcterms: ['purl.org/dc/terms'],
    sy: ['purl.org/rss/1.0/modules/syndication', 'purl.org/rss/modules/syndication'],
    slash: ['purl.org/rss/1.0/modules/slash'],
    media: ['search.yahoo.com/mrss', 'www.rssboard.org/media-rss', 'video.search.yahoo.com/mrss'],
    itunes: [
      'www.itunes.com/dtds/podcast-1.0.dtd',
      'itunes.com/dtds/podcast-1.0.dtd',
      'www.itunes.com/dtds/podcast-1.0',
      'example.com/dtds/podcast-1.0.dtd',
    ],
    xhtml: ['www.w3.org/1999/xhtml'],
    rdf: ['www.w3.org/1999/02/22-rdf-syntax-ns'],
    feedburner: ['rssnamespace.org/feedburner/ext/1.0'],
    podcast: [
      'podcastindex.org/namespace/1.0',
      'github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md',
    ],
    thr: ['purl.org/syndication/thread/1.0'],
    wfw: ['wellformedweb.org/commentapi'],
    at: ['purl.org/atompub/tombstones/1.0'],
    fh: ['purl.org/syndication/history/1.0'],
    georss: ['www.georss.org/georss', 'www.georss.org/georss/10'],
    gml: ['www.opengis.net/gml', 'www.opengis.net/gml/3.2'],
    geo: ['www.w3.org/2003/01/geo/wgs84_pos'],
    creativecommons: [
      'backend.userland.com/creativecommonsrssmodule',
      'cyber.law.harvard.edu/rss/creativecommonsrssmodule.html',
    ],
    cc: ['web.resource.org/cc', 'creativecommons.org/ns'],
  }).flatMap(([prefix, uris]) => uris.map((uri) => [uri, prefix])),
);

const conventional: ReadonlySet<string> = new Set(prefixes.values());

/** The bindings that one element makes, those that it inherits, and the names worked out under both. */
export interface Namespaces {
  /** Prefix in the document -> prefix used here; `undefined` for a namespace nobody here knows. */
  readonly bindings: ReadonlyMap<string, string | undefined>;
  /** Linked and not copied: 20,000 bindings in each of 20,000 elements would fill the heap. */
  readonly outer?: Namespaces;
  readonly names: Map<string, string>;
}

/** What the root element says: its own namespace is the feed's, called `own`. */
export function rootNamespaces(rootName: string, attributes: Attributes, own: '' | 'atom'): Namespaces {
  return { bindings: bindingsOf(attributes).set(prefixOf(rootName), own), names: new Map() };
}

export type Attributes = Readonly<Record<string, string>>;

/** `outer`, changed by the xmlns attributes of an element inside. */
export function innerNamespaces(outer: Namespaces, attributes: Attributes): Namespaces {
  return { bindings: bindingsOf(attributes), outer, names: new Map() };
}

function bindingsOf(attributes: Attributes): Map<string, string | undefined> {
  const bindings = new Map<string, string | undefined>();
  for (const [name, uri] of Object.entries(attributes)) {
    if (name === '@_xmlns') bindings.set('', knownPrefix(uri));
    else if (name.startsWith('@_xmlns:')) bindings.set(name.slice(8), knownPrefix(uri));
  }
  return bindings;
}

/** For example `title`, `atom:link`, `dc:creator`; `?` and the local name for what nobody here knows. */
export function nameOf(name: string, namespaces: Namespaces): string {
  const known = namespaces.names.get(name);
  if (known !== undefined) return known;
  const bound = meaningOf(prefixOf(name), namespaces);
  const resolved = bound === '' ? localName(name) : `${bound ?? '?'}:${localName(name)}`;
  namespaces.names.set(name, resolved);
  return resolved;
}

/** Of the innermost binding; as far out as elements are deep. */
function meaningOf(prefix: string, innermost: Namespaces): string | undefined {
  for (let each: Namespaces | undefined = innermost; each; each = each.outer) {
    if (each.bindings.has(prefix)) return each.bindings.get(prefix);
  }
  return byConvention(prefix);
}

function byConvention(prefix: string): string | undefined {
  const lower = prefix.toLowerCase();
  return conventional.has(lower) ? lower : undefined;
}

function knownPrefix(uri: string): string | undefined {
  const bare = uri
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/[/#]$/, '');
  return bare === '' ? '' : prefixes.get(bare);
}

function prefixOf(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? '' : name.slice(0, colon);
}
