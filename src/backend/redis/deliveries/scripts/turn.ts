// Lua: the turn of one or several slots of an endpoint, in one step: what was sent is recorded, the next is taken. So a
// delivery costs one question in the steady state, and what an attempt teaches holds before anything more is handed out.
//
// Each slot has a fence, `<start>:<turn>`, that moves with each turn: who comes with an old start has lost the slot, and of him
// only what has arrived counts; who comes with the turn before has asked already and lost the answer, and gets it again. Starts
// are times, so that none comes twice: Redis may be emptied, or go back to an earlier point in a fail-over, under who has a slot.
import { eventFields } from '../../feeds/events.ts';
import { deliveryScript } from './library.ts';
import { record } from './record.ts';
import { take } from './take.ts';
import { waking } from './waking.ts';

const turn = `
local at = 0
local function arg() at = at + 1 return ARGV[at] end
local function num() return tonumber(arg()) end

local ep, now, version, target, condition = arg(), num(), num(), arg(), arg()
local e = { ep = ep, opens = num(), isProbe = arg() == '1', gap = num(), count = num(), per = num(), burst = num(),
  concurrency = num(), batch = num() }
local maxBlock, lookMs, restMs = num(), num(), num()

local function readAlerts()
  local alerts = {}
  for i = 1, num() do
    local a = { id = arg(), type = arg(), feed = arg(), detected = num(), body = arg(), told = {} }
    for j = 1, num() do a.told[j] = { ep = arg(), due = arg() } end
    alerts[i] = a
  end
  return alerts
end

local asks = {}
for i = 1, num() do
  local ask = { slot = arg(), start = num(), turn = num(), wants = arg() == '1', names = {} }
  for j = 1, num() do ask.names[j] = arg() end
  if #ask.names > 0 then
    ask.result = { kind = arg(), at = num(), reason = arg(), isAside = arg() == '1', isFallback = arg() == '1',
      attempt = arg(), alerts = readAlerts() }
  end
  asks[i] = ask
end

ruleOf(ep)
local fences, slots = T .. ':fences:' .. ep, T .. ':slots:' .. ep
local stored = redis.call('HMGET', T .. ':ep:' .. ep, 'version', 'target')
local pending = redis.call('ZCARD', T .. ':state:' .. ep .. ':pending')

-- A process that lost a slot for a while may get it back before it knows: of its asks the one that begins holds.
local begins = {}
for i, ask in ipairs(asks) do
  if ask.start == 0 then begins[ask.slot] = i end
end

local slotNames = {}
for i, ask in ipairs(asks) do slotNames[i] = ask.slot end
local storedFences = #asks > 0 and redis.call('HMGET', fences, unpack(slotNames)) or {}

for i, ask in ipairs(asks) do
  local start, turn = string.match(storedFences[i] or '0:0', '^(%d+):(%d+)$')
  ask.storedStart = tonumber(start)
  ask.isLost = begins[ask.slot] and begins[ask.slot] ~= i
    or ask.start > 0 and (ask.storedStart ~= ask.start or tonumber(turn) < ask.turn)
  ask.isRepeated = not ask.isLost and ask.start > 0 and tonumber(turn) > ask.turn
end

-- What is recorded, or does not count, teaches nothing: its alerts would be missing, or come twice.
local settled, isStale = {}, tonumber(stored[1]) ~= version
for i, ask in ipairs(asks) do
  local isSettled = ask.result and (ask.isRepeated or ask.isLost and ask.result.kind ~= 'done')
  settled[i] = isSettled and 1 or 0
  isStale = isStale or isSettled and condition ~= ''
end
if isStale then
  return { 'stale', tonumber(stored[1]), stored[2] or '', redis.call('HGET', T .. ':ep:' .. ep, 'condition'), pending, settled }
end
if condition ~= '' then
  version = math.max(version + 1, now)
  redis.call('HSET', T .. ':ep:' .. ep, 'condition', condition, 'version', version)
end

-- What a slot had in hand is free again: as it was, or as its result will say.
local function letGo(slot)
  local entry = redis.call('HGET', slots, slot)
  if not entry then return end
  redis.call('HDEL', slots, slot)
  for ev in string.gmatch(string.sub(entry, 4), '%S+') do
    local d = load(ep, ev)
    if d and d.slot == slot then
      d.slot = nil
      save(d)
    end
  end
end

local function rowsOf(ask, isHolder)
  local rows = {}
  for _, ev in ipairs(ask.names) do
    local d = load(ep, ev)
    if d then
      if isHolder and d.slot == ask.slot then d.slot = nil end
      rows[#rows + 1] = d
    end
  end
  return rows
end

local function recordOf(ask)
  local r = ask.result
  if not r or ask.isRepeated or ask.isLost and r.kind ~= 'done' then return end
  r.rows = rowsOf(ask, not ask.isLost)
  logAttempt(r)
  judge(r, maxBlock, now)
  for _, d in ipairs(r.rows) do
    if d.slot ~= d.old.slot then save(d) end
  end
  if not ask.isLost then redis.call('HDEL', slots, ask.slot) end
  for _, a in ipairs(r.alerts) do alert(a, now) end
end

for _, ask in ipairs(asks) do
  recordOf(ask)
  if ask.start == 0 or not ask.result and not ask.isLost and not ask.isRepeated then letGo(ask.slot) end
end
settleAll(now)

local function inHand(ask)
  local entry = redis.call('HGET', slots, ask.slot)
  if not entry then return nil end
  local members = {}
  for ev in string.gmatch(string.sub(entry, 4), '%S+') do members[#members + 1] = load(ep, ev) end
  return members, string.sub(entry, 2, 2) == '1'
end

local function told(members)
  local answer = {}
  for i, d in ipairs(members) do
    answer[i] = { d.ev, d.state, d.feed, d.reason or '', d.attempts, d.due, d.added, d.changed, d.sequence,
      d.replay or '', d.place, d.fallback or '' }
  end
  return answer
end

-- The event of a single delivery comes with it, which saves a question. What cannot be read is asked for, and then said.
local function eventOf(members)
  if #members > 1 then return {} end
  local event = redis.pcall('HMGET', T .. ':event:' .. members[1].ev, ${eventFields.map((field) => `'${field}'`).join(', ')})
  return event.err and {} or event
end

local function work(ask, isProbe, members)
  return { 'work', ask.start, ask.turn, isProbe and 1 or 0, told(members), eventOf(members) }
end

-- One that rests looks in time for what is due next; others need not, and look now and then in case that one cannot.
local function rest(slot, nextAt)
  local key = T .. ':resting:' .. ep
  local at = math.max(now + 1, math.min(nextAt, now + lookMs))
  local earliest = looksNext(ep, now)
  if earliest[2] and earliest[1] ~= slot and tonumber(earliest[2]) <= at then at = now + restMs end
  redis.call('ZADD', key, at, slot)
  return at
end

-- What a migration has taken along is another store's to send: who slept meanwhile does not know yet.
local isMoved = redis.call('HEXISTS', T .. ':meta', 'mark') == 1

local function numberOf(slot) return tonumber(string.match(slot, '%d+$')) end

local function answerTo(ask)
  if ask.isLost then return { 'lost' } end
  if ask.isRepeated then
    local members, isProbe = inHand(ask)
    ask.turn = ask.turn + 1
    redis.call('HSET', fences, ask.slot, str(ask.start) .. ':' .. str(ask.turn))
    if members and (isMoved or not ask.wants or #members == 0) then letGo(ask.slot) members = nil end
    if members then return work(ask, isProbe, members) end
  else
    if ask.start == 0 then ask.start, ask.turn = math.max(ask.storedStart + 1, now), -1 end
    ask.turn = ask.turn + 1
    redis.call('HSET', fences, ask.slot, str(ask.start) .. ':' .. str(ask.turn))
  end
  -- Who has sent something did not rest.
  if not ask.result then redis.call('ZREM', T .. ':resting:' .. ep, ask.slot) end
  if numberOf(ask.slot) > e.concurrency then return { 'surplus' } end
  if not ask.wants then return { 'end' } end
  local members, nextAt = nil, never
  -- Where it leads elsewhere by now, another process knows more than the one that asks.
  if not isMoved and (stored[2] or '') == target then members, nextAt = take(e, ask.slot, now) end
  if members then return work(ask, e.isProbe, members) end
  return { 'rest', ask.start, ask.turn, rest(ask.slot, nextAt) }
end

local answers = {}
for i, ask in ipairs(asks) do answers[i] = answerTo(ask) end
if not isMoved then rouseOthers(e, now) end
writePace(e)
return { 'ok', version, pending, wakes, answers }
`;

export const turnScript = deliveryScript(waking, take, record, turn);
