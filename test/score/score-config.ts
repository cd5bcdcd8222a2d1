// feeds.yaml of a scoring run: everything as it comes, except what loopback and the speed of the clock need.

import type { Resource, ScoringOrigin } from './scoring-origin.ts';

export interface ScoreConfig {
  readonly feeds: readonly object[];
  readonly origins?: object;
  /** More of `network.feeds`. */
  readonly network?: object;
}

export function configOf({ feeds, origins = {}, network = {} }: ScoreConfig): object {
  return {
    store: 'sqlite:./feedhook.db',
    defaults: { contact: 'https://example.org/feeds' },
    // The deadlines run by the scoring clock, or by the system's, which is far slower.
    limits: { requestTimeout: '1h' },
    network: { feeds: { allow: ['loopback'], ...network } },
    server: { listen: 'off' },
    origins,
    feeds,
  };
}

/** The lines that name the resource. */
export function linesOf(origin: ScoringOrigin, resource: Resource): object[] {
  const { name, config, lines = [{ id: name }] } = resource;
  return lines.map(({ id, spelling = asIs, intervalMs }) => ({
    id,
    url: spelling(origin.urlOf(resource)),
    ...(intervalMs !== undefined && { interval: `${intervalMs}ms` }),
    ...config,
  }));
}

const asIs = (url: string) => url;
