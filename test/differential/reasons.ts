// Why another parser may say something else than ours of the same document. Each reason recognises its differences by
// what is said, not only by where, so that a new kind of difference is none of them and fails the test.

import { decodeHtml } from '../../src/parse/references.ts';
import type { Difference } from './compare.ts';
import type { FeedModel } from './model.ts';
import { baseOf, type Style } from './write.ts';

export interface Case {
  readonly parser: 'feedsmith' | 'rss-parser';
  readonly feed: FeedModel;
  readonly how: Style;
  readonly difference: Difference;
}

export interface Reason {
  readonly name: string;
  readonly parser: Case['parser'] | 'both';
  /** Why ours is right. */
  readonly why: string;
  readonly explains: (found: Case) => boolean;
}

const isTitle = ({ field }: Difference) => field === 'title' || field === 'feed title';
const trimmed = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(trimmed) : typeof value === 'string' ? value.trim() : value;
const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
const isEmpty = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0);

const plainOf = (value: unknown) =>
  text(value)
    .replace(/<\/?b>/g, '')
    .replaceAll('<br>', ' ')
    .replace(/ +/g, ' ')
    .trim();

function absolute(link: string, how: Style): string {
  return URL.parse(link, baseOf(how))?.href ?? link;
}

export const reasons: readonly Reason[] = [
  {
    name: 'reads no JSON Feed',
    parser: 'rss-parser',
    why: 'JSON Feed 1.1 is a format of feeds like the others.',
    explains: ({ difference: { field }, how }) => field === 'document' && how.format === 'json11',
  },
  {
    name: 'knows the root by its prefix',
    parser: 'rss-parser',
    why: 'Namespaces in XML §3: a prefix is only a stand-in for its URI, so <f:feed> and <rdf:RDF> with <f:channel> are feeds.',
    explains: ({ difference: { field }, how }) =>
      field === 'document' && how.prefix !== '' && /atom10|rss10/.test(how.format),
  },
  {
    name: 'knows modules by their usual prefix',
    parser: 'rss-parser',
    why: 'Namespaces in XML §3: dc and content are known by their URIs.',
    explains: ({ difference: { field, theirs }, how }) =>
      how.modulePrefix === 'odd' &&
      ['author', 'content', 'published'].includes(field) &&
      theirs === undefined,
  },
  {
    name: 'leaves links as they are written',
    parser: 'both',
    why: 'RFC 3986 §5 and XML Base: a link means what it does at its base; a receiver of the entry has no base. IRIs become URIs (RFC 3987 §3.1).',
    explains({ difference: { field, ours, theirs }, how }) {
      if (field === 'link') return absolute(text(theirs), how) === ours;
      if (field !== 'enclosures' || !Array.isArray(theirs)) return false;
      return isSame(
        ours,
        theirs.map((each) => String(each).replace(/^\S+/, (link) => absolute(link, how))),
      );
    },
  },
  {
    name: 'keeps markup and references in titles of HTML',
    parser: 'both',
    why: 'RFC 4287 §3.1.1.2: a title of type html holds HTML; a title is shown as one line of text, so its tags go and it is decoded.',
    explains({ difference, how }) {
      if (!isTitle(difference) || how.title === 'text') return false;
      const inner = /^<b>(.*)<\/b>$/s.exec(text(difference.theirs))?.[1];
      return inner !== undefined && (inner === difference.ours || decodeHtml(inner) === difference.ours);
    },
  },
  {
    name: 'keeps white space round texts',
    parser: 'rss-parser',
    why: 'RSS 2.0 and RFC 4287 give white space round an id, a title, a name or a date no meaning; an id with it would be another id.',
    explains: ({ difference: { field, ours, theirs }, how }) =>
      how.space !== '' && field !== 'published' && isSame(ours, trimmed(theirs)),
  },
  {
    name: 'leaves dates of other forms to Date, which reads zone names of its country only or local time',
    parser: 'both',
    why: 'RFC 822 §5.1 has years of two digits and named zones; feeds also name zones that it lacks.',
    explains: ({ difference: { field, theirs }, how }) =>
      field === 'published' && theirs === undefined && /CEST|two digits/.test(how.date),
  },
  {
    name: 'coerces ids of JSON that are numbers',
    parser: 'feedsmith',
    why: 'JSON Feed 1.1 "id": a number is coerced to a string; 7.0 and 9007199254740993 would become ids of other items.',
    explains: ({ difference: { field, ours, theirs }, how }) =>
      field === 'id' && how.idIsNumber && how.format === 'json11' && String(Number(ours)) === theirs,
  },
  {
    name: 'has no categories of Dublin Core or Atom',
    parser: 'rss-parser',
    why: 'RFC 4287 §4.2.2 atom:category and DCMI dc:subject are what the entry is about.',
    explains: ({ difference: { field, theirs }, how }) =>
      field === 'categories' && isEmpty(theirs) && how.format !== 'rss20',
  },
  {
    name: 'has no enclosures of Atom',
    parser: 'rss-parser',
    why: 'RFC 4287 §4.2.7.2: rel="enclosure" is a file of the entry.',
    explains: ({ difference: { field, theirs }, how }) =>
      field === 'enclosures' && isEmpty(theirs) && how.format === 'atom10',
  },
  {
    name: 'takes xhtml content with its div, prefixes and wrapper',
    parser: 'rss-parser',
    why: 'RFC 4287 §3.1.1.3 and §4.1.3.3: the div is not part of the content.',
    explains: ({ difference: { field, theirs }, how }) =>
      field === 'content' &&
      how.content === 'xhtml' &&
      how.format === 'atom10' &&
      /^<div type="xhtml"|^<content/.test(text(theirs)),
  },
  {
    name: 'throws at a date of Atom that Date cannot read',
    parser: 'rss-parser',
    why: 'One odd date costs its entry a date, never the feed its entries.',
    explains: ({ difference: { field, theirs }, how }) =>
      field === 'document' && how.format === 'atom10' && /Invalid time value/.test(text(theirs)),
  },
  {
    name: 'takes the first link of Atom when none says alternate',
    parser: 'rss-parser',
    why: 'RFC 4287 §4.2.7.2: a link without rel is an alternate; an enclosure before it is not the page.',
    explains: ({ difference: { field, theirs }, how, feed }) =>
      field === 'link' &&
      how.format === 'atom10' &&
      feed.entries.some(({ enclosure }) => enclosure?.link === theirs),
  },
  {
    name: 'finds no text in an xhtml title',
    parser: 'rss-parser',
    why: 'RFC 4287 §3.1.1.3: the title is what the div holds.',
    explains: ({ difference, how }) =>
      isTitle(difference) &&
      how.title === 'xhtml' &&
      how.format === 'atom10' &&
      difference.theirs === undefined,
  },
  {
    name: 'keeps elements of HTML in titles of RSS',
    parser: 'both',
    why: 'RSS 2.0 says nothing of markup in titles and publishers write HTML there: an element of HTML is markup, any other is a word.',
    explains: ({ difference, how }) =>
      isTitle(difference) && /^rss/.test(how.format) && plainOf(difference.theirs) === difference.ours,
  },
];

/** The reason that explains a difference; `undefined` for one that nobody has looked at. */
export function reasonOf(found: Case): Reason | undefined {
  return reasons.find(
    ({ parser, explains }) => (parser === 'both' || parser === found.parser) && explains(found),
  );
}
