-- Returns the names of all announced circuits, in any order.
--
-- KEYS      1 circuits  zset  see announce.lua
-- ARGV      none
-- Result    the names.
-- Effects   none.
-- Time      O(circuits).

return redis.call('ZRANGE', KEYS[1], 0, -1)
