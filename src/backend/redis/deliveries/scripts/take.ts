// Lua: what a slot may send next, or when it looks again. All that must hold over all slots of all processes is decided here:
// how many at a time, the rate, the pace, one probe at a time, and which slots a second attempt may take. The arithmetic of
// the rate is that of token-bucket.ts.
//
// `e` is the endpoint as the asking process knows it: ep, opens (epoch ms from gate and quiet hours), isProbe, gap, count, per,
// burst, concurrency, batch (0: none share a request).

export const take = `
local never = math.huge

local function held(e)
  if e.held then return e.held end
  local held = { count = 0, again = 0, probes = 0 }
  for _, entry in ipairs(redis.call('HVALS', T .. ':slots:' .. e.ep)) do
    held.count = held.count + 1
    if string.sub(entry, 1, 1) == '1' then held.again = held.again + 1 end
    if string.sub(entry, 2, 2) == '1' then held.probes = held.probes + 1 end
  end
  e.held = held
  return held
end

-- A script sees what it has written, so the endpoint is read once.
local function readPace(e, now)
  if e.isRead then return end
  e.isRead = true
  local stored = redis.call('HMGET', T .. ':ep:' .. e.ep, 'started_at', 'full_at')
  -- A clock that was set back must not make the last start one of the future.
  e.started = stored[1] and math.min(tonumber(stored[1]), now)
  if e.count > 0 then
    e.token = e.per / e.count
    e.fill = math.max(1, e.burst) * e.token
    -- A new one has one token, not all.
    e.full = math.min(tonumber(stored[2] or '') or now + e.fill - e.token, now + e.fill)
    e.isPaceChanged = true
  end
end

local function opensAt(e, now)
  readPace(e, now)
  local at = math.max(e.opens, (e.started or 0) + e.gap)
  if e.count > 0 then at = math.max(at, math.ceil(e.full - (e.fill - e.token))) end
  return at
end

local function start(e, now)
  e.started, e.isPaceChanged = now, true
  if e.count > 0 then e.full = math.max(now, e.full) + e.token end
end

local function writePace(e)
  if not e.isPaceChanged then return end
  local key = T .. ':ep:' .. e.ep
  if e.started then redis.call('HSET', key, 'started_at', e.started) end
  if e.full then redis.call('HSET', key, 'full_at', string.format('%.17g', e.full)) end
end

-- One slot of several is for first attempts, so that an endpoint that hangs on old deliveries still gets new ones.
local function hasRoomForAgain(e) return e.concurrency <= 1 or held(e).again < e.concurrency - 1 end

local function nextIn(e, index)
  local key = T .. ':' .. index .. ':' .. e.ep
  while true do
    local found = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if #found == 0 then return nil, never end
    local d = load(e.ep, evOf(found[1]))
    if d then return d, tonumber(found[2]) end
    redis.call('ZREM', key, found[1])
  end
end

-- The one that waits longest, and since when.
local function longestWaiting(e)
  local first, firstAt = nextIn(e, 'first')
  local again, againAt = nextIn(e, 'again')
  if not again then return first, firstAt end
  local isLater = firstAt < againAt or firstAt == againAt and first.number < again.number
  if first and isLater or not hasRoomForAgain(e) then return first, firstAt end
  return again, againAt
end

-- Those that wait behind come in the order of their numbers too, and are passed over.
local lookedAt = 200
local function oldestDue(e, now)
  local some = redis.call('ZRANGE', T .. ':state:' .. e.ep .. ':pending', 0, lookedAt - 1)
  for _, ev in ipairs(some) do
    local d = load(e.ep, ev)
    if d and d.due <= now and sendableIn(d) then return d end
  end
  if #some < lookedAt then return nil end
  local first, firstAt = nextIn(e, 'first')
  local again, againAt = nextIn(e, 'again')
  local d, at = first, firstAt
  if againAt < firstAt then d, at = again, againAt end
  return at <= now and d or nil
end

-- Who shares the request is fixed before it leaves, so that a crash in the middle repeats the same.
local function claim(e, head)
  if e.batch == 0 then return { head } end
  if head.batch then
    local members = {}
    for _, ev in ipairs(redis.call('ZRANGE', T .. ':batch:' .. e.ep .. ':' .. head.batch, 0, -1)) do
      members[#members + 1] = load(e.ep, ev)
    end
    return members
  end
  if head.place ~= 'head' or head.alone then return { head } end
  local members = { head }
  if e.batch > 1 then
    for _, ev in ipairs(redis.call('ZRANGE', T .. ':behind:' .. e.ep .. ':' .. head.lane, 0, e.batch - 2)) do
      local d = load(e.ep, ev)
      -- One on its way came back into the lane when its batch lost its head, or the lane its rule.
      if not d or d.alone or d.slot then break end
      members[#members + 1] = d
    end
  end
  for _, d in ipairs(members) do d.batch = head.ev end
  table.sort(members, function(a, b) return a.number < b.number end)
  return members
end

-- Returns the deliveries, or nil and from when there may be some: never, when a change or an end will tell.
local function take(e, slot, now)
  local isFull = redis.call('HLEN', T .. ':slots:' .. e.ep) >= e.concurrency
  if isFull or e.opens == never or e.isProbe and held(e).probes > 0 then return nil, never end
  local opens = opensAt(e, now)
  local d, at
  if e.isProbe then d = opens <= now and oldestDue(e, now) else d, at = longestWaiting(e) end
  if not d or opens > now or at and at > now then
    if not at then at = select(2, longestWaiting(e)) end
    return nil, math.max(opens, at)
  end
  local isAgain, names = d.attempts > 0, {}
  local members = claim(e, d)
  for i, member in ipairs(members) do
    member.slot = slot
    save(member)
    names[i] = member.ev
  end
  start(e, now)
  local held = e.held
  if held then
    held.count = held.count + 1
    if isAgain then held.again = held.again + 1 end
    if e.isProbe then held.probes = held.probes + 1 end
  end
  local entry = (isAgain and '1' or '0') .. (e.isProbe and '1' or '0') .. ' ' .. table.concat(names, ' ')
  redis.call('HSET', T .. ':slots:' .. e.ep, slot, entry)
  return members
end

-- What is still due is for the slots that rest.
local function rouseOthers(e, now)
  if redis.call('ZCARD', T .. ':resting:' .. e.ep) == 0 or e.opens == never then return end
  if redis.call('HLEN', T .. ':slots:' .. e.ep) >= e.concurrency or e.isProbe and held(e).probes > 0 then return end
  local _, dueAt = longestWaiting(e)
  local at = math.max(opensAt(e, now), dueAt)
  if at == never then return end
  local n = 1
  if at <= now and not e.isProbe then
    n = redis.call('ZCOUNT', T .. ':first:' .. e.ep, '-inf', now)
    if hasRoomForAgain(e) then n = n + redis.call('ZCOUNT', T .. ':again:' .. e.ep, '-inf', now) end
  end
  rouse(e.ep, n, at, now)
end
`;
