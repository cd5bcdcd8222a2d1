// Lua: which slots that rest are to look again, since there is something to do. At least one slot that rests, if any does,
// looks when the next delivery can go out; so it is enough to wake another where something can go out before that.
//
//   rouse(ep, n, at, now)   n deliveries can go out at `at`.
//   wakes                   what the script returns for it: endpoint, slot, endpoint, slot …

export const waking = `
local wakes = {}

-- Those that rest longest, so that the one that looks next keeps its time.
local function pop(ep, n)
  local key = T .. ':resting:' .. ep
  for _, slot in ipairs(redis.call('ZRANGE', key, -n, -1)) do
    redis.call('ZREM', key, slot)
    wakes[#wakes + 1] = ep
    wakes[#wakes + 1] = slot
  end
end

-- One that should have looked this long ago has no job, or one that nobody has given back: nobody relies on it.
local lateMs = 5000
local function looksNext(ep, now)
  return redis.call('ZRANGEBYSCORE', T .. ':resting:' .. ep, now - lateMs, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
end

local function rouse(ep, n, at, now)
  if n < 1 then return end
  if at <= now then return pop(ep, n) end
  local earliest = looksNext(ep, now)
  if earliest[2] and tonumber(earliest[2]) > at then pop(ep, 1) end
end
`;
