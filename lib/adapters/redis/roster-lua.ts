import { defineScript, type RedisScript } from "./redis-script";

/**
 * What every script of a roster begins with. `KEYS[1]` is the roster's base key; all others are
 * made from it and share its hash tag. Times are microseconds by Redis's clock: fine enough that
 * entries written by one script get scores of their own. Numbers are handed to Redis as they
 * are (it prints 17 digits), never joined to a string by `..` (14 digits).
 *
 *     beats            sorted set   incarnation → last heartbeat
 *     dead             sorted set   incarnation → last heartbeat; its entries are to be removed
 *     ids              hash         worker id → the incarnation that holds it
 *     worker:<inc>     hash         who it is; count and digest of its entries; its traffic
 *     entries:<inc>    hash         entry → `<weight>:<hash>`
 *     mark             string       random; another one after the data were lost
 *     lost, quiet      strings with a time to live
 */
const PRELUDE = `
local base = KEYS[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local inc
local answers = {}

local function split(key)
  return string.match(key, '^(.*)/([^/]*)$')
end

local function bury(victim)
  local beat = redis.call('ZSCORE', base .. 'beats', victim)
  if not beat then return end
  redis.call('ZREM', base .. 'beats', victim)
  redis.call('ZADD', base .. 'dead', beat, victim)
end

-- Nobody has beaten for long: it was Redis that was away, not all the workers that died. They
-- get the time to come back before anyone is buried.
local function excuse(dead_after)
  local newest = redis.call('ZREVRANGE', base .. 'beats', 0, 0, 'WITHSCORES')
  if newest[2] and now - tonumber(newest[2]) > dead_after / 2 then
    redis.call('SET', base .. 'quiet', 1, 'PX', math.ceil(dead_after / 1000))
  end
end
`;

/**
 * ARGV: incarnation, mode, previous incarnation, known mark, new mark, worker id, node id,
 * version, started at (ms; 0 = now), dead after, remember a loss for (ms).
 */
const REGISTER = `
inc = ARGV[1]
local mode, previous, known, id, dead_after = ARGV[2], ARGV[3], ARGV[4], ARGV[6], tonumber(ARGV[10])
local holder = redis.call('HGET', base .. 'ids', id)
local beat = holder and holder ~= previous and holder ~= inc
  and redis.call('ZSCORE', base .. 'beats', holder)
local held = beat and now - tonumber(beat) < dead_after
if held and mode == 'claim' then return {'held', now, holder, beat} end
if held and mode == 'take' then bury(holder) end
if not (held and mode == 'beside') then redis.call('HSET', base .. 'ids', id, inc) end

local mark = redis.call('GET', base .. 'mark')
if not mark then
  mark = ARGV[5]
  redis.call('SET', base .. 'mark', mark)
end
if known ~= '' and known ~= mark then
  redis.call('SET', base .. 'lost', 1, 'PX', tonumber(ARGV[11]))
end
excuse(dead_after)
redis.call('ZADD', base .. 'beats', now, inc)
local started = tonumber(ARGV[9])
redis.call('HSET', base .. 'worker:' .. inc, 'id', id, 'node', ARGV[7], 'version', ARGV[8],
  'started', started > 0 and started or math.floor(now / 1000), 'count', 0, 'digest', 0)
return {'ok', now, mark, held and mode == 'beside' and 1 or 0}
`;

/** ARGV: incarnation, then for each entry: key, weight, hash, and its values (or empty ones). */
const WRITE = `
inc = ARGV[1]
if not redis.call('ZSCORE', base .. 'beats', inc) then return {'unknown', now} end
local worker, entries = base .. 'worker:' .. inc, base .. 'entries:' .. inc
local kept = redis.call('HMGET', worker, 'count', 'digest')
local count, digest = tonumber(kept[1] or 0), tonumber(kept[2] or 0)
for i = 2, #ARGV, 3 + VALUES do
  local key, weight, hash = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local before, old_hash = 0, 0
  local entry = redis.call('HGET', entries, key)
  if entry then
    local w, h = string.match(entry, '^(%d+):(%d+)$')
    before, old_hash = tonumber(w), tonumber(h)
  end
  if weight > 0 then
    redis.call('HSET', entries, key, ARGV[i + 1] .. ':' .. ARGV[i + 2])
  elseif entry then
    redis.call('HDEL', entries, key)
  end
  count = count + weight - before
  digest = (digest + hash - old_hash) % 4294967296
  apply(key, weight, before, ARGV[i + 3] ~= '' and i + 3 or nil, now, i)
end
finish()
redis.call('HSET', worker, 'count', count, 'digest', digest)
return {'ok', now, unpack(answers)}
`;

/** ARGV: incarnation, worker id, count and digest (or empty), dead after, traffic (or empty). */
const BEAT = `
inc = ARGV[1]
local dead_after = tonumber(ARGV[5])
local beats = base .. 'beats'
if not redis.call('ZSCORE', beats, inc) then return {'unknown', now, 0} end
excuse(dead_after)
redis.call('ZADD', beats, now, inc)
redis.call('HSETNX', base .. 'ids', ARGV[2], inc)
if ARGV[6] ~= '' then redis.call('HSET', base .. 'worker:' .. inc, 'traffic', ARGV[6]) end
if redis.call('EXISTS', base .. 'quiet') == 0 then
  local late = redis.call('ZRANGEBYSCORE', beats, '-inf', now - dead_after, 'LIMIT', 0, 16)
  for _, victim in ipairs(late) do bury(victim) end
end
local kept = redis.call('HMGET', base .. 'worker:' .. inc, 'count', 'digest')
local same = ARGV[3] == '' or (ARGV[3] == kept[1] and ARGV[4] == kept[2])
local untidy = redis.call('ZCARD', base .. 'dead') > 0 or is_untidy()
return {same and 'ok' or 'differs', now, untidy and 1 or 0}
`;

/** ARGV: incarnation. */
const RETIRE = `
bury(ARGV[1])
return {'ok', now}
`;

/** ARGV: entries to remove at most. Says whether there is more to do. */
const SWEEP = `
local chunk = tonumber(ARGV[1])
local victim = redis.call('ZRANGE', base .. 'dead', 0, 0, 'WITHSCORES')
local more = false
if victim[1] then
  inc = victim[1]
  local worker, entries = base .. 'worker:' .. inc, base .. 'entries:' .. inc
  local found = redis.call('HRANDFIELD', entries, chunk, 'WITHVALUES')
  for i = 1, #found, 2 do
    redis.call('HDEL', entries, found[i])
    apply(found[i], 0, tonumber(string.match(found[i + 1], '^%d+')), nil, tonumber(victim[2]), i)
  end
  finish()
  if #found < 2 * chunk then
    local id = redis.call('HGET', worker, 'id')
    if id and redis.call('HGET', base .. 'ids', id) == inc then redis.call('HDEL', base .. 'ids', id) end
    redis.call('DEL', worker, entries)
    redis.call('ZREM', base .. 'dead', inc)
  end
  more = redis.call('ZCARD', base .. 'dead') > 0
end
return {'ok', now, (tidy(chunk) or more) and 1 or 0}
`;

/** ARGV: dead after. Seven values for each live worker, behind the first two. */
const WORKERS = `
local reply = {'ok', now}
local live = redis.call('ZRANGEBYSCORE', base .. 'beats', now - tonumber(ARGV[1]), '+inf', 'WITHSCORES')
for i = 1, #live, 2 do
  local about = redis.call('HMGET', base .. 'worker:' .. live[i], 'id', 'node', 'version', 'started', 'count', 'traffic')
  if about[1] then
    for k = 1, 6 do reply[#reply + 1] = about[k] or '' end
    reply[#reply + 1] = live[i + 1]
  end
end
return reply
`;

export interface RosterScripts {
  /** In place of an entry's values: it is known already. */
  noValues: readonly string[];
  register: RedisScript;
  write: RedisScript;
  beat: RedisScript;
  retire: RedisScript;
  sweep: RedisScript;
  workers: RedisScript;
}

/**
 * @param values how many values an entry has; the first is never empty
 * @param kind Lua that defines, for what is on the roster:
 * `apply(key, weight, before, value, at, n)`: an entry's weight at this worker (`inc`) changed
 * from `before`; its values begin at `ARGV[value]`, and `value` is nil where only the change is
 * known; `at` is when it was last here; `n` is different for every call of one script; may push
 * to `answers`; `finish()`: comes after all calls of `apply`;
 * `is_untidy()` and `tidy(chunk)`: is there, and do, work that time alone makes; `tidy` says
 * whether there is more.
 */
export function rosterScripts(values: number, kind: string): RosterScripts {
  return {
    noValues: Array.from({ length: values }, () => ""),
    register: rosterScript("", REGISTER),
    write: rosterScript(`local VALUES = ${values}\n${kind}`, WRITE),
    beat: rosterScript(kind, BEAT),
    retire: rosterScript("", RETIRE),
    sweep: rosterScript(kind, SWEEP),
    workers: rosterScript("", WORKERS),
  };
}

/** A script that knows the roster's base key and clock. */
export function rosterScript(kind: string, body: string): RedisScript {
  return defineScript(`${PRELUDE}${kind}${body}`);
}
