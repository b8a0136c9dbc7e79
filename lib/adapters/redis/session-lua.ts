import { SEEN_FOR_MS } from "../memory/recently-seen";
import type { RedisScript } from "./redis-script";
import { type RosterScripts, rosterScript, rosterScripts } from "./roster-lua";

/** Inactive sessions kept at most, of all workspaces; those nearest their end go first. */
const MAX_INACTIVE = 2_000_000;
/** Recipients whose last visit is remembered at most; the longest unseen go first. */
const MAX_SEEN = 1_000_000;

/**
 * Sessions on the roster. An entry is `<workspace>/<session>`; its weight is the number of
 * connections that the session has at the worker, so what is written is a state, and writing
 * it twice changes nothing.
 *
 *     session:<ws>/<id>   hash         connections (of all workers), recipient, data (JSON),
 *                                      first, last, worker, node, taken; expires when inactive
 *     active:<ws>         sorted set   session → when it became active
 *     inactive:<ws>       sorted set   session → when it expires
 *     expiry              sorted set   `<ws>/<session>` → the same, of all workspaces
 *     recipients:<ws>     hash         recipient → its active sessions
 *     connections         hash         workspace → open connections
 *     seen                sorted set   `<ws>/<recipient>` → when its last connection closed
 *
 * Its values are recipient, data, first and taken: the last says when Redis first had this
 * content (0 = it never did), so that a worker which writes everything again cannot put an
 * older content over a newer one.
 */
function kind(ttlUs: number): string {
  return `
local TTL, MAX_INACTIVE, MAX_SEEN, SEEN_FOR = ${ttlUs}, ${MAX_INACTIVE}, ${MAX_SEEN}, ${SEEN_FOR_MS * 1000}
local opened = {}
local worker

local function leave(group, recipient, at)
  local recipients = base .. 'recipients:' .. group
  if redis.call('HINCRBY', recipients, recipient, -1) > 0 then return end
  redis.call('HDEL', recipients, recipient)
  local seen = base .. 'seen'
  redis.call('ZADD', seen, 'GT', at, group .. '/' .. recipient)
  redis.call('ZREMRANGEBYSCORE', seen, '-inf', now - SEEN_FOR)
  local over = redis.call('ZCARD', seen) - MAX_SEEN
  if over > 0 then redis.call('ZPOPMIN', seen, over) end
end

local function last_seen(group, recipient)
  if redis.call('HEXISTS', base .. 'recipients:' .. group, recipient) == 1 then return now end
  return tonumber(redis.call('ZSCORE', base .. 'seen', group .. '/' .. recipient) or -1)
end

local function apply(key, weight, before, value, at, n)
  local group, id = split(key)
  local record = base .. 'session:' .. key
  local kept = redis.call('HMGET', record, 'connections', 'recipient', 'first', 'taken')
  local total_before, recipient_before = tonumber(kept[1] or 0), kept[2]
  local recipient, first, previous = recipient_before, tonumber(kept[3] or now), -1
  local fields = {}
  if value then
    previous = last_seen(group, ARGV[value])
    first = math.min(first, tonumber(ARGV[value + 2]))
    local taken = tonumber(ARGV[value + 3])
    if taken == 0 then taken = now end
    if taken >= tonumber(kept[4] or 0) then
      recipient = ARGV[value]
      fields = {'recipient', recipient, 'data', ARGV[value + 1], 'taken', taken}
    end
  end
  answers[#answers + 1] = first
  answers[#answers + 1] = previous
  if not recipient then
    redis.call('ZREM', base .. 'active:' .. group, id)
    return
  end

  local total = math.max(total_before + weight - before, weight)
  local was, is = total_before > 0, total > 0
  local moved = recipient ~= recipient_before
  if was and (moved or not is) then leave(group, recipient_before, at) end
  if is and (moved or not was) then
    redis.call('HINCRBY', base .. 'recipients:' .. group, recipient, 1)
  end
  opened[group] = (opened[group] or 0) + total - total_before
  if weight > 0 or not recipient_before then
    worker = worker or redis.call('HMGET', base .. 'worker:' .. inc, 'id', 'node')
    fields[#fields + 1] = 'worker'
    fields[#fields + 1] = worker[1] or ''
    fields[#fields + 1] = 'node'
    fields[#fields + 1] = worker[2] or ''
  end
  redis.call('HSET', record, 'connections', total, 'first', first, 'last', at, unpack(fields))
  if is and not was then
    redis.call('ZADD', base .. 'active:' .. group, now + n, id)
    -- There also when the record expired and nobody has tidied up yet.
    if redis.call('ZREM', base .. 'expiry', key) == 1 then
      redis.call('ZREM', base .. 'inactive:' .. group, id)
      redis.call('PERSIST', record)
    end
  elseif not is then
    local ends = now + TTL + n
    redis.call('ZREM', base .. 'active:' .. group, id)
    redis.call('ZADD', base .. 'inactive:' .. group, ends, id)
    redis.call('ZADD', base .. 'expiry', ends, key)
    redis.call('PEXPIREAT', record, math.ceil(ends / 1000))
  end
end

local function finish()
  local connections = base .. 'connections'
  for group, change in pairs(opened) do
    if change ~= 0 and redis.call('HINCRBY', connections, group, change) <= 0 then
      redis.call('HDEL', connections, group)
    end
  end
end

local function forget(key)
  local group, id = split(key)
  redis.call('ZREM', base .. 'inactive:' .. group, id)
  redis.call('DEL', base .. 'session:' .. key)
end

local function is_untidy()
  local expiry = base .. 'expiry'
  return #redis.call('ZRANGEBYSCORE', expiry, '-inf', now, 'LIMIT', 0, 1) > 0
    or redis.call('ZCARD', expiry) > MAX_INACTIVE
end

local function tidy(chunk)
  local expiry = base .. 'expiry'
  local ended = redis.call('ZRANGEBYSCORE', expiry, '-inf', now, 'LIMIT', 0, chunk)
  for _, key in ipairs(ended) do
    redis.call('ZREM', expiry, key)
    forget(key)
  end
  local over = math.min(redis.call('ZCARD', expiry) - MAX_INACTIVE, chunk)
  if over > 0 then
    local popped = redis.call('ZPOPMIN', expiry, over)
    for i = 1, #popped, 2 do forget(popped[i]) end
  end
  return is_untidy()
end
`;
}

/** ARGV: workspace, or empty for all. Costs the same for any number of sessions. */
const COUNTS = `
local groups = ARGV[1] ~= '' and {ARGV[1]} or redis.call('HKEYS', base .. 'connections')
local recipients, active, connections = 0, 0, 0
for _, group in ipairs(groups) do
  recipients = recipients + redis.call('HLEN', base .. 'recipients:' .. group)
  active = active + redis.call('ZCARD', base .. 'active:' .. group)
  connections = connections + tonumber(redis.call('HGET', base .. 'connections', group) or 0)
end
local ends = ARGV[1] ~= '' and base .. 'inactive:' .. ARGV[1] or base .. 'expiry'
local inactive = redis.call('ZCOUNT', ends, now, '+inf')
return {'ok', now, recipients, active, inactive, connections, redis.call('EXISTS', base .. 'lost')}
`;

const ROW = `
local function row(key)
  local kept = redis.call('HMGET', base .. 'session:' .. key,
    'data', 'connections', 'first', 'last', 'worker', 'node')
  for i = 1, 6 do kept[i] = kept[i] or '' end
  return kept
end
`;

/** ARGV: entry. */
const FIND = `
${ROW}
return {'ok', now, row(ARGV[1])}
`;

/**
 * ARGV: workspace, part, highest score, how many. Part and highest score say where the page
 * begins; after the active ones come the inactive, when \`both\` (ARGV[5]) is 1.
 */
const LIST = `
${ROW}
local group, limit = ARGV[1], tonumber(ARGV[4])
local reply = {'ok', now}
local function take(part, highest, lowest)
  local wanted = limit + 2 - #reply
  if wanted <= 0 then return end
  local found = redis.call('ZREVRANGEBYSCORE', base .. part .. ':' .. group, highest, lowest,
    'WITHSCORES', 'LIMIT', 0, wanted)
  for i = 1, #found, 2 do
    reply[#reply + 1] = {part, found[i + 1], row(group .. '/' .. found[i])}
  end
end
local unexpired = '(' .. string.format('%.0f', now)
if ARGV[2] == 'active' then
  take('active', ARGV[3], '-inf')
  if ARGV[5] == '1' then take('inactive', '+inf', unexpired) end
else
  take('inactive', ARGV[3], unexpired)
end
return reply
`;

/**
 * ARGV: workspace, where to go on in `seen`, how many at once. Says how many sessions are left,
 * and where to go on. A worker that closes one of them later finds no record, and makes none.
 */
const FORGET = `
local group, chunk = ARGV[1], tonumber(ARGV[3])
local left = 0
for _, part in ipairs({'active', 'inactive'}) do
  local set = base .. part .. ':' .. group
  for _, id in ipairs(redis.call('ZRANGE', set, 0, chunk - 1)) do
    redis.call('DEL', base .. 'session:' .. group .. '/' .. id)
    redis.call('ZREM', base .. 'expiry', group .. '/' .. id)
    redis.call('ZREM', set, id)
  end
  left = left + redis.call('ZCARD', set)
end
redis.call('DEL', base .. 'recipients:' .. group)
redis.call('HDEL', base .. 'connections', group)
local prefix = group .. '/'
local found = redis.call('ZSCAN', base .. 'seen', ARGV[2], 'COUNT', chunk)
for i = 1, #found[2], 2 do
  if string.sub(found[2][i], 1, #prefix) == prefix then
    redis.call('ZREM', base .. 'seen', found[2][i])
  end
end
return {'ok', now, left, found[1]}
`;

export interface SessionScripts extends RosterScripts {
  counts: RedisScript;
  find: RedisScript;
  list: RedisScript;
  forget: RedisScript;
}

/** @param ttlMs how long a session outlives its last connection */
export function sessionScripts(ttlMs: number): SessionScripts {
  return {
    ...rosterScripts(4, kind(ttlMs * 1000)),
    counts: rosterScript("", COUNTS),
    find: rosterScript("", FIND),
    list: rosterScript("", LIST),
    forget: rosterScript("", FORGET),
  };
}
