// Judges a parsed feed by one assertion of the feed corpus: finds the value that a path means in our model
// and compares it as the corpus prescribes (dates to the second, URLs after normalisation, HTML by meaning).

import type { Category, Enclosure, Entry, Person } from '../../src/model/entry.ts';
import type { ParsedFeed } from '../../src/model/feed.ts';
import { decodeHtml } from '../../src/parse/references.ts';
import { plainText } from '../../src/parse/text.ts';
import type { CorpusAssertion } from '../support/corpus.ts';

/** The forms of an assertion; `path` may name several fields, of which one must fit. */
interface Assertion {
  readonly path: string;
  readonly equals?: unknown;
  readonly oneOf?: readonly unknown[];
  readonly absent?: boolean;
  readonly starts?: string;
  readonly chars?: number;
  readonly maxChars?: number;
  readonly notContains?: string;
  readonly kind?: string;
}

/** Of a document that was refused only the limits hold. */
export function holds(feed: ParsedFeed | undefined, each: CorpusAssertion, base: string): boolean {
  const assertion: Assertion = each;
  if (feed === undefined) return assertion.maxChars !== undefined || assertion.notContains !== undefined;
  return assertion.path.split('|').some((path) => holdsAt(feed, path, assertion, base));
}

function holdsAt(feed: ParsedFeed, path: string, assertion: Assertion, base: string): boolean {
  const value = valueAt(feed, path);
  const text = typeof value === 'string' ? value : '';
  if (assertion.absent) return value === undefined || text === '';
  if (assertion.maxChars !== undefined && text.length > assertion.maxChars) return false;
  if (assertion.notContains !== undefined && text.includes(assertion.notContains)) return false;
  if (assertion.starts !== undefined && !isLongText(text, assertion)) return false;
  const expected = assertion.oneOf ?? ('equals' in assertion ? [assertion.equals] : undefined);
  return expected === undefined || expected.some((each) => isSame(value, each, path, assertion.kind, base));
}

/** Escaped tags may be taken for tags, or not: parsers differ. */
function isLongText(text: string, { starts = '', chars }: Assertion): boolean {
  const withoutTags = (html: string) => html.replace(/<!--[\s\S]*?-->|<[^>]*>/g, '');
  const bare = decodeHtml(withoutTags(text));
  return [bare, withoutTags(bare), withoutTags(decodeHtml(text))]
    .map((each) => each.replace(/\s+/g, ''))
    .some((each) => each.startsWith(starts) && each.length === chars);
}

function valueAt(feed: ParsedFeed, path: string): unknown {
  const match = /^entries\[(\d+)\]\.(.+)$/.exec(path);
  if (match === null) return path === 'entries.length' ? feed.entries.length : feedValue(feed, path);
  const entry = feed.entries[Number(match[1])];
  return entry && entryValue(entry, match[2] ?? '');
}

function feedValue(feed: ParsedFeed, path: string): unknown {
  if (path === 'link') return feed.homePageUrl;
  if (path === 'categories') return feed.categories.map(({ term }) => term);
  return memberValue(feed, path);
}

function entryValue(entry: Entry, path: string): unknown {
  if (path === 'link') return entry.url;
  if (path === 'content') return entry.contentHtml ?? entry.contentText;
  if (path === 'categories') return entry.categories.map(({ term }) => term);
  if (path === 'enclosures.length') return entry.enclosures.length;
  return memberValue(entry, path);
}

type Member = Person | Category | Enclosure;

const memberNames: Readonly<Record<string, string>> = { type: 'mimeType', length: 'sizeBytes' };

function memberValue(owner: object, path: string): unknown {
  const match = /^(\w+)\[(\d+)\](?:\.(\w+))?$/.exec(path);
  const record = owner as Readonly<Record<string, unknown>>;
  if (match === null) return record[path];
  const [, list = '', index, name] = match;
  const member = (record[list] as readonly Member[] | undefined)?.[Number(index)];
  if (name !== undefined)
    return (member as Readonly<Record<string, unknown>> | undefined)?.[memberNames[name] ?? name];
  return list === 'categories' ? (member as Category | undefined)?.term : member;
}

function isSame(
  value: unknown,
  expected: unknown,
  path: string,
  kind: string | undefined,
  base: string,
): boolean {
  const name = kind ?? path.replace(/^.*\./, '').replace(/\[.*/, '');
  if (Array.isArray(expected)) return isSameSet(value, expected);
  if (value === undefined || value === null) return expected === '' || expected === null;
  if (name === 'date' || name === 'published' || name === 'updated') return isSameTime(value, expected);
  if (name === 'format') return isSameFormat(String(value), String(expected));
  if (name === 'link' || name === 'url' || name === 'image') return isSameUrl(value, expected, base);
  if (name === 'author' || (name === 'authors' && typeof value === 'object'))
    return isSamePerson(value, expected);
  if (name === 'language' || name === 'email')
    return String(value).toLowerCase() === String(expected).toLowerCase();
  return isSameText(String(value), String(expected), base);
}

function isSameSet(value: unknown, expected: readonly unknown[]): boolean {
  const texts = new Set((Array.isArray(value) ? value : []).map((each) => normalise(String(each))));
  return (
    texts.size === new Set(expected).size && expected.every((each) => texts.has(normalise(String(each))))
  );
}

function isSameTime(value: unknown, expected: unknown): boolean {
  const second = (text: unknown) => Math.floor(Date.parse(String(text)) / 1000);
  return second(value) === second(expected);
}

function isSameFormat(value: string, expected: string): boolean {
  const wanted = expected.toLowerCase().replace(/[^a-z0-9]/g, '');
  return value === wanted || (wanted.length <= 4 && value.startsWith(wanted));
}

function isSameUrl(value: unknown, expected: unknown, base: string): boolean {
  const url = URL.parse(String(expected).trim(), base)?.href ?? String(expected);
  return String(value) === url || decodeURI(String(value)) === String(expected);
}

function isSamePerson(value: unknown, expected: unknown): boolean {
  const { name, email } = value as Person;
  const forms = [name, email, `${name} (${email})`, `${email} (${name})`];
  return forms.includes(String(expected).trim());
}

function isSameText(value: string, expected: string, base: string): boolean {
  const [one, other] = [normalise(value, base), normalise(expected, base)];
  if (one === other || decodeHtml(one) === other || one === decodeHtml(other)) return true;
  return plainText(value) === plainText(expected) || plainText(decodeHtml(expected)) === plainText(value);
}

/** Tags lower case with sorted attributes and absolute links, white space collapsed, one outer div gone. */
function normalise(html: string, base?: string): string {
  const tags = html
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<(\/?)([\w:-]+)((?:\s+[^<>]*?)?)\s*\/?>/g, (_, slash, name, attributes) => {
      return `<${slash}${name.toLowerCase()}${sortAttributes(attributes, base)}>`;
    })
    .replace(/\s+/g, ' ')
    .trim();
  return decodeHtml(tags.replace(/^<div[^>]*>([\s\S]*)<\/div>$/, '$1').trim());
}

function sortAttributes(text: string, base: string | undefined): string {
  const attributes = [...text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(
    ([, name = '', one, other]) => {
      const value = one ?? other ?? '';
      const isLink = ['href', 'src', 'cite', 'action'].includes(name.toLowerCase());
      return `${name.toLowerCase()}="${isLink ? (URL.parse(value, base)?.href ?? value) : value}"`;
    },
  );
  return attributes.length === 0 ? '' : ` ${attributes.sort().join(' ')}`;
}
