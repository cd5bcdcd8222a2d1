// Which endpoint a command line means, and what is said when it means none.

import type { Command } from 'commander';
import { endpointIds } from '../daemon/endpoint-figures.ts';
import { firstOf } from './feed-name.ts';
import type { Opened } from './open.ts';
import { printable } from './table.ts';

/** One of feeds.yaml, or one that left it and is still in the store; ends the command where there is none. */
export async function endpointNamed(
  id: string,
  { config, backend }: Opened,
  command: Command,
): Promise<string> {
  const found = await backend.deliveries.endpoints();
  const ids = new Set([...endpointIds(config), ...found.map(({ endpointId }) => endpointId)]);
  if (ids.has(id)) return id;
  return command.error(`error: ${await unknownEndpoint(id, [...ids])}`);
}

export async function unknownEndpoint(id: string, ids: readonly string[]): Promise<string> {
  const { nearMiss } = await import('../config/near-miss.ts');
  const near = nearMiss(id, ids);
  const hint =
    near === undefined
      ? `there ${ids.length === 1 ? 'is' : 'are'} ${firstOf(ids)}`
      : `did you mean "${near}"?`;
  return `no endpoint "${printable(id)}"; ${hint}`;
}
