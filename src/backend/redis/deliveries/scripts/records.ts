// Lua: the record of a delivery, and the indexes that follow from its fields. What each function promises: library.ts.

export const records = `
local T = string.sub(KEYS[1], 1, -8)
local fields = { 'number', 'feed', 'state', 'reason', 'attempts', 'due', 'added', 'changed', 'sequence', 'replay',
  'lane', 'place', 'failed', 'fallback', 'batch', 'alone', 'slot' }
local isNumber = { true, false, false, false, true, true, true, true, true, false,
  false, false, true, false, false, false, false }
local loaded, rules, unsettled, isUnsettled = {}, {}, {}, {}

local function str(n) return string.format('%.0f', n) end
local function memberOf(d) return string.format('%016.0f', d.number) .. '.' .. d.ev end
local function evOf(member) return string.sub(member, 18) end

-- One that is damaged is as good as none, so that no script ends in the middle because of it.
local states = { pending = true, withheld = true, done = true, dead = true, skipped = true }
local function isWhole(d)
  return d.number and d.feed and d.state and states[d.state] and d.place and d.attempts and d.due and d.added and d.changed and d.sequence
end

local function load(ep, ev)
  local key = T .. ':d:' .. ep .. ':' .. ev
  local d = loaded[key]
  if d then return d end
  local values = redis.pcall('HMGET', key, unpack(fields))
  if values.err or not values[1] then return nil end
  d = { ep = ep, ev = ev, key = key }
  local old = {}
  for i = 1, #fields do
    local field, value = fields[i], values[i]
    if value then
      if isNumber[i] then value = tonumber(value) end
      d[field] = value
      old[field] = value
    end
  end
  if not isWhole(d) then return nil end
  d.old = old
  loaded[key] = d
  return d
end

-- The index of what may be sent in which it stands.
local function sendableIn(d)
  if d.state ~= 'pending' or d.place == 'behind' or d.slot then return nil end
  return d.attempts > 0 and 'again' or 'first'
end
local function behindIn(d)
  if d.state == 'pending' and d.place == 'behind' and not d.batch then return d.lane end
end
local function headOf(d)
  if d.place == 'head' then return d.lane end
end

local function index(d, old)
  local ep, ev, number = d.ep, d.ev, d.number
  if old.state ~= d.state then
    if old.state then redis.call('ZREM', T .. ':state:' .. ep .. ':' .. old.state, ev) end
    if d.state then redis.call('ZADD', T .. ':state:' .. ep .. ':' .. d.state, number, ev) end
  end
  local before, after = sendableIn(old), sendableIn(d)
  if before and before ~= after then redis.call('ZREM', T .. ':' .. before .. ':' .. ep, memberOf(d)) end
  if after and (before ~= after or old.due ~= d.due) then
    redis.call('ZADD', T .. ':' .. after .. ':' .. ep, d.due, memberOf(d))
  end
  before, after = behindIn(old), behindIn(d)
  if before ~= after then
    if before then redis.call('ZREM', T .. ':behind:' .. ep .. ':' .. before, ev) end
    if after then redis.call('ZADD', T .. ':behind:' .. ep .. ':' .. after, number, ev) end
  end
  before, after = headOf(old), headOf(d)
  if before ~= after then
    if before then redis.call('HDEL', T .. ':heads:' .. ep, before) end
    if after then redis.call('HSET', T .. ':heads:' .. ep, after, ev) end
  end
  if old.batch ~= d.batch then
    if old.batch then redis.call('ZREM', T .. ':batch:' .. ep .. ':' .. old.batch, ev) end
    if d.batch then redis.call('ZADD', T .. ':batch:' .. ep .. ':' .. d.batch, number, ev) end
  end
end

local function save(d)
  local old, set, gone = d.old, nil, nil
  for i = 1, #fields do
    local field = fields[i]
    local value = d[field]
    if value ~= old[field] then
      if value == nil then
        gone = gone or {}
        gone[#gone + 1] = field
      else
        set = set or {}
        set[#set + 1] = field
        set[#set + 1] = value
      end
    end
  end
  if not set and not gone then return end
  if set then redis.call('HSET', d.key, unpack(set)) end
  if gone then redis.call('HDEL', d.key, unpack(gone)) end
  index(d, old)
  for i = 1, set and #set or 0, 2 do old[set[i]] = set[i + 1] end
  for i = 1, gone and #gone or 0 do old[gone[i]] = nil end
end
`;
