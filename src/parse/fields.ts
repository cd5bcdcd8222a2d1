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

/** A person written in one line. */
export function personOf(element: XmlElement): Person | undefined {
  return readPerson(textOf(element));
}

/** RFC 4287 §3.2: a person has a name, a uri and an email; older drafts say url or homepage, some feeds only text. */
export function atomPersonOf(element: XmlElement): Person | undefined {
  const parts = new Map(childrenOf(element).map((child) => [child.name, child]));
  const uri = parts.get('atom:uri') ?? parts.get('atom:url') ?? parts.get('atom:homepage');
  const name = parts.get('atom:name');
  const email = parts.get('atom:email');
  const person = withoutAbsent({
    name: name && textOf(name),
    email: email && textOf(email),
    url: uri && urlOf(uri),
  });
  return Object.keys(person).length > 0 ? person : personOf(element);
}

/** RFC 4287 §4.2.2; Atom 0.3 had none, and some feeds write the term as text. */
export function atomCategoryOf(element: XmlElement): Category | undefined {
  const term = attributeOf(element, 'term') ?? textOf(element);
  return categoryOf(term, attributeOf(element, 'scheme'), attributeOf(element, 'label'));
}

export function rssCategoryOf(element: XmlElement): Category | undefined {
  return categoryOf(textOf(element), attributeOf(element, 'domain'));
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
