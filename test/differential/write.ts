// A feed model and a style become a document. The styles are the freedoms that the formats give, and those that
// publishers take: prefixes, order, white space, CDATA or references, markup in titles, forms of dates.

import fc from 'fast-check';
import { documentUrl, type EntryModel, type FeedModel } from './model.ts';

export const formats = ['rss20', 'rss10', 'atom10', 'json11'] as const;

export interface Style {
  readonly format: (typeof formats)[number];
  /** Before the names of the format itself; Atom and RSS 1.0 only. */
  readonly prefix: '' | 'f';
  /** Before the names of the modules. */
  readonly modulePrefix: 'usual' | 'odd';
  readonly title: 'text' | 'html' | 'cdata' | 'xhtml';
  readonly content: 'escaped' | 'cdata' | 'xhtml';
  readonly date: (typeof dateForms)[number];
  readonly order: readonly number[];
  readonly space: '' | '\n  ';
  /** `xml:base` of the root; JSON has none. */
  readonly base: '' | 'https://base.example/deep/';
  /** RSS only. */
  readonly author: 'author' | 'dc:creator';
  readonly idIsNumber: boolean;
}

export const dateForms = [
  'RFC 3339',
  'RFC 3339 with an offset',
  'RFC 822',
  'RFC 822 with an offset',
  'RFC 822 of two digits',
  'EST',
  'PDT',
  'CEST',
  'no seconds',
  'no weekday',
] as const;

export const style: fc.Arbitrary<Style> = fc.record({
  format: fc.constantFrom(...formats),
  prefix: fc.constantFrom('', '', 'f'),
  modulePrefix: fc.constantFrom('usual', 'usual', 'odd'),
  title: fc.constantFrom('text', 'html', 'cdata', 'xhtml'),
  content: fc.constantFrom('escaped', 'cdata', 'xhtml'),
  date: fc.constantFrom(...dateForms),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
  space: fc.constantFrom('', '\n  '),
  base: fc.constantFrom('', '', 'https://base.example/deep/'),
  author: fc.constantFrom('author', 'dc:creator'),
  idIsNumber: fc.boolean(),
});

export function baseOf({ format, base }: Style): string {
  return format === 'json11' || base === '' ? documentUrl : base;
}

export function writeFeed(feed: FeedModel, how: Style): string {
  switch (how.format) {
    case 'json11':
      return writeJson(feed, how);
    case 'atom10':
      return writeAtom(feed, how);
    case 'rss10':
      return writeRss10(feed, how);
    case 'rss20':
      return writeRss20(feed, how);
  }
}

const modules = {
  dc: 'http://purl.org/dc/elements/1.1/',
  content: 'http://purl.org/rss/1.0/modules/content/',
} as const;

const modulePrefix = (name: keyof typeof modules, { modulePrefix: kind }: Style) =>
  kind === 'usual' ? name : `q${name}`;
const bindings = (how: Style) =>
  Object.entries(modules)
    .map(([name, uri]) => ` xmlns:${how.modulePrefix === 'usual' ? name : `q${name}`}="${uri}"`)
    .join('');
const baseAttribute = ({ base }: Style) => (base === '' ? '' : ` xml:base="${base}"`);

function writeRss20(feed: FeedModel, how: Style): string {
  const items = feed.entries.map((entry) => `<item>${inOrder(rssParts(entry, how, ''), how)}</item>`);
  return `<?xml version="1.0" encoding="utf-8"?>${how.space}<rss version="2.0"${bindings(how)}${baseAttribute(how)}><channel>${how.space}<title>${rssTitle(feed.title, how)}</title><link>https://origin.example/</link><description>d</description>${items.join(how.space)}</channel></rss>`;
}

function writeRss10(feed: FeedModel, how: Style): string {
  const p = how.prefix === '' ? '' : `${how.prefix}:`;
  const own = ` xmlns${how.prefix === '' ? '' : `:${how.prefix}`}="http://purl.org/rss/1.0/"`;
  const items = feed.entries.map(
    (entry) =>
      `<${p}item rdf:about="${escapeXml(entry.id)}">${inOrder(rssParts(entry, how, p), how)}</${p}item>`,
  );
  return `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"${own}${bindings(how)}${baseAttribute(how)}><${p}channel rdf:about="${documentUrl}"><${p}title>${rssTitle(feed.title, how)}</${p}title><${p}link>https://origin.example/</${p}link><${p}description>d</${p}description></${p}channel>${items.join(how.space)}</rdf:RDF>`;
}

function rssParts(entry: EntryModel, how: Style, p: string): string[] {
  const dc = modulePrefix('dc', how);
  const content = modulePrefix('content', how);
  const isRss20 = how.format === 'rss20';
  const author =
    isRss20 && how.author === 'author'
      ? `<author>${spaced(escapeXml(entry.author), how)}</author>`
      : `<${dc}:creator>${spaced(escapeXml(entry.author), how)}</${dc}:creator>`;
  const date = writeDate(entry.published, how.date);
  return [
    `<${p}title>${rssTitle(entry.title, how)}</${p}title>`,
    `<${p}link>${spaced(escapeXml(entry.link), how)}</${p}link>`,
    isRss20 ? `<guid isPermaLink="false">${spaced(escapeXml(entry.id), how)}</guid>` : '',
    isRss20 ? `<pubDate>${spaced(date, how)}</pubDate>` : `<${dc}:date>${spaced(date, how)}</${dc}:date>`,
    author,
    entry.categories
      .map((term) =>
        isRss20
          ? `<category>${spaced(escapeXml(term), how)}</category>`
          : `<${dc}:subject>${escapeXml(term)}</${dc}:subject>`,
      )
      .join(''),
    isRss20 && entry.enclosure
      ? `<enclosure url="${escapeXml(entry.enclosure.link)}" length="${entry.enclosure.bytes}" type="${entry.enclosure.type}"/>`
      : '',
    `<${content}:encoded>${how.content === 'cdata' ? cdata(entry.html) : escapeXml(entry.html)}</${content}:encoded>`,
  ];
}

/** RSS says nothing of titles: text, or HTML in CDATA or behind references, as publishers do. */
function rssTitle(title: string, how: Style): string {
  if (how.title === 'cdata') return spaced(cdata(`<b>${escapeHtml(title)}</b>`), how);
  if (how.title === 'html') return spaced(escapeXml(`<b>${title}</b>`), how);
  return spaced(escapeXml(title), how);
}

function writeAtom(feed: FeedModel, how: Style): string {
  const p = how.prefix === '' ? '' : `${how.prefix}:`;
  const own = ` xmlns${how.prefix === '' ? '' : `:${how.prefix}`}="http://www.w3.org/2005/Atom"`;
  const entries = feed.entries.map(
    (entry) => `<${p}entry>${inOrder(atomParts(entry, how, p), how)}</${p}entry>`,
  );
  return `<${p}feed${own}${baseAttribute(how)}>${how.space}<${p}id>urn:feed</${p}id>${atomText('title', feed.title, how, p)}<${p}updated>2026-11-20T09:00:00Z</${p}updated>${entries.join(how.space)}</${p}feed>`;
}

function atomParts(entry: EntryModel, how: Style, p: string): string[] {
  return [
    atomText('title', entry.title, how, p),
    `<${p}link href="${escapeXml(entry.link)}"/>`,
    `<${p}id>${spaced(escapeXml(entry.id), how)}</${p}id>`,
    `<${p}published>${spaced(writeDate(entry.published, how.date), how)}</${p}published>`,
    `<${p}author><${p}name>${spaced(escapeXml(entry.author), how)}</${p}name></${p}author>`,
    entry.categories.map((term) => `<${p}category term="${escapeXml(term)}"/>`).join(''),
    entry.enclosure
      ? `<${p}link rel="enclosure" href="${escapeXml(entry.enclosure.link)}" length="${entry.enclosure.bytes}" type="${entry.enclosure.type}"/>`
      : '',
    atomContent(entry.html, how, p),
  ];
}

/** RFC 4287 §3.1. https://www.rfc-editor.org/rfc/rfc4287#section-3.1 */
function atomText(name: string, text: string, how: Style, p: string): string {
  const element = (type: string, inside: string) =>
    `<${p}${name}${type}>${spaced(inside, how)}</${p}${name}>`;
  if (how.title === 'xhtml')
    return element(
      ' type="xhtml"',
      `<div xmlns="http://www.w3.org/1999/xhtml"><b>${escapeXml(text)}</b></div>`,
    );
  if (how.title === 'html') return element(' type="html"', escapeXml(`<b>${escapeHtml(text)}</b>`));
  if (how.title === 'cdata') return element(' type="html"', cdata(`<b>${escapeHtml(text)}</b>`));
  return element('', escapeXml(text));
}

function atomContent(html: string, how: Style, p: string): string {
  if (how.content === 'xhtml')
    return `<${p}content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${html}</div></${p}content>`;
  return `<${p}content type="html">${how.content === 'cdata' ? cdata(html) : escapeXml(html)}</${p}content>`;
}

function writeJson(feed: FeedModel, how: Style): string {
  const items = feed.entries.map(({ id, title, link, html, published, author, categories, enclosure }) => ({
    id,
    url: link,
    title,
    content_html: html,
    date_published: writeDate(published, how.date),
    authors: [{ name: author }],
    tags: categories,
    ...(enclosure && {
      attachments: [{ url: enclosure.link, mime_type: enclosure.type, size_in_bytes: enclosure.bytes }],
    }),
  }));
  const text = JSON.stringify(
    { version: 'https://jsonfeed.org/version/1.1', title: feed.title, items },
    undefined,
    how.space,
  );
  return how.idIsNumber ? text.replace(/("id":\s*)"(7|7\.0|9007199254740993)"/g, '$1$2') : text;
}

function inOrder(parts: readonly string[], { order, space }: Style): string {
  return order.map((at) => parts[at] ?? '').join(space);
}

function spaced(text: string, { space }: Style): string {
  return `${space}${text}${space}`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

const offsets: Readonly<Record<string, readonly [hours: number, zone: string]>> = {
  'RFC 822 with an offset': [5.5, '+0530'],
  EST: [-5, 'EST'],
  PDT: [-7, 'PDT'],
  CEST: [2, 'CEST'],
};

const two = (number: number) => String(number).padStart(2, '0');

function writeDate(ms: number, form: Style['date']): string {
  if (form === 'RFC 3339') return new Date(ms).toISOString().replace('.000Z', 'Z');
  if (form === 'RFC 3339 with an offset')
    return new Date(ms + 3_600_000).toISOString().replace('.000Z', '+01:00');
  const [hours, zone] = offsets[form] ?? [0, 'GMT'];
  const local = new Date(ms + hours * 3_600_000);
  const [weekday, day, month, year] = local.toUTCString().replace(',', '').split(' ');
  const shownYear = form === 'RFC 822 of two digits' ? year?.slice(2) : year;
  const seconds = form === 'no seconds' ? '' : `:${two(local.getUTCSeconds())}`;
  const date = `${day} ${month} ${shownYear} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}${seconds} ${zone}`;
  return form === 'no weekday' ? date : `${weekday}, ${date}`;
}
