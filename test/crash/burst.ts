// What the crash test's origin publishes: twenty feeds in all the formats and charsets of the demo, and
// entries by number.

import type { DemoEntry, DemoFeed } from '../../src/commands/demo/documents/feed.ts';
import { publishers } from '../../src/commands/demo/texts/publishers.ts';

const dayMs = 86_400_000;

export function crashFeeds(count: number): DemoFeed[] {
  return Array.from({ length: count }, (_, index) => {
    const model = publishers[index % publishers.length];
    if (model === undefined) throw new Error('the demo has no publishers');
    const id = `feed-${String(index).padStart(2, '0')}`;
    return { ...model.feed, id, path: `/${id}`, homePageUrl: `https://crash.example/${id}/` };
  });
}

/** The `number`-th entry of the feed; its address is its id, which every format can carry. */
export function crashEntry(feed: DemoFeed, number: number, publishedAt: number): DemoEntry {
  const url = `${feed.homePageUrl}${number}`;
  return {
    id: url,
    url,
    title: `${feed.title} № ${number}`,
    html: `<p>Entry <b>${number}</b> of ${feed.id} &amp; nothing else.</p>`,
    tags: [`n${number % 7}`],
    publishedAt,
  };
}

/** What was there before the daemon came, oldest first and a day apart, numbered below 0. */
export function backlog(feed: DemoFeed, count: number, now: number): DemoEntry[] {
  return Array.from({ length: count }, (_, index) =>
    crashEntry(feed, index - count, now - (count - index) * dayMs),
  );
}
