// Lua: what an attempt changes, as sqlite/attempt-table.ts: its log, the deliveries that it carried, and what others are told
// of it. `r` is the result: rows, kind, at, reason, isAside, isFallback, attempt (JSON, or ''), alerts.

import { keptAttempts } from '../delivery-record.ts';

export const record = `
local function logAttempt(r)
  if r.attempt == '' then return end
  for _, d in ipairs(r.rows) do
    local key = T .. ':attempts:' .. d.ep .. ':' .. d.ev
    local length = redis.call('RPUSH', key, r.attempt)
    if length > ${keptAttempts} then redis.call('LTRIM', key, -${keptAttempts}, -1) end
  end
end

-- Returns nothing where it is a member of a batch, which goes with its head.
local function stepAside(d)
  if d.state ~= 'pending' or not d.lane or d.place == 'aside' then return end
  if d.place == 'behind' and d.batch then return end
  d.place = 'aside'
  unsettle(d.ep, d.lane)
end

local function retry(r, counted, maxBlock, now)
  for _, d in ipairs(r.rows) do
    if d.state == 'pending' then
      d.attempts, d.due, d.changed = d.attempts + counted, r.at, now
      if counted > 0 then d.failed = math.min(d.failed or now, now) end
      if r.isFallback then d.fallback = '1' end
      if r.isAside or r.at > (d.failed or now) + maxBlock then stepAside(d) end
      save(d)
    end
  end
end

local function postpone(r, now)
  for _, d in ipairs(r.rows) do
    if d.state == 'pending' then
      d.due, d.changed = r.at, now
      if r.isAside then stepAside(d) end
      save(d)
    end
  end
end

local function split(r, now)
  for _, d in ipairs(r.rows) do
    if d.state == 'pending' then
      unsettle(d.ep, d.lane)
      d.batch, d.alone, d.due, d.changed = nil, '1', now, now
      save(d)
    end
  end
end

-- The head last: its end would send the others of its batch back into the lane.
local function eachMember(rows, act)
  local head
  for _, d in ipairs(rows) do
    if d.batch == d.ev then head = d else act(d) end
  end
  if head then act(head) end
end

local function judge(r, maxBlock, now)
  local counted = r.attempt == '' and 0 or 1
  if r.kind == 'done' then
    eachMember(r.rows, function(d) finish(d, counted, now) end)
  elseif r.kind == 'retry' then
    retry(r, counted, maxBlock, now)
  elseif r.kind == 'postpone' then
    postpone(r, now)
  elseif r.kind == 'split' and #r.rows > 1 then
    split(r, now)
  else
    -- One that is alone would be sent again and again, at once.
    local reason = r.kind == 'split' and 'poison' or r.reason
    eachMember(r.rows, function(d) kill(d, 'pending', reason, counted, now) end)
  end
end

local function alert(a, now)
  local key = T .. ':event:' .. a.id
  if redis.call('HEXISTS', key, 'type') == 0 then
    redis.call('HSET', key, 'type', a.type, 'feedId', a.feed, 'detectedAt', a.detected, 'body', a.body)
    redis.call('ZADD', T .. ':events', a.detected, a.id)
  end
  for _, to in ipairs(a.told) do
    local due = tonumber(to.due)
    local d = create(to.ep, a.id, { feed = a.feed, state = 'pending', due = due, added = now, changed = now })
    if d then rouse(to.ep, 1, due, now) end
  end
end
`;
