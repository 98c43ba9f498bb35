-- Adds circuits to the list that operators read. In a cluster the list has a hash slot of its own, so
-- no other script may touch it.
--
-- KEYS      1 circuits  zset  names of circuits, by the time of their last announcement
-- ARGV      names of circuits
-- Result    nothing.
-- Effects   adds the names; removes those that were not announced for longer than a circuit is kept.
-- Time      O(log circuits) for each name that is added or removed.

-- include prelude.lua

local kept_ms = 8 * 24 * 3600 * 1000
local now = time_in_ms('')
for _, name in ipairs(ARGV) do redis.call('ZADD', KEYS[1], number(now), name) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', number(now - kept_ms))
redis.call('PEXPIRE', KEYS[1], number(kept_ms))
return nil
