// Lua: deliveries are added, some at a time and in order: one that exists is left as it is, the others get their number, their
// sequence and their place. Returns which slots are to look.
//
// now, then of each: event, endpoint, feed, due, state ('pending', 'withheld' or 'skipped'), reason, what it follows.

import { deliveryScript } from './library.ts';
import { waking } from './waking.ts';

const add = `
local now = tonumber(ARGV[1])
local new, order = {}, {}
for i = 2, #ARGV, 7 do
  local ev, ep, feed, due, state, reason, follows = unpack(ARGV, i, i + 6)
  -- For the operator, who decides on it or on what it follows.
  if state == 'pending' and follows ~= '' then
    local before = load(ep, follows)
    if before and before.state == 'withheld' then state = 'withheld' end
  end
  if reason == '' then reason = nil end
  local f = { feed = feed, state = state, reason = reason, due = tonumber(due), added = now, changed = now }
  local d = create(ep, ev, f)
  if d and d.state == 'pending' then
    if not new[ep] then
      new[ep] = {}
      order[#order + 1] = ep
    end
    table.insert(new[ep], d)
  end
end
settleAll(now)
for _, ep in ipairs(order) do
  local n, at = 0, math.huge
  for _, d in ipairs(new[ep]) do
    if sendableIn(d) then
      if d.due <= now then n = n + 1 end
      at = math.min(at, d.due)
    end
  end
  -- Its company may have made full what waited.
  if n == 0 and new[ep][1].lane then n, at = 1, now end
  if at < math.huge then rouse(ep, math.max(n, 1), at, now) end
end
return wakes
`;

export const addScript = deliveryScript(waking, add);
