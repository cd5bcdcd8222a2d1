// One publisher of the demo: a feed, what it had published before the daemon came, and what it publishes
// during the tour. Written for this project; every name and place is made up.

import type { DemoEnclosure, DemoEntry, DemoFeed } from '../documents/feed.ts';

export interface Story {
  /** Last part of the page's address and of the entry's id. */
  readonly slug: string;
  readonly title: string;
  readonly summary?: string;
  readonly html: string;
  readonly tags: readonly string[];
  readonly enclosure?: DemoEnclosure;
}

export interface Publisher {
  readonly feed: DemoFeed;
  /** What the slug is added to; a tag URI, an opaque prefix or the address of the home page. */
  readonly idPrefix: string;
  /** Oldest first. */
  readonly backlog: readonly Story[];
  /** In the order of the tour. */
  readonly news: readonly Story[];
}

export function entryOf(publisher: Publisher, story: Story, publishedAt: number): DemoEntry {
  const { slug, ...rest } = story;
  return {
    ...rest,
    id: `${publisher.idPrefix}${slug}`,
    url: `${publisher.feed.homePageUrl}${slug}`,
    publishedAt,
  };
}
