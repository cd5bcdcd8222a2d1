// `feedhook preview URL --endpoint E`: what the endpoint would be sent of this feed if all its entries were new, and why not the
// others. Reads feeds.yaml and the feed; stores nothing and sends nothing.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Config, EndpointConfig } from '../config/load.ts';
import type { EndpointPreview, PreviewedFeed } from './endpoint-requests.ts';
import type { FeedReading } from './read-document.ts';
import { targetFault } from './target-fault.ts';

export interface EndpointPreviewOptions {
  readonly endpoint: string;
  readonly config: string;
  readonly entry?: string;
  readonly allow?: readonly string[];
  readonly json?: boolean;
}

export async function previewEndpoint(
  name: string,
  options: EndpointPreviewOptions,
  command: Command,
): Promise<void> {
  const { readFeeds } = await import('./read-feeds.ts');
  const { chosen, previewJson, previewText } = await import('./preview-endpoint-report.ts');
  const config = await readFeeds(options.config);
  const endpoint = config.endpoints.find(({ id }) => id === options.endpoint);
  if (!endpoint) return command.error(`error: ${await noEndpoint(options, config)}`);
  const feed = await feedNamed(name, config, endpoint, options);
  if ('fault' in feed) return command.error(`error: ${feed.fault}`);
  const reading = await read(feed, config, options.allow ?? []);
  const preview = await previewOf(reading, feed, config, endpoint);
  const wanted = chosen(preview, options.entry);
  if (wanted.entries.length === 0 && options.entry !== undefined) {
    return command.error(
      `error: no entry "${options.entry}" in ${preview.entries.length} entries of the feed`,
    );
  }
  const shown = { feed, endpoint, preview: wanted, isOneAsked: options.entry !== undefined };
  console.log(options.json ? previewJson(shown) : previewText(shown));
}

async function noEndpoint(
  { endpoint, config: file }: EndpointPreviewOptions,
  { endpoints }: Config,
): Promise<string> {
  const { unknownEndpoint } = await import('./endpoint-name.ts');
  const ids = endpoints.map(({ id }) => id);
  return ids.length === 0 ? `${file} has no endpoints` : await unknownEndpoint(endpoint, ids);
}

/** By id or URL; of another URL it is judged as a feed that names this endpoint and has no labels. */
async function feedNamed(
  name: string,
  { feeds }: Config,
  { id }: EndpointConfig,
  { config: file, allow = [] }: EndpointPreviewOptions,
): Promise<PreviewedFeed | { readonly fault: string }> {
  const { isNamed, unknownFeed } = await import('./feed-name.ts');
  const found = feeds.find((feed) => isNamed(feed, name));
  if (!found && !name.includes(':')) return { fault: await unknownFeed(name, file, feeds) };
  const fault = await targetFault(found?.url ?? name, allow);
  if (fault !== undefined) return { fault };
  if (found) return { ...found, isConfigured: true };
  const { feedIdFromUrl } = await import('../config/feed-id.ts');
  return { id: feedIdFromUrl(name), url: name, labels: [], endpointIds: [id], isConfigured: false };
}

async function read(feed: PreviewedFeed, config: Config, allow: readonly string[]): Promise<FeedReading> {
  const { clientFor } = await import('../daemon/world.ts');
  const { asOwner } = await import('../poll/request.ts');
  const { readFeed } = await import('./read-feed.ts');
  const { network, limits } = config;
  const feeds = { ...network.feeds, allow: [...network.feeds.allow, ...allow] };
  const client = clientFor({ ...config, network: { ...network, feeds } }, systemClock);
  const { url, headers = {}, auth, allowDowngrade = false } = feed;
  const request = asOwner(url, { url, headers, ...(auth && { auth }), allowDowngrade });
  return await readFeed(request, { client, limits });
}

async function previewOf(
  { fetched, parsed }: FeedReading,
  feed: PreviewedFeed,
  config: Config,
  endpoint: EndpointConfig,
): Promise<EndpointPreview> {
  const { identityOf, newEntries } = await import('./preview-report.ts');
  const { endpointPreview } = await import('./endpoint-requests.ts');
  const { entryEvent } = await import('../outbox/event.ts');
  const { userAgent } = await import('../version.ts');
  const now = systemClock.now();
  const of = { ...feed, feedUrl: fetched.url, facts: parsed };
  const changes = newEntries(identityOf(parsed.entries, feed.identity), now);
  // The body of an event is made each time it is read.
  const events = changes.map((change) => ({ ...entryEvent(change, of, now) }));
  return endpointPreview(events, feed, endpoint, {
    clock: systemClock,
    userAgent: userAgent(config.contact),
  });
}
