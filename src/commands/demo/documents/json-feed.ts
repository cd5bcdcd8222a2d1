// JSON Feed 1.1. https://www.jsonfeed.org/version/1.1/

import type { DemoEntry, DemoFeed } from './feed.ts';
import { isoDate } from './markup.ts';

export function renderJsonFeed(feed: DemoFeed, feedUrl: string, entries: readonly DemoEntry[]): string {
  const document = {
    version: 'https://jsonfeed.org/version/1.1',
    title: feed.title,
    description: feed.subtitle,
    home_page_url: feed.homePageUrl,
    feed_url: feedUrl,
    language: feed.language,
    authors: [{ name: feed.author }],
    items: entries.map(renderItem),
  };
  return JSON.stringify(document, null, 1);
}

function renderItem({ id, url, title, summary, html, tags, enclosure, publishedAt }: DemoEntry): object {
  return {
    id,
    url,
    title,
    ...(summary !== undefined && { summary }),
    content_html: html,
    date_published: isoDate(publishedAt),
    tags,
    ...(enclosure !== undefined && {
      attachments: [
        { url: enclosure.url, mime_type: enclosure.mimeType, size_in_bytes: enclosure.sizeBytes },
      ],
    }),
  };
}
