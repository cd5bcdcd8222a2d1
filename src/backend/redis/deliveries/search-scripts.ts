// How the deliveries of an endpoint are walked in the order of adding, in Lua, so that one that changes its state meanwhile is
// met once. A script looks at a bounded number of them; whoever wants more asks again from where it ended.

import { deliveryScript } from './scripts/library.ts';

/**
 * Numbers follow the time of adding as far as the clocks of all processes agree, and none is set back. A walk by time looks so
 * many ms further than it must, at one delivery after the other.
 */
const skewMs = 3_600_000;

/** On top of the library of the deliveries. */
export const searchLibrary = `
-- The next of an endpoint in some states, from this bound on.
local function rowsFrom(ep, states, from, isDown, limit)
  local rows = {}
  for _, state in ipairs(states) do
    local index = T .. ':state:' .. ep .. ':' .. state
    local found
    if isDown then
      found = redis.call('ZREVRANGEBYSCORE', index, from, '-inf', 'WITHSCORES', 'LIMIT', 0, limit)
    else
      found = redis.call('ZRANGEBYSCORE', index, from, '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
    end
    for at = 1, #found, 2 do
      rows[#rows + 1] = { ev = found[at], number = tonumber(found[at + 1]), state = state }
    end
  end
  table.sort(rows, function(a, b)
    if isDown then return a.number > b.number end
    return a.number < b.number
  end)
  local isEnd = #rows < limit
  for at = #rows, limit + 1, -1 do rows[at] = nil end
  return rows, isEnd
end

-- The number of the first that was added at this time or later, by halving; nil when all are older. What cannot be read says
-- nothing about times: the next one does.
local function firstSince(ep, states, time)
  local first
  for _, state in ipairs(states) do
    local index = T .. ':state:' .. ep .. ':' .. state
    local low, high = 0, redis.call('ZCARD', index)
    while low < high do
      local middle = math.floor((low + high) / 2)
      local probe, added = middle, nil
      while probe < high and not added do
        local ev = redis.call('ZRANGE', index, probe, probe)[1]
        local value = ev and redis.pcall('HGET', T .. ':d:' .. ep .. ':' .. ev, 'added')
        added = type(value) == 'string' and tonumber(value)
        if not added then probe = probe + 1 end
      end
      if added and added < time then low = probe + 1 else high = middle end
    end
    local found = tonumber(redis.call('ZRANGE', index, low, low, 'WITHSCORES')[2])
    if found and not (first and first < found) then first = found end
  end
  return first
end

local skew = ${skewMs}

-- Whether one is of this feed and span ('' and nil: any), and when it was added. One that cannot be read is meant: whoever
-- wants to use it will say what is wrong with it.
local function isMeant(ep, ev, feed, since, before)
  if feed == '' and not since and not before then return true end
  local found = redis.pcall('HMGET', T .. ':d:' .. ep .. ':' .. ev, 'feed', 'added')
  local added = not found.err and tonumber(found[2] or '')
  if not added then return true end
  local isOfFeed = feed == '' or found[1] == feed
  return isOfFeed and not (since and added < since) and not (before and added >= before), added
end
`;

/**
 * Newest first. ARGV: endpoint, rows to look at, number to begin below ('': the newest), feed, since, until ('': any), states.
 * Answers with whether that was all, the number of the last looked at, and event and number of each that is meant.
 */
export const pageScript = deliveryScript(
  searchLibrary,
  `
local ep, limit, below, feed = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local since, before = tonumber(ARGV[5]), tonumber(ARGV[6])
local states = {}
for at = 7, #ARGV do states[#states + 1] = ARGV[at] end
if below == '' then
  local first = before and firstSince(ep, states, before + skew)
  below = first and str(first) or '+inf'
end
local rows, isEnd = rowsFrom(ep, states, '(' .. below, true, limit)
local page = { 0, #rows > 0 and str(rows[#rows].number) or '0' }
for _, row in ipairs(rows) do
  local is, added = isMeant(ep, row.ev, feed, since, before)
  if is then
    page[#page + 1] = row.ev
    page[#page + 1] = str(row.number)
  end
  if since and added and added < since - skew then isEnd = true end
end
if isEnd then page[1] = 1 end
return page
`,
);

/**
 * ARGV: endpoints. Of each: its condition, how many are in each state in the order of the model, and when the oldest pending one
 * was added ('' when none is).
 */
export const healthScript = deliveryScript(`
local function health(ep)
  local row = { redis.call('HGET', T .. ':ep:' .. ep, 'condition') or '' }
  for _, state in ipairs({ 'pending', 'withheld', 'done', 'dead', 'skipped' }) do
    row[#row + 1] = redis.call('ZCARD', T .. ':state:' .. ep .. ':' .. state)
  end
  local oldest = redis.call('ZRANGE', T .. ':state:' .. ep .. ':pending', 0, 0)[1]
  row[#row + 1] = oldest and redis.call('HGET', T .. ':d:' .. ep .. ':' .. oldest, 'added') or ''
  return row
end
local all = {}
for _, ep in ipairs(ARGV) do
  local isRead, row = pcall(health, ep)
  all[#all + 1] = isRead and row or {}
end
return all
`);
