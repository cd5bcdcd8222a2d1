// Forgetting, in Lua: what goes is looked at and removed in one step, together with the outboxes that might still name it.

import { emptyOutboxPrefix } from '../../memory-record.ts';
import { deliveryScript } from '../deliveries/scripts/library.ts';
import { searchLibrary } from '../deliveries/search-scripts.ts';

// The memory is read here, in the same step as the removal, so that no outbox comes in between. An outbox names events of its
// own feed alone. Whatever is not the beginning of a memory as memory-record.ts writes it may name any.
const owedLibrary = `
local emptyOutbox = '${emptyOutboxPrefix}'
local outboxes = {}

-- A poll has just stored it again (events.ts), and will name it in the memory that it writes next.
local function isAnnounced(ev, before)
  local again = redis.pcall('HGET', T .. ':event:' .. ev, 'again')
  return type(again) == 'string' and tonumber(again) >= before
end

-- nil when that cannot be told.
local function namedBy(feed)
  if redis.call('SISMEMBER', T .. ':outboxes', feed) == 0 then return {} end
  local memory = T .. ':memory:' .. feed
  local begins = redis.pcall('GETRANGE', memory, 0, #emptyOutbox - 1)
  if begins == emptyOutbox or begins == '' then return {} end
  if type(begins) ~= 'string' or string.sub(begins, 1, -2) ~= string.sub(emptyOutbox, 1, -2) then return nil end
  local line = string.match(redis.call('GET', memory), '^[^\\n]*')
  local isRead, head = pcall(cjson.decode, line)
  if not isRead or head.feedId ~= feed then return nil end
  local named = {}
  for _, ev in ipairs(head.outbox) do
    if type(ev) ~= 'string' then return nil end
    named[ev] = true
  end
  return named
end

-- Whether the relay of the feed may still want this event.
local function isOwed(feed, ev)
  if outboxes[feed] == nil then outboxes[feed] = namedBy(feed) or false end
  local named = outboxes[feed]
  return not named or named[ev] == true
end
`;

/**
 * Finished deliveries, of one state; of those that are pending, only names whose records somebody has deleted. ARGV: endpoint,
 * state, bound to begin from, before, rows to look at. Answers with how many were removed and where to go on ('': that was all).
 */
export const pruneDeliveriesScript = deliveryScript(
  searchLibrary,
  owedLibrary,
  `
local function forgetName(ep, state, ev)
  redis.call('ZREM', T .. ':state:' .. ep .. ':' .. state, ev)
  local owed = redis.pcall('HINCRBY', T .. ':event:' .. ev, 'owed', -1)
  if type(owed) == 'number' and owed <= 0 then redis.call('HDEL', T .. ':event:' .. ev, 'owed') end
end
local ep, state, before, limit = ARGV[1], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local rows, isEnd = rowsFrom(ep, { state }, ARGV[3], false, limit)
local removed = 0
for _, row in ipairs(rows) do
  local isRead, d = pcall(load, ep, row.ev)
  local added, changed = isRead and d and d.added, isRead and d and d.changed
  if added and changed and d.feed and d.state == state then
    -- Numbers follow the time of adding, and nothing was changed before it was added.
    if added >= before then isEnd = true break end
    if state ~= 'pending' and changed < before and not isOwed(d.feed, row.ev) and not isAnnounced(row.ev, before) then
      -- Its event may be no event: that keeps nothing else from going.
      pcall(remove, d)
      removed = removed + 1
    end
  elseif isRead and redis.call('EXISTS', T .. ':d:' .. ep .. ':' .. row.ev) == 0 then
    forgetName(ep, state, row.ev)
  end
end
return { removed, not isEnd and '(' .. str(rows[#rows].number) or '' }
`,
);

/**
 * Events that nothing needs, by age. ARGV: how many of the oldest to pass over, before, rows to look at. Answers with how many
 * were removed, how many were kept, and whether that was all.
 */
export const pruneEventsScript = deliveryScript(
  owedLibrary,
  `
local from, before, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local rows = redis.call('ZRANGE', T .. ':events', from, from + limit - 1, 'WITHSCORES')
local removed, kept, isEnd = 0, 0, #rows < 2 * limit
for at = 1, #rows, 2 do
  local ev, key = rows[at], T .. ':event:' .. rows[at]
  if tonumber(rows[at + 1]) >= before then isEnd = true break end
  local found = redis.pcall('HMGET', key, 'type', 'feedId', 'owed')
  if not found.err and not found[1] then
    redis.call('ZREM', T .. ':events', ev)
  elseif found.err or tonumber(found[3] or '0') ~= 0 or not found[2] or isOwed(found[2], ev) or isAnnounced(ev, before) then
    kept = kept + 1
  else
    redis.call('DEL', key)
    redis.call('ZREM', T .. ':events', ev)
    removed = removed + 1
  end
end
return { removed, kept, isEnd and 1 or 0 }
`,
);
