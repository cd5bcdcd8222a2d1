// The deliveries of this store in a migration: read by rank in the sets of their states, written by a script that makes every
// index anew.

import { deliveryStates } from '../../../model/delivery.ts';
import type { PortableRecord, RecordOf } from '../../../model/portable.ts';
import type { RedisLink } from '../server/link.ts';
import { script } from '../server/script.ts';
import { deliveryFields, hashOf, toDeliveryRecord, toTaken } from './portable-records.ts';
import { takeDeliveries } from './portable-scripts.ts';

const together = 200;

interface Set {
  readonly endpointId: string;
  readonly key: string;
}

export async function countDeliveries(link: RedisLink): Promise<number> {
  const sets = await setsOf(link);
  const counts = await link.ask((client) => Promise.all(sets.map(({ key }) => client.zcard(key))));
  return counts.reduce((sum, count) => sum + count, 0);
}

export async function* deliveryRecords(link: RedisLink): AsyncGenerator<readonly PortableRecord[]> {
  for (const { endpointId, key } of await setsOf(link)) {
    for (let from = 0; ; from += together) {
      const eventIds = await link.ask((client) =>
        client.zrange(key, String(from), String(from + together - 1)),
      );
      if (eventIds.length === 0) break;
      yield await read(link, endpointId, eventIds);
    }
  }
}

export async function addDeliveries(
  link: RedisLink,
  records: readonly RecordOf<'delivery'>[],
): Promise<void> {
  const take = script(link, takeDeliveries);
  for (let from = 0; from < records.length; from += together) {
    await take(JSON.stringify(records.slice(from, from + together).map(toTaken)));
  }
}

/** An endpoint has one for each state. */
async function setsOf(link: RedisLink): Promise<Set[]> {
  const endpointIds = await link.ask((client) => client.zrange(link.key('endpoints'), '0', '-1'));
  return endpointIds.flatMap((endpointId) =>
    deliveryStates.map((state) => ({ endpointId, key: link.key('state', endpointId, state) })),
  );
}

async function read(
  link: RedisLink,
  endpointId: string,
  eventIds: readonly string[],
): Promise<PortableRecord[]> {
  const [rows, logs] = await link.ask((client) =>
    Promise.all([
      Promise.all(
        eventIds.map((eventId) => client.hmget(link.key('d', endpointId, eventId), ...deliveryFields)),
      ),
      Promise.all(eventIds.map((eventId) => client.lrange(link.key('attempts', endpointId, eventId), 0, -1))),
    ]),
  );
  const hashes = rows.map((row) => hashOf(deliveryFields, row));
  const numbers = await headNumbers(
    link,
    endpointId,
    hashes.flatMap(({ batch }) => batch ?? []),
  );
  return eventIds.map((eventId, place) => {
    const hash = hashes[place] ?? {};
    const headNumber = hash.batch === undefined ? undefined : numbers.get(hash.batch);
    return toDeliveryRecord({ eventId, endpointId }, hash, { log: logs[place] ?? [], headNumber });
  });
}

async function headNumbers(
  link: RedisLink,
  endpointId: string,
  eventIds: readonly string[],
): Promise<Map<string, number>> {
  const heads = [...new Set(eventIds)];
  const found = await link.ask((client) =>
    Promise.all(heads.map((eventId) => client.hget(link.key('d', endpointId, eventId), 'number'))),
  );
  return new Map(heads.map((eventId, place) => [eventId, Number(found[place])]));
}
