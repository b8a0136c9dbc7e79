import type { RedisScript } from "./redis-script";
import { type RosterScripts, rosterScript, rosterScripts } from "./roster-lua";

/**
 * Listeners of session streams on a roster. An entry is `<stream>/<connection>`, its one value the
 * member as JSON.
 *
 *     members:<stream>   hash   `<incarnation>/<connection>` → member
 *
 * The incarnation in the field keeps a late leave, or the sweeping of a dead worker, from
 * removing what the connection's successor wrote.
 */
const KIND = `
local function apply(key, weight, before, value, at, n)
  local stream, id = split(key)
  local members, field = base .. 'members:' .. stream, inc .. '/' .. id
  if weight > 0 and value then
    redis.call('HSET', members, field, ARGV[value])
  else
    redis.call('HDEL', members, field)
  end
end

local function finish() end
local function is_untidy() return false end
local function tidy(chunk) return false end
`;

/** ARGV: stream. For each member of a worker not yet buried: its JSON, the worker's last beat. */
const MEMBERS = `
local reply = {'ok', now}
local beats = {}
local found = redis.call('HGETALL', base .. 'members:' .. ARGV[1])
for i = 1, #found, 2 do
  local holder = string.match(found[i], '^[^/]*')
  if beats[holder] == nil then beats[holder] = redis.call('ZSCORE', base .. 'beats', holder) end
  if beats[holder] then
    reply[#reply + 1] = found[i + 1]
    reply[#reply + 1] = beats[holder]
  end
end
return reply
`;

export interface MemberScripts extends RosterScripts {
  members: RedisScript;
}

export function memberScripts(): MemberScripts {
  return { ...rosterScripts(1, KIND), members: rosterScript("", MEMBERS) };
}
