// What a person asks of deliveries, and what housekeeping gives up, in Lua: who is meant is seen and changed in one step, a
// bounded number at a time, oldest first.

import { deliveryScript } from './scripts/library.ts';
import { searchLibrary } from './search-scripts.ts';

// A script that fails in the middle leaves what it has done, so all that it will change is read before.
const readLibrary = `
local damaged = {}

local function isWhole(d)
  return d.feed and d.state and d.place and d.attempts and d.due and d.added and d.changed and d.sequence
end

-- nil where there is none, or none that can be used: then it is noted.
local function sound(ep, ev)
  local isRead, d = pcall(load, ep, ev)
  if isRead and d and isWhole(d) then return d end
  if not isRead or redis.call('EXISTS', T .. ':d:' .. ep .. ':' .. ev) == 1 then damaged[#damaged + 1] = ev end
  return nil
end

local function answer(changed, last)
  return { changed, last, damaged }
end
`;

// Verb, whether skipped ones are meant, state ('': any), whether only heads are meant.
const verbLibrary = `
local now, verb, takesSkipped, expected, isHead = tonumber(ARGV[1]), ARGV[2], ARGV[3] == '1', ARGV[4], ARGV[5] == '1'

local function isAsked(d)
  if expected ~= '' and d.state ~= expected then return false end
  if isHead and not (d.state == 'pending' and d.place == 'head') then return false end
  if verb ~= 'replay' then return true end
  return d.state ~= 'withheld' and (d.state ~= 'skipped' or takesSkipped)
end

local function change(d)
  if verb == 'release' then return release(d, now) end
  if verb == 'drop' then return kill(d, expected, 'dropped', 0, now) end
  replay(d, now)
  return true
end

-- Who is meant is decided before the first change, which may give others another place.
local function changeAll(ds)
  local asked, changed = {}, 0
  for _, d in ipairs(ds) do if isAsked(d) then asked[#asked + 1] = d end end
  for _, d in ipairs(asked) do if change(d) then changed = changed + 1 end end
  settleAll(now)
  return changed
end
`;

/**
 * ARGV: now, verb, takes skipped, state, heads only, endpoint, after ('': the oldest), newest, rows to look at, feed, since,
 * until, states. Answers with how many were changed, after which number to go on ('': that was all), and what is damaged.
 */
export const changeWalkScript = deliveryScript(
  searchLibrary,
  readLibrary,
  verbLibrary,
  `
local ep, after, newest, limit, feed = ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]
local since, before = tonumber(ARGV[11]), tonumber(ARGV[12])
local states = {}
for at = 13, #ARGV do states[#states + 1] = ARGV[at] end
local from = '(' .. after
if after == '' then
  local first = since and firstSince(ep, states, since - skew)
  if since and not first then return answer(0, '') end
  from = first and str(first) or '-inf'
end
local rows, isEnd = rowsFrom(ep, states, from, false, limit)
local ds = {}
for _, row in ipairs(rows) do
  if row.number > newest then isEnd = true break end
  local is, added = isMeant(ep, row.ev, feed, since, before)
  if before and added and added >= before + skew then isEnd = true end
  if is then ds[#ds + 1] = sound(ep, row.ev) end
end
local last = not isEnd and str(rows[#rows].number) or ''
return answer(changeAll(ds), last)
`,
);

/** ARGV: now, verb, takes skipped, state, heads only, endpoint, newest, feed, since, until, events. Answers as the one above. */
export const changeNamedScript = deliveryScript(
  searchLibrary,
  readLibrary,
  verbLibrary,
  `
local ep, newest, feed, since, before = ARGV[6], tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
local ds = {}
for at = 11, #ARGV do
  local d = sound(ep, ARGV[at])
  if d and d.number <= newest and isMeant(ep, d.ev, feed, since, before) then ds[#ds + 1] = d end
end
table.sort(ds, function(a, b) return a.number < b.number end)
return answer(changeAll(ds), '')
`,
);

/** Makes dead what is old. ARGV: now, endpoint, after (a bound), before, rows to look at. Answers as the ones above. */
export const expireScript = deliveryScript(
  searchLibrary,
  readLibrary,
  `
local now, ep, before, limit = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local rows, isEnd = rowsFrom(ep, { 'pending' }, ARGV[3], false, limit)
local old = {}
for _, row in ipairs(rows) do
  local d = sound(ep, row.ev)
  if d and d.added >= before then isEnd = true break end
  -- A replay is the wish to have it sent after all: its time counts anew.
  if d and (not d.replay or d.changed < before) then old[#old + 1] = d end
end
for _, d in ipairs(old) do kill(d, 'pending', 'expired', 0, now) end
settleAll(now)
return answer(#old, not isEnd and '(' .. str(rows[#rows].number) or '')
`,
);

/** Makes the oldest dead that are too many. ARGV: now, endpoint, most, rows to look at. Goes on after '' when there may be more. */
export const overflowScript = deliveryScript(
  searchLibrary,
  readLibrary,
  `
local now, ep, most, limit = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local over = math.min(redis.call('ZCARD', T .. ':state:' .. ep .. ':pending') - most, limit)
if over <= 0 then return answer(0, '') end
local ds = {}
for _, row in ipairs((rowsFrom(ep, { 'pending' }, '-inf', false, over))) do ds[#ds + 1] = sound(ep, row.ev) end
for _, d in ipairs(ds) do kill(d, 'pending', 'overflow', 0, now) end
settleAll(now)
return answer(#ds, '')
`,
);
