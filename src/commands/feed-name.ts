// Which feed the words of a command line mean, and what is said when they mean none.

import { printable } from './table.ts';

interface Named {
  readonly id: string;
  readonly url: string;
}

/** By its id, or by its URL as configured. */
export function isNamed({ id, url }: Named, name: string): boolean {
  return id === name || url === name;
}

const shownIds = 10;

export async function unknownFeed(name: string, file: string, feeds: readonly Named[]): Promise<string> {
  const { nearMiss } = await import('../config/near-miss.ts');
  const ids = feeds.map(({ id }) => id);
  const near = nearMiss(name, ids);
  const hint = near === undefined ? `it has ${firstOf(ids)}` : `did you mean "${near}"?`;
  return `no feed "${printable(name)}" in ${file}; ${hint}`;
}

/** `a, b and 7 more` */
export function firstOf(ids: readonly string[]): string {
  const more = ids.length - shownIds;
  return `${ids.slice(0, shownIds).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
