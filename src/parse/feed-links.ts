// What an HTML page, or a document that only says where its feed went, tells about feeds elsewhere. Pure, and says
// nothing about whether they are feeds. Looks at the beginning of a page only, so a hostile one costs little.
// HTML §4.6.7.1, rel=alternate with the type of a feed: https://html.spec.whatwg.org/#rel-alternate

import { type HtmlTag, startTags } from './html-tags.ts';
import { decodeHtml } from './references.ts';
import { collapse } from './text.ts';
import { resolveBase, resolveUrl } from './url.ts';

export interface FeedLink {
  /** Absolute http(s), without user-info and fragment. */
  readonly url: string;
  /** The media type that the page claims, lower case, without parameters. */
  readonly type?: string;
  readonly title?: string;
  readonly language?: string;
}

export interface PageLinks {
  /** Link elements; those whose type could be anything stand last. */
  readonly links: readonly FeedLink[];
  /** `<a href>` that look like feeds. */
  readonly anchors: readonly FeedLink[];
}

/** Characters of a page that are looked at. Link elements stand in its head. */
const lookedAtLength = 512 * 1024;
/** Of each kind, before and after they are resolved; no honest page has as many. */
const maxFound = 1000;
const maxLinks = 100;
const maxTitleLength = 200;

const feedTypes: ReadonlySet<string> = new Set([
  'application/rss+xml',
  'application/atom+xml',
  'application/feed+json',
  'application/rdf+xml',
]);

/** Types of feeds and of much else. */
const looseTypes: ReadonlySet<string> = new Set(['application/json', 'application/xml', 'text/xml']);

const linkAttributes = new Set(['rel', 'type', 'href', 'title', 'hreflang']);
const wanted: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['base', new Set(['href'])],
  ['link', linkAttributes],
  ['a', linkAttributes],
]);

/** What the link elements of a page name as its feeds, best first. */
export function feedLinks(html: string, url: string): readonly FeedLink[] {
  return pageLinks(html, url).links;
}

export function pageLinks(html: string, url: string): PageLinks {
  const links: HtmlTag[] = [];
  const loose: HtmlTag[] = [];
  const anchors: HtmlTag[] = [];
  let base: string | undefined;
  for (const tag of startTags(html.slice(0, lookedAtLength), wanted)) {
    if (tag.name === 'base') base ??= tag.attributes.get('href');
    else if (tag.name === 'a') note(anchors, tag, mayBeFeed(tag));
    else note(looseTypes.has(typeOf(tag)) ? loose : links, tag, isFeedLink(tag));
  }
  // HTML §4.2.3: the first base counts, for what stands before it too. https://html.spec.whatwg.org/#the-base-element
  const resolve = (tags: readonly HtmlTag[]) => tags.flatMap((tag) => resolved(tag, resolveBase(base, url)));
  return {
    links: distinct(resolve([...links, ...loose]).filter((link) => !isInterface(link))),
    anchors: distinct(resolve(anchors).filter((link) => isNearFeed(link, url))),
  };
}

// The RSS 2.0 redirect of Radio UserLand: an XML document in the feed's place that says where it went.
const redirectRoot = /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)?<redirect[\s>]/i;
const newLocation = /<newLocation>\s*(?:<!\[CDATA\[)?\s*([^\s<]{1,2000}?)\s*(?:\]\]>)?\s*<\/newLocation/i;

/** Where `<redirect><newLocation>` says that the feed is now. */
export function redirectTarget(text: string, url: string): string | undefined {
  const head = text.slice(0, 4096);
  if (!redirectRoot.test(head)) return undefined;
  return publicUrl(decodeHtml(newLocation.exec(head)?.[1] ?? ''), url);
}

function note(tags: HtmlTag[], tag: HtmlTag, isWanted: boolean): void {
  if (isWanted && tags.length < maxFound) tags.push(tag);
}

function isFeedLink(tag: HtmlTag): boolean {
  const rels = relsOf(tag);
  const type = typeOf(tag);
  if (feedTypes.has(type) || looseTypes.has(type)) return rels.includes('alternate') || rels.includes('feed');
  // rel=feed without a type may be a page of microformats, which only a look tells.
  return type === '' && rels.includes('feed');
}

/** Cheap, before anything is resolved. */
function mayBeFeed(tag: HtmlTag): boolean {
  return feedTypes.has(typeOf(tag)) || /feed|rss|atom|xml|rdf/i.test(tag.attributes.get('href') ?? '');
}

/** HTML §4.6.7: a set of tokens in any case. */
function relsOf({ attributes }: HtmlTag): string[] {
  return (attributes.get('rel') ?? '').slice(0, 1000).toLowerCase().split(/\s+/);
}

function typeOf({ attributes }: HtmlTag): string {
  return (attributes.get('type') ?? '').slice(0, 200).split(';', 1).join('').trim().toLowerCase();
}

function resolved(tag: HtmlTag, base: string | undefined): FeedLink[] {
  const url = publicUrl(tag.attributes.get('href') ?? '', base);
  if (url === undefined) return [];
  const type = typeOf(tag);
  const title = collapse((tag.attributes.get('title') ?? '').slice(0, maxTitleLength));
  const language = tag.attributes.get('hreflang') ?? '';
  return [
    {
      url,
      ...(type !== '' && { type }),
      ...(title !== '' && { title }),
      ...(/^[a-z\d-]{1,35}$/i.test(language) && { language }),
    },
  ];
}

/** Credentials in a stranger's page are none of ours, and a fragment is never sent. */
function publicUrl(href: string, base: string | undefined): string | undefined {
  // `feed:` asks a browser to open a reader: feed:https://example.org/, or feed://example.org/ for a web address.
  const address = resolveUrl(href.replace(/^\s*feed:(?=https?:|\/\/)/i, ''), base);
  if (address === undefined || address.length > 2000) return undefined;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  url.hash = '';
  return url.href;
}

/** The REST interface that WordPress names as the JSON alternate of every page. */
function isInterface({ url, type }: FeedLink): boolean {
  return type === 'application/json' && /\/wp-json(?:\/|$)|[?&]rest_route=/.test(url);
}

const feedPath = /\/(?:feeds?|rss2?|atom)\/?$|\.(?:rss|atom|rdf)$|feed\.json$|\.xml$/i;
const feedQuery = /[?&](?:feed|format|type|alt)=(?:rss|atom|rdf|jsonfeed)/i;
const feedHost = /^(?:feeds?|rss)\./;

/** On the page's own host, or on one that is there for feeds. */
function isNearFeed({ url: link, type = '' }: FeedLink, page: string): boolean {
  const { hostname, pathname, search } = new URL(link);
  if (bareHost(hostname) !== bareHost(new URL(page).hostname) && !feedHost.test(hostname)) return false;
  if (/sitemap|opensearch/i.test(pathname)) return false;
  return feedTypes.has(type) || feedPath.test(pathname) || feedQuery.test(search);
}

function bareHost(hostname: string): string {
  return hostname.replace(/^www\./, '');
}

function distinct(links: readonly FeedLink[]): FeedLink[] {
  const seen = new Map<string, FeedLink>();
  for (const link of links) if (!seen.has(link.url)) seen.set(link.url, link);
  return [...seen.values()].slice(0, maxLinks);
}
