"""The atomic steps in Redis, as Lua scripts. Only these scripts change the fleet's common state.

Facts
-----
* A script runs alone, from its first line to its last (redis.io/docs, "Scripting with Lua"). So no other command runs between its reads and
  writes.
* `epoch` counts how often all sequences were rewound. A count of an earlier epoch is ignored.
* Counters only grow within an epoch. So the larger of two counts is the later one. The count that a gateway has seen itself is a lower
  limit. So sequences go on even if Redis has lost its data.
* All scripts use the clock of Redis (`TIME`), since the clocks of the machines differ.
* All keys of a fleet have its name in braces. So a cluster keeps them on one node.
"""

from __future__ import annotations

from hashlib import sha1


class Script:
    """A step."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = sha1(text.encode()).hexdigest()  # noqa: S324  # the name of a script protects nothing
        """The name of the script in Redis."""


_EPOCH = """
local epoch = redis.call('GET', KEYS[1]) or '0'
"""

ADVANCE = Script(
    _EPOCH
    + """
-- KEYS: epoch, cursor. ARGV: milliseconds that it is kept, the caller's epoch, the caller's count.
local count = 0
local known = redis.call('GET', KEYS[2])
if known then
  local of, n = string.match(known, '^(%d+) (%d+)$')
  if of == epoch then count = tonumber(n) end
end
if ARGV[2] == epoch and tonumber(ARGV[3]) > count then count = tonumber(ARGV[3]) end
redis.call('SET', KEYS[2], epoch .. ' ' .. (count + 1), 'PX', ARGV[1])
return {epoch, count}
"""
)
"""Count one more in a sequence. Return the count before."""

COUNT = Script(
    _EPOCH
    + """
-- KEYS: epoch, counter. ARGV: milliseconds that it is kept, the caller's epoch, the caller's count.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count, since = 0, now
local known = redis.call('GET', KEYS[2])
if known then
  local of, n, at = string.match(known, '^(%d+) (%d+) (%d+)$')
  if of == epoch then count, since = tonumber(n), tonumber(at) end
end
if ARGV[2] == epoch and tonumber(ARGV[3]) > count then count = tonumber(ARGV[3]) end
redis.call('SET', KEYS[2], epoch .. ' ' .. (count + 1) .. ' ' .. string.format('%.0f', since), 'PX', ARGV[1])
return {epoch, count + 1, now - since}
"""
)
"""Count one more. Return the count, and the milliseconds since the first one."""

TAKE = Script(
    _EPOCH
    + """
-- KEYS: epoch, bucket. ARGV: milliseconds that it is kept, tokens a second, capacity.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local rate, capacity = tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens, at = capacity, now
local known = redis.call('GET', KEYS[2])
if known then
  local of, left, then_ = string.match(known, '^(%d+) (%S+) (%S+)$')
  if of == epoch then tokens, at = tonumber(left), tonumber(then_) end
end
tokens = math.min(capacity, tokens + rate * math.max(0, now - at))
local taken = 0
if tokens >= 1 then tokens, taken = tokens - 1, 1 end
redis.call('SET', KEYS[2], epoch .. ' ' .. string.format('%.9g', tokens) .. ' ' .. string.format('%.6f', now), 'PX', ARGV[1])
return {epoch, taken}
"""
)
"""Take one token out of a bucket. Return 1; 0 if the bucket is empty."""

BIND = Script(
    """
-- KEYS: bound device, shares, choices. ARGV: milliseconds that they are kept, the choices (or none).
local bound = redis.call('GET', KEYS[1])
if bound then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  return bound
end
if #ARGV > 1 then
  for place = 2, #ARGV do redis.call('ZADD', KEYS[3], 'NX', 0, string.format('%08d ', place) .. ARGV[place]) end
elseif redis.call('EXISTS', KEYS[3]) == 0 then
  return false
end
while true do
  local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  local share = tonumber(redis.call('HGET', KEYS[2], string.sub(first[1], 10)) or '0')
  if share <= tonumber(first[2]) then
    bound = string.sub(first[1], 10)
    break
  end
  redis.call('ZADD', KEYS[3], share, first[1])
end
redis.call('HINCRBY', KEYS[2], bound, 1)
redis.call('SET', KEYS[1], bound, 'PX', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[1])
return bound
"""
)
"""Return the recorded device whose answers a live device gets; nil if the choices are unknown.

A bound device stays bound. A new device gets the choice that the fewest devices have.
"""

AGREE = Script(
    """
-- KEYS: slices. ARGV: milliseconds that they are kept; for each slice the nonce that the caller has seen, and the sealed value.
local agreed = true
for place, key in ipairs(KEYS) do
  local nonce = redis.call('GETRANGE', key, 0, 11)
  if nonce ~= '' and nonce ~= ARGV[2 * place] then agreed = false end
end
if not agreed then return redis.call('MGET', unpack(KEYS)) end
for place, key in ipairs(KEYS) do redis.call('SET', key, ARGV[2 * place + 1], 'PX', ARGV[1]) end
return {}
"""
)
"""Store all slices, if each one in Redis is the one that the caller has seen. Otherwise store nothing, and return the slices in Redis."""

ONCE = Script("return redis.call('SET', KEYS[1], 1, 'NX', 'PX', ARGV[1]) and 1 or 0")
"""Return 1 the first time."""

REWIND = Script(
    """
-- KEYS: epoch. ARGV: milliseconds that it is kept, the caller's epoch.
local epoch = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[2])) + 1
redis.call('SET', KEYS[1], epoch, 'PX', ARGV[1])
return {tostring(epoch)}
"""
)
"""Begin the next epoch, and return it."""

JOIN = Script(
    """
-- KEYS: life, members. ARGV: milliseconds that they are kept, milliseconds of a heartbeat, the member, the life that it knows or wants,
-- '1' if it is new.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[2])
local life = redis.call('GET', KEYS[1])
if not life or (ARGV[5] == '1' and redis.call('ZCARD', KEYS[2]) == 0) then life = ARGV[4] end
redis.call('SET', KEYS[1], life, 'PX', ARGV[1])
redis.call('ZADD', KEYS[2], now, ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return {life}
"""
)
"""Join, and return the life of the fleet. A new gateway that finds no other gateway begins a new life."""

BEAT = Script(
    """
-- KEYS: life, members, epoch, fingerprint, wanted, notes, exchanges. ARGV: milliseconds that they are kept, milliseconds of a heartbeat,
-- the member, the caller's epoch, its fingerprint, milliseconds that exchanges are kept.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[3])
local epoch = math.max(tonumber(redis.call('GET', KEYS[3]) or '0'), tonumber(ARGV[4]))
redis.call('SET', KEYS[3], epoch, 'PX', ARGV[1])
redis.call('SET', KEYS[4], ARGV[5], 'NX', 'PX', ARGV[1])
for _, place in ipairs({1, 2, 4, 5, 6}) do redis.call('PEXPIRE', KEYS[place], ARGV[1]) end
redis.call('PEXPIRE', KEYS[7], ARGV[6])
return {redis.call('GET', KEYS[1]), tostring(epoch), redis.call('GET', KEYS[4]), redis.call('GET', KEYS[5]) or '', redis.call('ZRANGE', KEYS[2], 0, -1)}
"""
)
"""Heartbeat of a gateway. Return life, epoch, the fingerprint of the redaction key, the fleet's setting, and the running gateways."""

WANT = Script(
    """
-- KEYS: wanted. ARGV: milliseconds that it is kept, the version in twelve digits, the sealed value.
local known = redis.call('GETRANGE', KEYS[1], 0, 11)
if known ~= '' and known >= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3], 'PX', ARGV[1])
return 1
"""
)
"""Store a new setting of the fleet. Return 1; 0 if Redis already has this version or a later one."""

LOCK = Script("return redis.call('SET', KEYS[1], ARGV[2], 'NX', 'PX', ARGV[1]) and 1 or 0")
"""Take a lock. Return 1 if it was free."""

HOLD = Script(
    """
-- KEYS: lock. ARGV: milliseconds that it is held, who holds it.
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
if tonumber(ARGV[1]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) else redis.call('DEL', KEYS[1]) end
return 1
"""
)
"""Renew a lock. With 0 milliseconds, give it back."""

SCRIPTS = (ADVANCE, COUNT, TAKE, BIND, AGREE, ONCE, REWIND, JOIN, BEAT, WANT, LOCK, HOLD)
