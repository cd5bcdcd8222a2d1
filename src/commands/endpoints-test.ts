// `feedhook endpoints test`: one request of the type `test.ping` to an endpoint, what came back, what it means and what to do.
// Nothing is stored and no delivery comes of it, so it works beside a running daemon, and before the first start.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Config, EndpointConfig } from '../config/config.ts';
import { ping } from '../deliver/ping.ts';
import { StoreError } from '../errors.ts';
import { createGuard } from '../fetch/egress.ts';
import type { EndpointCondition } from '../model/endpoint.ts';
import { userAgent } from '../version.ts';
import { configOption } from './config-option.ts';
import { unknownEndpoint } from './endpoint-name.ts';
import { jsonText } from './json-text.ts';
import { openBeside } from './open.ts';
import { pingText, pingWords } from './ping-words.ts';
import { readFeeds } from './read-feeds.ts';

export function addEndpointTest(endpoints: Command): void {
  endpoints
    .command('test <endpoint>')
    .description(
      'Send one request of the type test.ping to an endpoint and show what came back, what it means and what to do; 1 if it was not accepted.',
    )
    .addOption(configOption())
    .option('--json', 'one JSON document instead of text')
    .action(
      async (id: string, { config: file, json }: { config: string; json?: boolean }, command: Command) => {
        const config = await readFeeds(file);
        const endpoint = config.endpoints.find((each) => each.id === id);
        if (!endpoint) return command.error(`error: ${await complaint(id, config)}`);
        const result = await pingOnce(endpoint, config);
        console.log(
          json ? jsonText({ endpointId: id, ...result, ...pingWords(id, result) }) : pingText(id, result),
        );
        if (result.reading.meaning !== 'delivered') process.exitCode = 1;
      },
    );
}

async function complaint(id: string, { endpoints }: Config): Promise<string> {
  if (endpoints.length === 0) return 'feeds.yaml names no endpoint: events go to standard output';
  return await unknownEndpoint(
    id,
    endpoints.map((each) => each.id),
  );
}

async function pingOnce(endpoint: EndpointConfig, config: Config) {
  const { contact, network, server } = config;
  const own = () => (server ? [server] : []);
  const guard = createGuard({ audience: 'webhooks', allow: network.webhooks.allow, own });
  const tools = { clock: systemClock, guard, userAgent: userAgent(contact) };
  return await ping(endpoint, tools, new AbortController().signal, await conditionOf(endpoint.id, config));
}

/** A chat may have moved. Without a store nothing is known. */
async function conditionOf(id: string, config: Config): Promise<EndpointCondition> {
  try {
    await using opened = await openBeside(config);
    const found = await opened.backend.deliveries.endpoints();
    return found.find(({ endpointId }) => endpointId === id)?.condition ?? {};
  } catch (error) {
    if (error instanceof StoreError) return {};
    throw error;
  }
}
