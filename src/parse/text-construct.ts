// The text constructs of Atom 1.0 (type = text, html, xhtml) and Atom 0.3 (mode = xml, escaped, base64).
// RFC 4287 §3.1: https://www.rfc-editor.org/rfc/rfc4287#section-3.1

import { escapeHtml } from './raw-text.ts';
import { decodeHtml } from './references.ts';
import { collapse, plainText } from './text.ts';
import { resolveBase } from './url.ts';
import { outerDivTag, xhtmlToHtml } from './xhtml.ts';
import { baseSaidIn, withoutBases } from './xhtml-base.ts';
import { attributeOf, rawOf, type XmlElement } from './xml.ts';

export interface TextConstruct {
  readonly value: string;
  readonly isHtml: boolean;
  /** What relative links in it are resolved against. */
  readonly base: string | undefined;
}

export function readConstruct(element: XmlElement): TextConstruct | undefined {
  const { value, isMarkup, hasCdata } = rawOf(element);
  const { base } = element.scope;
  if (value.trim() === '') return undefined;
  const type = (attributeOf(element, 'type') ?? 'text').toLowerCase();
  if (isMarkup) return readMarkup(value, type, baseOfDiv(value, base));
  if (isEncoded(element, type)) return readBase64(value, type, base);
  // RFC 4287 §3.1.1.3: in xhtml an escaped tag is text. In CDATA it was meant as a tag all the same.
  if (type === 'xhtml' && !hasCdata) return { value: escapeHtml(value.trim()), isHtml: true, base };
  const isHtml = isHtmlType(type) || (isAtom03(element) && /<[a-z!/]/i.test(value));
  return { value: value.trim(), isHtml, base };
}

/** What calls itself html is escaped, though some programs put a real div round it. */
function readMarkup(markup: string, type: string, base: string | undefined): TextConstruct {
  const html = withoutBases(xhtmlToHtml(markup), base);
  const isEscaped = isHtmlType(type) && type !== 'xhtml' && !html.includes('<') && /&lt;[a-z!/]/i.test(html);
  return { value: isEscaped ? decodeHtml(html) : html, isHtml: true, base };
}

/** The construct as one line of plain text. */
export function readPlain(element: XmlElement): string | undefined {
  const construct = readConstruct(element);
  if (construct === undefined) return undefined;
  return (construct.isHtml ? plainText(construct.value) : collapse(construct.value)) || undefined;
}

/** The construct as HTML or text, as it is. */
export function readValue(element: XmlElement): string | undefined {
  return readConstruct(element)?.value;
}

export function isHtmlType(type: string): boolean {
  return type === 'html' || type === 'xhtml' || type === 'text/html' || type === 'application/xhtml+xml';
}

/** Only Atom 0.3 has a mode; its writers rarely said text/html when they escaped HTML. */
function isAtom03(element: XmlElement): boolean {
  return attributeOf(element, 'mode') === 'escaped';
}

// RFC 4287 §4.1.3.3 rule 6: content of any other media type is base64, unless it is text or XML.
function isEncoded(element: XmlElement, type: string): boolean {
  if (attributeOf(element, 'mode') !== undefined) return attributeOf(element, 'mode') === 'base64';
  return type.includes('/') && !/^text\/|[+/]xml$/.test(type);
}

function readBase64(value: string, type: string, base: string | undefined): TextConstruct | undefined {
  if (!/^(?:text\/|application\/(?:octet-stream|xhtml))/.test(type) && type !== 'text') return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8').trim();
  if (decoded === '' || decoded.includes('\uFFFD')) return undefined;
  return { value: decoded, isHtml: isHtmlType(type) || /<[a-z!/]/i.test(decoded), base };
}

/** xhtml often says its base on the div that goes away. */
function baseOfDiv(markup: string, base: string | undefined): string | undefined {
  return resolveBase(baseSaidIn(outerDivTag(markup)), base);
}
