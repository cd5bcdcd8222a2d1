// Lua: the places in a delivery lane, and each change of state, with the rules of sqlite/delivery-lanes.ts and
// sqlite/delivery-table.ts. What each function promises: library.ts.

export const places = `
-- 'mixed' stands there while places are given by another rule, a few at a time: until then what is added has no lane.
local function ruleOf(ep)
  local rule = rules[ep]
  if rule then return rule end
  local stored = redis.call('HMGET', T .. ':ep:' .. ep, 'version', 'lanes', 'batch_count')
  if not stored[1] then
    redis.call('ZADD', T .. ':endpoints', 0, ep)
    redis.call('HSET', T .. ':ep:' .. ep, 'version', 0, 'condition', '{}')
  end
  local isMixed = stored[2] == 'mixed'
  rule = { lanes = isMixed and 'none' or stored[2] or 'none', mixed = isMixed, count = tonumber(stored[3] or '') }
  rules[ep] = rule
  return rule
end

local function laneOf(feed, lanes)
  if lanes == 'none' then return nil end
  return lanes == 'feed' and feed or '*'
end

local function unsettle(ep, lane)
  if not lane then return end
  local name = ep .. '\\n' .. lane
  if isUnsettled[name] then return end
  isUnsettled[name] = true
  unsettled[#unsettled + 1] = { ep, lane }
end

local function enter(d)
  d.batch = nil
  d.lane = laneOf(d.feed, ruleOf(d.ep).lanes)
  d.place = d.lane and 'behind' or 'free'
  unsettle(d.ep, d.lane)
end

-- Those of one that was set aside must not wait for a far retry at the head of the lane either.
local function disband(head)
  for _, ev in ipairs(redis.call('ZRANGE', T .. ':batch:' .. head.ep .. ':' .. head.ev, 0, -1)) do
    local d = ev ~= head.ev and load(head.ep, ev)
    if d then
      d.batch = nil
      if head.place == 'aside' then d.place = 'aside' end
      save(d)
    end
  end
end

local function leave(d)
  if d.batch == d.ev then disband(d) end
  unsettle(d.ep, d.lane)
  d.lane, d.batch, d.place = nil, nil, 'free'
end

-- Nobody looks at the times of one that waits behind, so that it is here that a clock set back meanwhile is seen.
local function promote(ep, lane, now)
  local key, d = T .. ':behind:' .. ep .. ':' .. lane, nil
  for _, ev in ipairs(redis.call('ZRANGE', key, 0, 99)) do
    d = load(ep, ev)
    if d then break end
    -- It holds up nobody.
    redis.call('ZREM', key, ev)
  end
  if not d then return nil end
  d.place = 'head'
  if d.changed > now then
    d.due = now + math.max(0, d.due - d.changed)
    d.changed = now
  end
  save(d)
  return d
end

local function hasten(d, now)
  if d.due > now then
    d.due = now
    save(d)
  end
end

local function settle(ep, lane, now)
  local ev = redis.call('HGET', T .. ':heads:' .. ep, lane)
  local head = ev and load(ep, ev) or promote(ep, lane, now)
  if not head or head.attempts > 0 or head.batch or head.due <= now then return end
  local count = ruleOf(ep).count
  if not count or count == 0 then return end
  if redis.call('ZCARD', T .. ':behind:' .. ep .. ':' .. lane) >= count - 1 then hasten(head, now) end
end

local function settleAll(now)
  for _, each in ipairs(unsettled) do settle(each[1], each[2], now) end
  unsettled, isUnsettled = {}, {}
end

local function nextSequence(ep) return redis.call('HINCRBY', T .. ':ep:' .. ep, 'last_sequence', 1) end

local function create(ep, ev, f)
  local key = T .. ':d:' .. ep .. ':' .. ev
  if loaded[key] or redis.call('EXISTS', key) == 1 then return nil end
  ruleOf(ep)
  local d = { ep = ep, ev = ev, key = key, old = {}, place = 'free', attempts = 0 }
  for field, value in pairs(f) do d[field] = value end
  d.number = redis.call('INCR', T .. ':number')
  d.sequence = d.state == 'skipped' and 0 or nextSequence(ep)
  if d.state == 'pending' then enter(d) end
  redis.call('HINCRBY', T .. ':event:' .. ev, 'owed', 1)
  save(d)
  loaded[key] = d
  return d
end

local function remove(d)
  if d.state == 'pending' then leave(d) end
  local old, none = d.old, { ep = d.ep, ev = d.ev, number = d.number }
  index(none, old)
  redis.call('DEL', d.key, T .. ':attempts:' .. d.ep .. ':' .. d.ev)
  local event = T .. ':event:' .. d.ev
  if redis.call('HINCRBY', event, 'owed', -1) <= 0 then redis.call('HDEL', event, 'owed') end
  loaded[d.key] = nil
end

local function finish(d, attempts, now)
  leave(d)
  d.state, d.reason, d.attempts, d.changed = 'done', nil, d.attempts + attempts, now
  save(d)
end

local function kill(d, state, reason, attempts, now)
  if d.state ~= state then return false end
  leave(d)
  d.state, d.reason, d.attempts, d.changed = 'dead', reason, d.attempts + attempts, now
  save(d)
  return true
end

-- One that was pending anyway is only brought forward: it is no repetition.
local function replay(d, now)
  local wasPending = d.state == 'pending'
  d.attempts, d.failed, d.reason, d.due, d.changed = 0, nil, nil, now, now
  if not wasPending then
    d.replay, d.state = '1', 'pending'
    if d.sequence == 0 then d.sequence = nextSequence(d.ep) end
    enter(d)
  end
  save(d)
  local head = wasPending and d.batch and load(d.ep, d.batch)
  if head then hasten(head, now) end
end

local function release(d, now)
  if d.state ~= 'withheld' then return false end
  d.state, d.due, d.changed = 'pending', now, now
  enter(d)
  save(d)
  return true
end
`;
