// Judges what was read of a corpus file by one assertion: finds the value that a path means in our model and
// holds it against the form of the assertion, as the corpus README prescribes.

import type { Category, Enclosure, Entry, Person } from '../../src/model/entry.ts';
import type { ParsedFeed } from '../../src/model/feed.ts';
import type { CorpusAssertion } from '../support/corpus.ts';
import {
  isLongText,
  isSameCharset,
  isSameFormat,
  isSameHtml,
  isSamePerson,
  isSameSet,
  isSameText,
  isSameTime,
  isSameUrl,
} from './sameness.ts';

/** What became of a document. */
export interface Reading {
  /** Absent when the document was refused. */
  readonly feed?: ParsedFeed;
  /** Absent when no charset could be found. */
  readonly charset?: string;
  /** Something else than a feed or a refusal. */
  readonly crash?: unknown;
  readonly ms: number;
}

const longestMs = 5000;

/** What must hold of every document: an answer in time. */
export function isAnswered({ crash, ms }: Reading): boolean {
  return crash === undefined && ms < longestMs;
}

export function holds(reading: Reading, assertion: CorpusAssertion, url: string): boolean {
  const { feed } = reading;
  const { path } = assertion;
  if (!isAnswered(reading)) return false;
  if (path === 'answered') return true;
  if (path === 'error') return feed === undefined;
  // Of a document that was refused only the limits hold.
  if (feed === undefined) return assertion.maxChars !== undefined || assertion.notContains !== undefined;
  if (path === 'encoding') return isSameCharset(reading.charset ?? '', String(assertion.equals));
  return path.split('|').some((each) => holdsAt(valueAt(feed, each, url), each, assertion, url));
}

/** A value with the base of the links in it. */
interface Value {
  readonly value: unknown;
  readonly base: string;
}

export function valueAt(feed: ParsedFeed, path: string, url: string): Value {
  const match = /^entries\[(\d+)\]\.(.+)$/.exec(path);
  if (match === null) {
    return { value: path === 'entries.length' ? feed.entries.length : feedValue(feed, path), base: url };
  }
  const entry = feed.entries[Number(match[1])];
  return { value: entry && entryValue(entry, match[2] ?? ''), base: entry?.baseUrl ?? url };
}

function feedValue(feed: ParsedFeed, path: string): unknown {
  return path === 'link' ? feed.homePageUrl : memberValue(feed, path);
}

function entryValue(entry: Entry, path: string): unknown {
  if (path === 'link') return entry.url;
  if (path === 'content') return entry.contentHtml ?? entry.contentText;
  if (path === 'enclosures.length') return entry.enclosures.length;
  return memberValue(entry, path);
}

type Member = Person | Category | Enclosure;

const memberNames: Readonly<Record<string, string>> = { type: 'mimeType', length: 'sizeBytes' };

function memberValue(owner: object, path: string): unknown {
  const match = /^(\w+)\[(\d+)\](?:\.(\w+))?$/.exec(path);
  const record = owner as Readonly<Record<string, unknown>>;
  if (path === 'categories') return (record[path] as readonly Category[]).map(({ term }) => term);
  if (match === null) return record[path];
  const [, list = '', index, name] = match;
  const member = (record[list] as readonly Member[] | undefined)?.[Number(index)];
  if (name !== undefined)
    return (member as Readonly<Record<string, unknown>> | undefined)?.[memberNames[name] ?? name];
  return list === 'categories' ? (member as Category | undefined)?.term : member;
}

function holdsAt({ value, base }: Value, path: string, assertion: CorpusAssertion, url: string): boolean {
  const { absent, maxChars, notContains, starts, chars, oneOf, kind } = assertion;
  const text = typeof value === 'string' ? value : '';
  if (absent) return value === undefined || text === '';
  if (maxChars !== undefined && text.length > maxChars) return false;
  if (notContains !== undefined && text.includes(notContains)) return false;
  if (starts !== undefined && !isLongText(text, starts, chars ?? 0)) return false;
  const expected = oneOf ?? ('equals' in assertion ? [assertion.equals] : undefined);
  return (
    expected === undefined ||
    expected.some((each) => isSame(value, each, path, kind, { value: base, expected: url }))
  );
}

function isHtmlPath(path: string): boolean {
  return /\.(?:summary|content)$/.test(path);
}

type Sides = Parameters<typeof isSameText>[2];

function isSame(
  value: unknown,
  expected: unknown,
  path: string,
  kind: string | undefined,
  bases: Sides,
): boolean {
  if (value === undefined || value === null) return expected === '' || expected === null;
  if (Array.isArray(expected)) return Array.isArray(value) && isSameSet(value, expected);
  const [one, other] = [String(value), String(expected)];
  switch (kind === 'date' || kind === 'author' ? kind : path.replace(/^.*\./, '').replace(/\[.*/, '')) {
    case 'date':
    case 'published':
    case 'updated':
      return isSameTime(value, expected);
    case 'format':
      return isSameFormat(one, other);
    case 'link':
    case 'url':
    case 'image':
      return isSameUrl(one, other, bases.expected);
    case 'author':
    case 'authors':
    case 'contributors':
      return isSamePerson(value as Person, other);
    case 'language':
    case 'email':
      return one.toLowerCase() === other.toLowerCase();
    case 'length':
      return one === other;
  }
  return isHtmlPath(path) && kind !== 'text' ? isSameHtml(one, other, bases) : isSameText(one, other, bases);
}
