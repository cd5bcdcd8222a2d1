// Dublin Core has two namespaces: the fifteen elements of old (dc), and the DCMI terms (dcterms), which hold the same
// fifteen and more. https://www.dublincore.org/specifications/dublin-core/dcmi-terms/

import type { ReaderTable } from './readers.ts';

/** The readers, with those of `dc:` elements under `dcterms:` too. */
export function withTerms<T>(readers: ReaderTable<T>): ReaderTable<T> {
  const terms = [...readers].filter(([name]) => name.startsWith('dc:'));
  return new Map([...terms.map(([name, read]) => [`dcterms:${name.slice(3)}`, read] as const), ...readers]);
}
