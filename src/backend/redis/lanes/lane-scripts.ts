// How the record of a lane changes: Lua, since several processes change it at a time and each change must be whole.
//
//   due|held|woken|fence|retired     times in epoch ms, empty = never; fence = lock token of the run, empty = at rest
//
// The due time stays while a lane runs, so that a lane whose process dies is due again at once; what wakes it in the
// meantime is kept apart. Scripts get the time as an argument: no rule of ours asks the clock of the server.
// https://redis.io/docs/latest/develop/programmability/eval-intro/

import { createHash } from 'node:crypto';

export interface LaneScript {
  readonly lua: string;
  readonly sha: string;
}

const library = `
local lanes, now, longestHold = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local never = math.huge
local function timeOf(text) return text == '' and never or tonumber(text) end
local function textOf(time) return time == never and '' or string.format('%.0f', time) end
local function read(id)
  local text = redis.call('HGET', lanes, id)
  if not text then return nil end
  local due, held, woken, fence, retired = string.match(text, '^(%d*)|(%d+)|(%d*)|([^|]*)|([01])$')
  if not due then return nil end
  held = tonumber(held)
  -- No rule holds a lane that long: a clock that ran ahead wrote it.
  if held - now > longestHold then held = 0 end
  return {due = timeOf(due), held = held, woken = timeOf(woken), fence = fence, retired = retired == '1'}
end
local function write(id, lane)
  -- What is left of a lane that is no longer configured lives on only while its hold does.
  if lane.retired and lane.fence == '' and lane.held <= now then return redis.call('HDEL', lanes, id) end
  redis.call('HSET', lanes, id, textOf(lane.due) .. '|' .. textOf(lane.held) .. '|' .. textOf(lane.woken) .. '|'
    .. lane.fence .. '|' .. (lane.retired and '1' or '0'))
end
local function endRun(lane)
  lane.fence = ''
  lane.due = lane.retired and never or math.min(lane.due, lane.woken)
  lane.woken = never
end
-- When a lane at rest runs; -1 for never.
local function runsAt(lane) return lane.due == never and -1 or math.max(lane.due, lane.held) end
`;

const script = (body: string): LaneScript => {
  const lua = `${library}${body}`;
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
};

/** joins, then id and due of each. Returns place, time and whether it is new, of each whose job is to be changed. */
export const reconcileLanes = script(`
local joins = ARGV[3] == '1'
local changed = {}
for place = 4, #ARGV, 2 do
  local id, due = ARGV[place], timeOf(ARGV[place + 1])
  local lane, isNew, isToMove = read(id), 0, false
  if not lane then
    lane, isNew, isToMove = {due = due, held = 0, woken = never, fence = '', retired = false}, 1, true
    write(id, lane)
  elseif lane.retired or not joins then
    if lane.fence ~= '' then
      lane.woken = math.min(lane.woken, due)
    else
      isToMove = lane.retired or lane.due ~= due
      lane.due = due
    end
    lane.retired = false
    if isToMove or lane.fence ~= '' then write(id, lane) end
  end
  if isToMove then
    table.insert(changed, (place - 4) / 2)
    table.insert(changed, runsAt(lane))
    table.insert(changed, isNew)
  end
end
return changed
`);

/** ids. */
export const retireLanes = script(`
for place = 3, #ARGV do
  local lane = read(ARGV[place])
  if lane then
    lane.retired, lane.woken = true, never
    if lane.fence == '' then lane.due = never end
    write(ARGV[place], lane)
  end
end
`);

/** id, time. Returns when it runs, or -1 where its job is right as it is. */
export const wakeLane = script(`
local id, at = ARGV[3], timeOf(ARGV[4])
local lane = read(id)
if not lane or lane.retired then return -1 end
if lane.fence ~= '' then
  if at >= lane.woken then return -1 end
  lane.woken = at
  write(id, lane)
  return -1
end
if at >= lane.due then return -1 end
lane.due = at
write(id, lane)
return runsAt(lane)
`);

/** id, lock token, key of the lock. Returns 0: it runs; -1: it rests for ever; -2: the lock is another's; else: when it runs. */
export const claimLane = script(`
local id, token, lock = ARGV[3], ARGV[4], ARGV[5]
-- Who slept between being handed the job and this has lost it: another may be polling by now.
if redis.call('GET', lock) ~= token then return -2 end
local lane = read(id)
if not lane then return -1 end
-- Who held it before this one is dead, or has lost its lock.
if lane.fence ~= '' then endRun(lane) end
local at = runsAt(lane)
local runs = at ~= -1 and at <= now
-- What a migration has taken along is another store's to poll: who slept meanwhile does not know yet.
if runs and redis.call('HEXISTS', string.gsub(lanes, 'lanes$', 'meta'), 'mark') == 1 then
  -- Written down: the job follows the record, and would come back at once.
  lane.due = now + 10000
  runs, at = false, runsAt(lane)
end
if runs then lane.fence = token end
write(id, lane)
return runs and 0 or at
`);

/**
 * id, lock token, due, held (empty: as it was). Returns -1: it rests for ever; -2: another runs it now; else: when it runs. A late
 * waker cannot undo what has been since; what an origin asked of it holds all the same.
 */
export const restLane = script(`
local id, token, due, held = ARGV[3], ARGV[4], timeOf(ARGV[5]), tonumber(ARGV[6])
local lane = read(id) or {due = never, held = 0, woken = never, fence = '', retired = true}
-- None held it when the run began; one that was told since is as true as that of the run.
lane.held = math.max(lane.held, held or 0)
if lane.fence == token then
  lane.due = due
  endRun(lane)
  write(id, lane)
  return runsAt(lane)
end
local isRunning = lane.fence ~= ''
if not lane.retired then
  if isRunning then lane.woken = math.min(lane.woken, due) else lane.due = math.min(lane.due, due) end
end
write(id, lane)
return isRunning and -2 or runsAt(lane)
`);

/** id and key of the lock, of each lane that is said to run. Ends the runs that nobody holds; returns their places. */
export const releaseLanes = script(`
local released = {}
for place = 3, #ARGV, 2 do
  local lane = read(ARGV[place])
  if lane and lane.fence ~= '' and redis.call('EXISTS', ARGV[place + 1]) == 0 then
    endRun(lane)
    write(ARGV[place], lane)
    table.insert(released, (place - 3) / 2)
  end
end
return released
`);
