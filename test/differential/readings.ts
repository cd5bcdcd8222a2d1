// One document as three parsers read it, brought to one shape by the mapping that is fairest to each: what it calls a
// thing, in whichever of its fields that stands. Dates become moments as a user of that parser would make them.

import { parseFeed } from 'feedsmith';
import RssParser from 'rss-parser';
import { parse } from '../../src/parse/parse.ts';
import { documentUrl } from './model.ts';

export interface Reading {
  readonly title: string | undefined;
  readonly entries: readonly EntryReading[];
}

export interface EntryReading {
  readonly id: string | undefined;
  readonly title: string | undefined;
  readonly link: string | undefined;
  readonly content: string | undefined;
  /** Epoch ms. */
  readonly published: number | undefined;
  readonly author: string | undefined;
  readonly categories: readonly string[];
  readonly enclosures: readonly string[];
}

export const fields = [
  'id',
  'title',
  'link',
  'content',
  'published',
  'author',
  'categories',
  'enclosures',
] as const;
export type Field = (typeof fields)[number];

const limits = { maxDepth: 100, maxReferences: 500_000, maxTags: 200_000, maxEntries: 5_000 };

export function readOurs(text: string): Reading {
  const feed = parse({ text, url: documentUrl, limits });
  return {
    title: feed.title,
    entries: feed.entries.map((entry) => ({
      id: entry.id,
      title: entry.title,
      link: entry.url,
      content: entry.contentHtml,
      published: momentOf(entry.published ?? entry.updated),
      author: entry.authors.map(({ name, email }) => name ?? email).join(';') || undefined,
      categories: entry.categories.map(({ term }) => term),
      enclosures: entry.enclosures.map(({ url, mimeType, sizeBytes }) => `${url} ${mimeType} ${sizeBytes}`),
    })),
  };
}

/** Values of unknown shape: the types of both parsers are one for each format, and their shapes are what is compared. */
interface Loose {
  readonly [name: string]: Loose | undefined;
}

export function readFeedsmith(text: string): Reading {
  const { format, feed } = parseFeed(text);
  const loose = asLoose(feed);
  const entries = listOf(loose?.entries ?? loose?.items);
  return { title: textOf(loose?.title), entries: entries.map((entry) => feedsmithEntry(entry, format)) };
}

function feedsmithEntry(entry: Loose, format: string): EntryReading {
  const links = listOf(entry.links);
  const enclosures =
    format === 'atom'
      ? links.filter(({ rel }) => textOf(rel) === 'enclosure')
      : listOf(entry.enclosures ?? entry.attachments);
  const [dcDate] = listOf(entry.dc?.dates);
  return {
    id: textOf(entry.guid) ?? textOf(entry.id) ?? textOf(entry.rdf?.about),
    title: textOf(entry.title),
    link: textOf(entry.link) ?? textOf(entry.url) ?? textOf(links.find(({ rel }) => rel === undefined)?.href),
    content: textOf(entry.content_html) ?? textOf(entry.content?.encoded) ?? textOf(entry.content),
    published: momentOf(textOf(entry.pubDate ?? entry.published ?? entry.date_published ?? dcDate)),
    author:
      listOf(entry.authors ?? entry.dc?.creators)
        .map((each) => textOf(each.name) ?? textOf(each.email) ?? textOf(each))
        .join(';') || undefined,
    categories: listOf(entry.categories ?? entry.tags ?? entry.dc?.subjects).map(
      (each) => textOf(each.term) ?? textOf(each.name) ?? textOf(each) ?? '',
    ),
    enclosures: enclosures.map((each) =>
      [each.url ?? each.href, each.type ?? each.mime_type, each.length ?? each.size_in_bytes]
        .map(textOf)
        .join(' '),
    ),
  };
}

export async function readRssParser(text: string): Promise<Reading> {
  const feed = asLoose(await new RssParser().parseString(text));
  return { title: textOf(feed?.title), entries: listOf(feed?.items).map(rssParserEntry) };
}

function rssParserEntry(entry: Loose): EntryReading {
  const { enclosure } = entry;
  return {
    id: textOf(entry.guid) ?? textOf(entry.id) ?? textOf(entry['rdf:about']),
    title: textOf(entry.title),
    link: textOf(entry.link),
    content: textOf(entry['content:encoded']) ?? textOf(entry.content),
    published: momentOf(textOf(entry.isoDate)),
    author: textOf(entry.creator) ?? textOf(entry.author),
    categories: listOf(entry.categories).map((each) => textOf(each) ?? ''),
    enclosures: enclosure ? [[enclosure.url, enclosure.type, enclosure.length].map(textOf).join(' ')] : [],
  };
}

/** A string is indexed like any object: what it lacks is absent. */
function asLoose(value: unknown): Loose | undefined {
  return isLoose(value) ? value : undefined;
}

function isLoose(value: unknown): value is Loose {
  return value !== undefined && value !== null;
}

function listOf(value: unknown): Loose[] {
  return Array.isArray(value) ? value.filter(isLoose) : [];
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const inside = asLoose(value)?.value;
  return inside === undefined ? undefined : textOf(inside);
}

function momentOf(date: string | undefined): number | undefined {
  const moment = Date.parse(date ?? '');
  return Number.isNaN(moment) ? undefined : moment;
}
