// The record that says whose store this is: `{prefix}:meta` with program, schema and generation. Written once, by whichever
// process comes first; a store without it is empty, or was emptied.

import { randomUUID } from 'node:crypto';
import { StoreError } from '../../../errors.ts';
import { damagedRecord } from './fault.ts';
import type { RedisLink } from './link.ts';
import { script } from './script.ts';
import { scriptText } from './script-text.ts';

const schema = 1;
const program = 'feedhook';

/** Ours of which there is one each, and what it holds. */
const types: Readonly<Record<string, string>> = {
  meta: 'hash',
  requests: 'hash',
  outboxes: 'set',
  silent: 'set',
  events: 'zset',
  endpoints: 'zset',
  number: 'string',
};

const begin = scriptText(`
if redis.call('EXISTS', ARGV[1]) == 0 then
  redis.call('HSET', ARGV[1], 'program', ARGV[2], 'schema', ARGV[3], 'generation', ARGV[4])
end
return redis.call('HGET', ARGV[1], 'generation')
`);

/** Rejects when another program, or a newer feedhook, has written under our prefix. Writes nothing. */
export async function requireOurs(link: RedisLink): Promise<void> {
  const names = Object.keys(types);
  const found = await link.ask((client) => Promise.all(names.map((name) => client.type(link.key(name)))));
  const strange = names.find((name, place) => found[place] !== 'none' && found[place] !== types[name]);
  if (strange !== undefined) throw othersStore(link, link.key(strange));
  const key = link.key('meta');
  const meta = await link.ask((client) => client.hgetall(key));
  if (Object.keys(meta).length === 0) return;
  if (meta.program !== program || meta.generation === undefined || !(Number(meta.schema) > 0)) {
    throw othersStore(link, key);
  }
  if (Number(meta.schema) > schema) {
    throw new StoreError(
      'store-newer',
      `store ${link.name}: a newer feedhook has written it: start that one`,
    );
  }
}

/** The generation that holds from now on: the one that is there, or a new one. */
export async function beginGeneration(link: RedisLink): Promise<string> {
  const generation = await script(link, begin)(link.key('meta'), program, schema, randomUUID());
  if (typeof generation !== 'string') throw othersStore(link, link.key('meta'));
  return generation;
}

export async function readGeneration(link: RedisLink): Promise<string | undefined> {
  return (await link.ask((client) => client.hget(link.key('meta'), 'generation'))) ?? undefined;
}

function othersStore({ name, config }: RedisLink, key: string): StoreError {
  return damagedRecord(
    name,
    `${key} is none of ours: another program uses the prefix ${config.prefix}; give feedhook one of its own with prefix=NAME`,
  );
}
