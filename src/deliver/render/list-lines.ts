// Several entries as lines of plain text, each link below its title.

import type { PushItem } from './push.ts';

export function listLines(items: readonly PushItem[], more: string | undefined): string[] {
  return [
    ...items.flatMap(({ title, url, byline }) => [
      `• ${title}${byline === undefined ? '' : ` — ${byline}`}`,
      ...(url === undefined ? [] : [url]),
    ]),
    ...(more === undefined ? [] : [more]),
  ];
}
