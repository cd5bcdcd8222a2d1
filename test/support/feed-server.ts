// A loopback origin of plain RSS feeds that a test publishes to: /NAME answers 200 with an ETag, or 304.

import { createHash } from 'node:crypto';
import { type Answer, startServer, type TestServer } from './http-server.ts';

export interface FeedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: TestServer;
  /** Puts an entry at the top of a feed, which exists from then on. */
  publish(feed: string, ...titles: readonly string[]): void;
  /** Answers `/NAME` as told, instead of as a feed. */
  answer(name: string, answer: Answer): void;
  /** How many requests `/NAME` has had. */
  count(name: string): number;
}

export async function startFeedServer(): Promise<FeedServer> {
  const feeds = new Map<string, string[]>();
  const answers = new Map<string, Answer>();
  const server = await startServer((request, response, message) => {
    const name = request.path.slice(1);
    const own = answers.get(name);
    if (own) return own(request, response, message);
    const titles = feeds.get(name);
    if (!titles) return void response.writeHead(404).end();
    const body = document(name, titles);
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    response.writeHead(200, { etag, 'content-type': 'application/rss+xml' }).end(body);
  });
  return {
    url: server.url,
    port: server.port,
    server,
    publish: (feed, ...titles) => void feeds.set(feed, [...titles.toReversed(), ...(feeds.get(feed) ?? [])]),
    answer: (name, own) => void answers.set(name, own),
    count: (name) => server.requests.filter(({ path }) => path === `/${name}`).length,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function document(name: string, titles: readonly string[]): string {
  const items = titles.map(
    (title) =>
      `<item><guid isPermaLink="false">${name}:${title}</guid><title>${title}</title><link>https://example.org/${name}</link></item>`,
  );
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>${name}</title><link>https://example.org/</link>${items.join('')}</channel></rss>`;
}
