// Categories of one feed or entry, merged. Judges no word: what a publisher files an entry under is kept as written.

import type { Category } from '../model/entry.ts';

/** One category once: the same word may stand in category, dc:subject and itunes:keywords. */
export function mergeCategories(categories: readonly (Category | undefined)[]): Category[] {
  const byKey = new Map<string, Category>();
  for (const category of categories) {
    if (category === undefined) continue;
    const key = `${category.term}\n${category.scheme ?? ''}`;
    if (!byKey.has(key)) byKey.set(key, category);
  }
  return [...byKey.values()];
}
