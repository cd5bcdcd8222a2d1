// Lua: what a configuration changes in what is stored of an endpoint, and the condition that somebody gives it. A change names
// the version on which it builds and is refused when there is a later one. Versions are times where they can be: one that was
// lost in a flush or a fail-over is not given again to another condition, which somebody would take for the one that he knows.

import { deliveryScript } from './library.ts';
import { waking } from './waking.ts';

/** Endpoint. Makes it exist; what is stored of it, and of its newest pending delivery: attempts, due, added. */
export const lookScript = deliveryScript(`
local ep = ARGV[1]
ruleOf(ep)
local stored = redis.call('HMGET', T .. ':ep:' .. ep, 'version', 'target', 'condition', 'lanes', 'batch_count')
local newest = redis.call('ZRANGE', T .. ':state:' .. ep .. ':pending', -1, -1)[1]
local d = newest and load(ep, newest)
if d then
  for _, field in ipairs({ 'attempts', 'due', 'added' }) do stored[#stored + 1] = str(d[field]) end
end
return stored
`);

/** Endpoint, version, condition, now. 0: there is a later version. */
export const conditionScript = deliveryScript(`
local key = T .. ':ep:' .. ARGV[1]
if redis.call('HGET', key, 'version') ~= ARGV[2] then return 0 end
if redis.call('HGET', key, 'condition') ~= ARGV[3] then
  redis.call('HSET', key, 'condition', ARGV[3], 'version', math.max(tonumber(ARGV[2]) + 1, tonumber(ARGV[4])))
end
return 1
`);

/** Endpoint, version, target, condition, lanes, batch count ('': none share a request), now. 0: there is a later version. */
export const placeScript = deliveryScript(`
local key = T .. ':ep:' .. ARGV[1]
if redis.call('HGET', key, 'version') ~= ARGV[2] then return 0 end
redis.call('HSET', key, 'target', ARGV[3], 'condition', ARGV[4], 'lanes', ARGV[5])
redis.call('HSET', key, 'version', math.max(tonumber(ARGV[2]) + 1, tonumber(ARGV[7])))
if ARGV[6] == '' then redis.call('HDEL', key, 'batch_count') else redis.call('HSET', key, 'batch_count', ARGV[6]) end
return 1
`);

/** Endpoint, number, limit: the pending deliveries after that number: event, number, attempts, added … */
export const pendingScript = deliveryScript(`
local ep, found = ARGV[1], {}
local key = T .. ':state:' .. ep .. ':pending'
for _, ev in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])) do
  local d = load(ep, ev)
  if d then
    for _, value in ipairs({ ev, str(d.number), str(d.attempts), str(d.added) }) do found[#found + 1] = value end
  end
end
return found
`);

/**
 * Endpoint, now, maxBlock, lanes, then of each: event, due ('': as it is). Each gets its place by that rule while the stored one
 * is mixed, and is brought forward.
 */
export const relaneScript = deliveryScript(`
local ep, now, maxBlock, lanes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local isMixed = ruleOf(ep).mixed

-- A retry of before this had lanes may be hours away: it must not hold up the lane that it gets.
local function placeOf(d)
  if lanes == 'none' then return 'free' end
  local isFar = d.attempts > 0 and d.due > (d.failed or d.changed) + maxBlock
  return (d.place == 'aside' or isFar) and 'aside' or 'behind'
end

for i = 5, #ARGV, 2 do
  local d = load(ep, ARGV[i])
  if d and d.state == 'pending' then
    if isMixed then
      d.place = placeOf(d)
      d.batch, d.lane = nil, laneOf(d.feed, lanes)
    end
    local due = tonumber(ARGV[i + 1])
    if due and d.attempts == 0 and due < d.due then d.due = due end
    save(d)
    unsettle(ep, laneOf(d.feed, lanes))
  end
end
settleAll(now)
`);

/** Endpoint, lanes: all its deliveries are placed by it. */
export const ruleScript = deliveryScript(`redis.call('HSET', T .. ':ep:' .. ARGV[1], 'lanes', ARGV[2])`);

/** How many, endpoints: so many slots of each are to look. */
export const rouseScript = deliveryScript(
  waking,
  `
for i = 2, #ARGV do pop(ARGV[i], tonumber(ARGV[1])) end
return wakes
`,
);

/** Endpoint, slots that are not to rest any more: their jobs are gone. */
export const forgetScript = deliveryScript(`
for i = 2, #ARGV do redis.call('ZREM', T .. ':resting:' .. ARGV[1], ARGV[i]) end
`);
