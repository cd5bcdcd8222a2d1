// Holds of lanes in a migration. The format of a lane's record is that of lane-scripts.ts; one that has only a hold is that of a
// lane which is not configured, until a daemon says that it is.

import type { PortableRecord, RecordOf } from '../../../model/portable.ts';
import type { RedisLink } from '../server/link.ts';

const together = 1_000;

export async function* holdRecords(link: RedisLink, now: number): AsyncGenerator<readonly PortableRecord[]> {
  // HSCAN may give a field twice.
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const from = cursor;
    const [next, flat] = await link.ask((client) => client.hscan(link.key('lanes'), from, 'COUNT', together));
    yield flat.flatMap((laneId, place): PortableRecord[] => {
      if (place % 2 !== 0 || seen.has(laneId)) return [];
      seen.add(laneId);
      const heldUntil = heldOf(flat[place + 1] ?? '');
      return heldUntil > now ? [{ kind: 'hold', laneId, heldUntil }] : [];
    });
    cursor = next;
  } while (cursor !== '0');
}

export async function addHolds(link: RedisLink, records: readonly RecordOf<'hold'>[]): Promise<void> {
  for (let from = 0; from < records.length; from += together) {
    const some = records.slice(from, from + together);
    const texts = some.flatMap(({ laneId, heldUntil }) => [laneId, recordText(heldUntil)]);
    await link.ask((client) => client.hset(link.key('lanes'), ...texts));
  }
}

const recordText = (heldUntil: number) => `|${heldUntil}|||1`;

function heldOf(text: string): number {
  const held = Number(text.split('|')[1]);
  return Number.isFinite(held) ? held : 0;
}
