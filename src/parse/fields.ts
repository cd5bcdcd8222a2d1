// Readers of single fields that several formats share: dates, people, categories and URLs in one element.

import type { Category, Person } from '../model/entry.ts';
import { readDate } from './date.ts';
import { withoutAbsent } from './draft.ts';
import { readPerson } from './person.ts';
import { resolveUrl } from './url.ts';
import { attributeOf, childrenOf, textOf, type XmlElement } from './xml.ts';

export function dateOf(element: XmlElement): string | undefined {
  return readDate(textOf(element));
}

/** XML 1.0 §2.12: an empty xml:lang says that the language is not known. https://www.w3.org/TR/xml/#sec-lang-tag */
export function languageOf({ scope }: XmlElement): string | undefined {
  return scope.language?.trim() || undefined;
}

/** Written in one line, or in parts as Atom does, which some feeds take over into RSS. */
export function personOf(element: XmlElement): Person | undefined {
  return personInParts(childrenOf(element)) ?? readPerson(textOf(element));
}

/** RFC 4287 §3.2: a person has a name, a uri and an email; older drafts say url or homepage. */
function personInParts(children: readonly XmlElement[]): Person | undefined {
  if (children.length === 0) return undefined;
  const parts = new Map(children.map((child) => [child.name.replace(/^atom:/, ''), child]));
  const uri = parts.get('uri') ?? parts.get('url') ?? parts.get('homepage');
  const name = parts.get('name');
  const email = parts.get('email');
  const person = withoutAbsent({
    name: name && textOf(name),
    email: email && textOf(email),
    url: uri && urlOf(uri),
  });
  return Object.keys(person).length > 0 ? person : undefined;
}

/** RFC 4287 §4.2.2; Atom 0.3 had none, and some feeds write the term as text. */
export function atomCategoryOf(element: XmlElement): Category | undefined {
  const term = attributeOf(element, 'term') ?? textOf(element);
  return categoryOf(term, attributeOf(element, 'scheme'), attributeOf(element, 'label'));
}

export function rssCategoryOf(element: XmlElement): Category | undefined {
  return categoryOf(textOf(element), attributeOf(element, 'domain'));
}

/** https://www.rssboard.org/media-rss#media-category */
export function mediaCategoryOf(element: XmlElement): Category | undefined {
  return categoryOf(textOf(element), attributeOf(element, 'scheme'), attributeOf(element, 'label'));
}

export function categoryOf(
  term: string | undefined,
  scheme?: string | undefined,
  label?: string | undefined,
): Category | undefined {
  const known = term ?? label;
  return known === undefined ? undefined : { term: known, ...withoutAbsent({ scheme, label }) };
}

/** The URL inside an element. */
export function urlOf(element: XmlElement): string | undefined {
  return resolveUrl(textOf(element), element.scope.base);
}

/** The URL in an attribute. */
export function urlIn(attribute: string): (element: XmlElement) => string | undefined {
  return (element) => resolveUrl(attributeOf(element, attribute), element.scope.base);
}
