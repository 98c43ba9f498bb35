-- Lists circuits, so that operators can find them. The list is in a slot of its own in a cluster,
-- which is why no other script may touch it.
--
-- KEYS      1 circuits  zset  names of circuits, by the time when they were last announced
-- ARGV      names of circuits
-- Result    nothing.
-- Effects   adds the names; drops those of which nobody spoke for longer than a circuit is kept.
-- Time      O(log circuits) for each name that is added or dropped.

-- include prelude.lua

local kept_ms = 8 * 24 * 3600 * 1000
local now = time_in_ms('')
for _, name in ipairs(ARGV) do redis.call('ZADD', KEYS[1], number(now), name) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', number(now - kept_ms))
redis.call('PEXPIRE', KEYS[1], number(kept_ms))
return nil
