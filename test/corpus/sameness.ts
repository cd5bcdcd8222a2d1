// Whether a value is the one that the corpus expects, by the rules of its README: dates to the second, URLs
// after `new URL()`, texts and HTML by what they mean. Neither stricter nor laxer than it says.

import type { Person } from '../../src/model/entry.ts';
import { decodeHtml } from '../../src/parse/references.ts';

/** What relative links are resolved against. */
export interface Bases {
  readonly value: string;
  readonly expected: string;
}

export function isSameTime(value: unknown, expected: unknown): boolean {
  const second = (text: unknown) => Math.floor(Date.parse(String(text)) / 1000);
  return second(value) === second(expected);
}

/** `rss20`, `RSS 2.0` and `rss` are the same; RSS 0.90 and 1.0 are of the family `rss`. */
export function isSameFormat(value: string, expected: string): boolean {
  const [one, other] = [value, expected].map((each) =>
    /^([a-z]+)(\d*)$/.exec(each.toLowerCase().replace(/[^a-z0-9]/g, '')),
  );
  if (!one || !other || one[1] !== other[1]) return false;
  return one[2] === '' || other[2] === '' || one[2] === other[2];
}

export function isSameUrl(value: unknown, expected: unknown, base: string): boolean {
  return absolute(String(value), base) === absolute(String(expected), base);
}

function absolute(url: string, base: string): string {
  return URL.parse(url.trim(), base)?.href ?? url.trim();
}

/** By the labels of the Encoding Standard; what it does not know has one name. */
export function isSameCharset(value: string, expected: string): boolean {
  return charsetOf(value) === charsetOf(expected);
}

function charsetOf(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return label.toLowerCase();
  }
}

/** As `Name`, `addr`, `Name (addr)` or `addr (Name)`. */
export function isSamePerson({ name, email }: Person, expected: string): boolean {
  return [name, email, `${name} (${email})`, `${email} (${name})`].includes(collapse(expected));
}

export function isSameSet(value: readonly unknown[], expected: readonly unknown[]): boolean {
  const keys = (texts: readonly unknown[]) => [
    ...new Set(texts.map((each) => collapse(decodeHtml(String(each))))),
  ];
  return keys(value).sort().join('\n') === keys(expected).sort().join('\n');
}

/** Titles and the like may be plain or HTML, whichever a parser gives: `AT&T`, `AT&amp;T` and `<b>AT&amp;T</b>`. */
export function isSameText(value: string, expected: string, bases: Bases): boolean {
  const others = textReadings(expected, bases.expected);
  return textReadings(value, bases.value).some((reading) => others.includes(reading));
}

function textReadings(text: string, base: string): string[] {
  const html = canonicalHtml(text, base);
  return [
    collapse(text),
    ...[html, canonicalHtml(decodeHtml(text), base)].flatMap((each) => [each, withoutTags(each)]),
  ].map(plainForm);
}

/** In a summary or content an escaped tag is not a tag: `&lt;b&gt;` and `<b>` differ. */
export function isSameHtml(value: string, expected: string, bases: Bases): boolean {
  return (
    canonicalHtml(value, bases.value) === canonicalHtml(expected, bases.expected) ||
    // Plain text on either side, as it stands.
    collapse(value) === collapse(expected)
  );
}

// Stand for the angle brackets of real tags, which escaped ones must not be taken for.
const [tagOpen, tagClose] = ['\u0001', '\u0002'];
const markup =
  /<!--[\s\S]*?-->|<(\/?)([a-z][\w:.-]*)((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)*)\s*\/?>/gi;

/** Comments and one outer div dropped, tags lower case with sorted attributes, references decoded once. */
function canonicalHtml(html: string, base: string): string {
  let canonical = '';
  let at = 0;
  for (const { 0: whole, 1: slash = '', 2: name, 3: attributes = '', index } of html.matchAll(markup)) {
    canonical += decodeHtml(html.slice(at, index));
    if (name !== undefined) {
      canonical += `${tagOpen}${slash}${name.toLowerCase()}${sortAttributes(attributes, base)}${tagClose}`;
    }
    at = index + whole.length;
  }
  return withoutOuterDiv(collapse(canonical + decodeHtml(html.slice(at))));
}

const linkNames: ReadonlySet<string> = new Set([
  'href',
  'src',
  'cite',
  'action',
  'poster',
  'data',
  'longdesc',
]);

function sortAttributes(text: string, base: string): string {
  return [...text.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?/g)]
    .map(([, name = '', one, other, bare]) => {
      const value = decodeHtml(one ?? other ?? bare ?? '').trim();
      const isLink = linkNames.has(name.toLowerCase());
      return ` ${name.toLowerCase()}="${isLink ? absolute(value, base) : value}"`;
    })
    .sort()
    .join('');
}

function withoutOuterDiv(canonical: string): string {
  const tags = [...canonical.matchAll(/\u0001(\/?)div\b[^\u0002]*\u0002/g)];
  const [first] = tags;
  if (first?.index !== 0 || first[1] !== '') return canonical;
  let depth = 0;
  for (const { 0: tag, 1: slash, index } of tags) {
    depth += slash === '' ? 1 : -1;
    if (depth > 0) continue;
    const isWhole = index + tag.length === canonical.length;
    return isWhole ? canonical.slice(first[0].length, index).trim() : canonical;
  }
  return canonical;
}

function withoutTags(canonical: string): string {
  return collapse(canonical.replace(/\u0001[^\u0002]*\u0002/g, ''));
}

/** In a title an escaped tag is as good as a tag. */
function plainForm(canonical: string): string {
  return canonical.replaceAll(tagOpen, '<').replaceAll(tagClose, '>');
}

/**
 * Tags out, references decoded, no white space at all; the rest begins and is as long as it should. The corpus counted
 * escaped tags as tags in some texts and as words in others; each of its long texts fits one of the two.
 */
export function isLongText(text: string, starts: string, chars: number): boolean {
  const words = decodeHtml(stripTags(text));
  return [words, stripTags(words)]
    .map((each) => each.replace(/\s+/g, ''))
    .some((each) => each.startsWith(starts) && each.length === chars);
}

function stripTags(html: string): string {
  return html.replace(/<!--[\s\S]*?-->|<[a-z/!?][^>]*>/gi, '');
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
