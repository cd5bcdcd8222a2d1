// The licence that an entry may be used under, as the URL of its text. One in words is none: it would be taken
// for a relative link. https://www.rssboard.org/creative-commons https://www.rfc-editor.org/rfc/rfc4946

import type { Reader, ReaderTable } from './readers.ts';
import { table } from './readers.ts';
import { permalink, resolveUrl } from './url.ts';
import { attributeOf, textOf, type XmlElement } from './xml.ts';

interface Licensed {
  licenseUrl: string | undefined;
}

const read: Reader<Licensed> = (element, record) => {
  record.licenseUrl ??= licenseOf(element);
};

/** Of a feed and of an entry. */
export const licenseReaders: ReaderTable<Licensed> = table<Licensed>(
  ['creativecommons:license', read],
  ['cc:license', read],
  ['dcterms:license', read],
  ['podcast:license', read],
  ['media:license', read],
);

function licenseOf(element: XmlElement): string | undefined {
  const names = ['rdf:resource', 'url', 'href'];
  const linked = names.map((name) => attributeOf(element, name)).find((href) => href !== undefined);
  return resolveUrl(linked, element.scope.base) ?? permalink(textOf(element));
}

/** RFC 4946 §2.1: an entry says with this that the feed's licence is not its own. */
const unspecified = 'http://purl.org/atompub/license#unspecified';

/**
 * The entry's own licence, else its feed's: the creativeCommons module lets "the inner license override the outer one",
 * and so does RFC 4946 §2.4. An entry that came from another feed inherits nothing.
 */
export function licenseFor(
  entry: { readonly licenseUrl: string | undefined; readonly source: unknown },
  feed: Licensed,
): string | undefined {
  const license = entry.licenseUrl ?? (entry.source === undefined ? feed.licenseUrl : undefined);
  return license === unspecified ? undefined : license;
}
