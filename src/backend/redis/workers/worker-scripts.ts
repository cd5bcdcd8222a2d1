// What workers write of themselves, changed by scripts so that no two of them see half of it:
//
//   {p}:workers          hash id -> JSON of its facts
//   {p}:workers:ruling   hash digest, revision, seenAt; `ruled`: JSON array of digests, the latest first
//
// The time is the server's: what one worker wrote is judged by another, whose machine may have another clock.

import { createHash } from 'node:crypto';
import type { ScriptText } from '../server/script.ts';

/** Digests that are remembered as having ruled. */
const keptDigests = 20;

const begin = `
local workers, ruling, aliveMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

const answer = `
local function told()
  local alive = {}
  local all = redis.call('HGETALL', workers)
  for i = 1, #all, 2 do
    local isRead, facts = pcall(cjson.decode, all[i + 1])
    if isRead and type(facts) == 'table' and now - (tonumber(facts.seenAt) or 0) < aliveMs then
      alive[#alive + 1] = all[i + 1]
    elseif isWriting then
      redis.call('HDEL', workers, all[i])
    end
  end
  return {string.format('%.0f', now), redis.call('HMGET', ruling, 'digest', 'revision', 'seenAt', 'ruled'), alive}
end
`;

/** ARGV: the two keys, after how many ms a worker counts as dead. Who is alive, and what rules. */
export const listScript = text(`${begin}local isWriting = false${answer}return told()`);

/** ARGV: as before, id, facts (JSON), digest. Notes that the worker is alive, forgets the dead, and answers as `listScript`. */
export const beatScript = text(`${begin}local isWriting = true${answer}
local facts = cjson.decode(ARGV[5])
facts.seenAt = now
redis.call('HSET', workers, ARGV[4], cjson.encode(facts))
if redis.call('HGET', ruling, 'digest') == ARGV[6] then redis.call('HSET', ruling, 'seenAt', string.format('%.0f', now)) end
return told()
`);

/**
 * ARGV: as before, digest, the revision that was read ('' for none). The
 * revision with which it rules, 0 if another was faster: grows, and is another one too after the store was emptied.
 */
export const ruleScript = text(`${begin}
if (redis.call('HGET', ruling, 'revision') or '') ~= ARGV[5] then return '0' end
local digest = ARGV[4]
local ruled = {digest}
local isRead, before = pcall(cjson.decode, redis.call('HGET', ruling, 'ruled') or '[]')
if isRead and type(before) == 'table' then
  for _, each in ipairs(before) do
    if each ~= digest and #ruled < ${keptDigests} then ruled[#ruled + 1] = each end
  end
end
local at = string.format('%.0f', now)
local revision = string.format('%.0f', math.max(now, (tonumber(ARGV[5]) or 0) + 1))
redis.call('HSET', ruling, 'digest', digest, 'revision', revision, 'seenAt', at, 'ruled', cjson.encode(ruled))
return revision
`);

function text(lua: string): ScriptText {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
