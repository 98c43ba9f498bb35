-- Does what a plain command that reads does. Clients may send plain commands to a replica that lags
-- behind or has lost its master; scripts go to the master.
--
-- KEYS      the keys of the command
-- ARGV      1 the command: MGET, EXISTS or ZSCORE
--           others: its arguments after the keys
-- Result    that of the command.
-- Effects   none.
-- Time      that of the command.

local parts = { ARGV[1] }
for _, key in ipairs(KEYS) do parts[#parts + 1] = key end
for i = 2, #ARGV do parts[#parts + 1] = ARGV[i] end
return redis.call(unpack(parts))
