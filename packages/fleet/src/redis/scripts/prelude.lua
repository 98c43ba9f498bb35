-- What several scripts begin with; the tool that embeds them puts it in the place of its include.
--
-- KEYS      none
-- ARGV      none
-- Result    none: it goes on with the script that includes it.
-- Effects   none, but that the server is told to replicate what a script does and not the script.

-- Redis before 7 must be told so, since the scripts ask for the time.
if redis.replicate_commands then redis.replicate_commands() end

-- All that a double can hold, so that times come back as they were.
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

-- The time in ms: the one given, or the server's where that is empty.
local function time_in_ms(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
