// Stored events, a hash each. One of which there is a delivery stays as it is (its `owed`, counted by the scripts of the
// deliveries); any other is what the last call says, since a poll that a crash cut off is judged anew.

import type { StoredEvent } from '../../../model/event.ts';
import { damagedRecord } from '../server/fault.ts';
import type { RedisLink } from '../server/link.ts';
import { script } from '../server/script.ts';
import { scriptText } from '../server/script-text.ts';

/** Events in one script or one read: big baselines must not hold the server. */
const eventsTogether = 200;
const bytesTogether = 1_000_000;

// The first write is one that a full server refuses: after any other, it lets a script write on. An event whose deliveries came first has `owed` and no `type`.
const add = scriptText(`
local prefix = ARGV[1]
local times = ARGV[2]
for at = 3, #ARGV, 8 do
  local id = ARGV[at]
  local key = prefix .. id
  local has = redis.call('HMGET', key, 'type', 'owed')
  if not (has[1] and tonumber(has[2] or 0) > 0) then
    redis.call('HSET', key, 'type', ARGV[at + 1], 'feedId', ARGV[at + 2], 'detectedAt', ARGV[at + 3], 'body', ARGV[at + 4])
    redis.call('HDEL', key, 'entryKey', 'sequence', 'isWithheld')
    if ARGV[at + 5] ~= '' then redis.call('HSET', key, 'entryKey', ARGV[at + 5]) end
    if ARGV[at + 6] ~= '' then redis.call('HSET', key, 'sequence', ARGV[at + 6]) end
    if ARGV[at + 7] ~= '' then redis.call('HSET', key, 'isWithheld', ARGV[at + 7]) end
    redis.call('ZADD', times, ARGV[at + 3], id)
  else
    -- Keeps it and its deliveries from being pruned before the memory is written that names it.
    redis.call('HSET', key, 'again', ARGV[at + 3])
  end
end
return 1
`);

export async function addEvents(link: RedisLink, events: readonly StoredEvent[]): Promise<void> {
  const run = script(link, add);
  const keys = [link.key('event', ''), link.key('events')];
  for (const some of chunks(events)) await run(...keys, ...some.flatMap(fieldsOf));
}

/** Of its hash, in the order of `toEvent`. */
export const eventFields = [
  'type',
  'feedId',
  'detectedAt',
  'body',
  'entryKey',
  'sequence',
  'isWithheld',
] as const;

export type EventValues = readonly (string | null)[];

/** In the order of the script. */
function fieldsOf(event: StoredEvent): string[] {
  const { id, type, feedId, detectedAt, body, entryKey, sequence, isWithheld } = event;
  return [
    id,
    type,
    feedId,
    String(detectedAt),
    body,
    entryKey ?? '',
    sequence === undefined ? '' : String(sequence),
    isWithheld ? '1' : '',
  ];
}

/** Those that exist, in the order asked. */
export async function readEvents(link: RedisLink, ids: readonly string[]): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let from = 0; from < ids.length; from += eventsTogether) {
    const some = ids.slice(from, from + eventsTogether);
    const rows = await link.ask((client) =>
      Promise.all(some.map((id) => client.hmget(link.key('event', id), ...eventFields))),
    );
    for (const [place, row] of rows.entries()) {
      const event = toEvent(link.name, some[place] ?? '', row);
      if (event) events.push(event);
    }
  }
  return events;
}

/** `undefined` where it is not stored. `name`: of the store, for the fault of a damaged one. */
export function toEvent(name: string, id: string, row: EventValues): StoredEvent | undefined {
  const [type, feedId, detectedAt, body, entryKey, sequence, isWithheld] = row;
  if (type === null || type === undefined) return undefined;
  if (typeof feedId !== 'string' || typeof body !== 'string' || !Number.isFinite(Number(detectedAt ?? NaN))) {
    throw damagedRecord(name, `the event ${id} lacks a field`);
  }
  return {
    id,
    type: type as StoredEvent['type'],
    feedId,
    ...(entryKey != null && { entryKey }),
    ...(sequence != null && { sequence: Number(sequence) }),
    detectedAt: Number(detectedAt),
    body,
    ...(isWithheld != null && { isWithheld: true as const }),
  };
}

function* chunks(events: readonly StoredEvent[]): Generator<StoredEvent[]> {
  let some: StoredEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    some.push(event);
    bytes += event.body.length;
    if (some.length < eventsTogether && bytes < bytesTogether) continue;
    yield some;
    some = [];
    bytes = 0;
  }
  if (some.length > 0) yield some;
}
