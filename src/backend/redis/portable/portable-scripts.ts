// Puts migrated deliveries into Redis: their records as they were, and by the library of the deliveries every index that
// follows from them. The same again changes nothing.

import { deliveryScript } from '../deliveries/scripts/library.ts';

/**
 * ARGV[1]: JSON list of `{ ep, ev, fields, log }`, `fields` by the names of the hash. The counter of all deliveries goes on after
 * the highest number.
 */
export const takeDeliveries = deliveryScript(`
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
for _, each in ipairs(cjson.decode(ARGV[1])) do
  local d = load(each.ep, each.ev)
  if not d then
    d = { ep = each.ep, ev = each.ev, key = T .. ':d:' .. each.ep .. ':' .. each.ev, old = {} }
    redis.call('HINCRBY', T .. ':event:' .. each.ev, 'owed', 1)
  end
  for _, field in ipairs(fields) do d[field] = each.fields[field] end
  save(d)
  local log = T .. ':attempts:' .. each.ep .. ':' .. each.ev
  redis.call('DEL', log)
  for _, attempt in ipairs(each.log) do redis.call('RPUSH', log, attempt) end
  if d.number > last then last = d.number end
end
redis.call('SET', KEYS[1], str(last))
return 1
`);
