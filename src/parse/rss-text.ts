// How RSS writes titles, links and HTML. RSS never says which texts are HTML, so a description is taken for
// HTML and a title for plain text that may hold a few tags. https://www.rssboard.org/rss-encoding-examples

import { plainText, plainTitle } from './text.ts';
import { resolveUrl } from './url.ts';
import { xhtmlToHtml } from './xhtml.ts';
import { withoutBases } from './xhtml-base.ts';
import { attributeOf, rawOf, textOf, type XmlElement } from './xml.ts';

/** One line of plain text, decoded once: XML did so, except in CDATA. */
export function readTitle(element: XmlElement): string | undefined {
  const { value, isMarkup, hasCdata } = rawOf(element);
  return (isMarkup || hasCdata ? plainText(value) : plainTitle(value)) || undefined;
}

export function readHtml(element: XmlElement): string | undefined {
  const { value, isMarkup } = rawOf(element);
  return (isMarkup ? xhtmlToHtml(withoutBases(value, element.scope.base)) : value.trim()) || undefined;
}

/** The URL inside, or, as in Atom, in an attribute. */
export function readLinkUrl(element: XmlElement): string | undefined {
  const href = textOf(element) ?? attributeOf(element, 'href') ?? attributeOf(element, 'rdf:resource');
  return resolveUrl(href, element.scope.base);
}
