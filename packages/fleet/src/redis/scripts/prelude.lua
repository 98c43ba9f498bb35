-- The common start of several scripts; the tool that embeds them replaces the include with it.
--
-- KEYS      none
-- ARGV      none
-- Result    none: the script that includes it continues.
-- Effects   none, except that the server replicates the effects of the script, not the script itself.

-- Redis before 7 requires this of scripts that read the time.
if redis.replicate_commands then redis.replicate_commands() end

-- All digits of a double, so that times survive the round trip.
local function number(value)
  return string.format('%.17g', value)
end

local function fail(what)
  error('HIGHWAY_MALFORMED ' .. what, 0)
end

-- Reads a stored number.
local function finite(text, what)
  local value = tonumber(text)
  if not value or value ~= value or value == math.huge or value == -math.huge then fail(what) end
  return value
end

-- Reads a stored pair of counts, as "12:3".
local function read_pair(text, what)
  local first, second = string.match(text, '^(%d+):(%d+)$')
  if not first then fail(what) end
  return tonumber(first), tonumber(second)
end

-- The given time in ms, or the server's if that is empty.
local function time_in_ms(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
