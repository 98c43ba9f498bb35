-- Returns one circuit as operators see it: `viewOf` of src/coordination/view.ts.
--
-- KEYS      the seven of exchange.lua
-- ARGV      1 the circuit's name
--           2 the time in ms, or empty to use the server's
-- Result    the view as JSON, with the ids of the members that vote, or nil if there is no such circuit. An error "HIGHWAY_MALFORMED ..." if
--           the stored state is damaged.
-- Effects   none.
-- Time      O(live members).

-- include prelude.lua

local state_key, members_key, votes_key = KEYS[1], KEYS[2], KEYS[3]
local slots_key, buckets_key = KEYS[5], KEYS[6]

local function json_list(values)
  local parts = {}
  for i, value in ipairs(values) do parts[i] = cjson.encode(value) end
  return '[' .. table.concat(parts, ',') .. ']'
end

local now = time_in_ms(ARGV[2])
local flat, record = redis.call('HGETALL', state_key), {}
if #flat == 0 then return nil end
for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end

local function field(name)
  return finite(record[name], name)
end

local function text(name)
  return cjson.encode(record[name] or fail(name))
end

local function voters_of(live)
  local voted, voters = {}, {}
  for _, member in ipairs(redis.call('SMEMBERS', votes_key)) do voted[member] = true end
  for _, member in ipairs(live) do
    if voted[member] then voters[#voters + 1] = member end
  end
  return voters
end

local function outcomes()
  local successes, failures = 0, 0
  for _, bucket in ipairs(redis.call('HVALS', buckets_key)) do
    local some, others = read_pair(bucket, 'buckets')
    successes = successes + some
    failures = failures + others
  end
  return '"successes":' .. number(successes) .. ',"failures":' .. number(failures)
end

local function tally()
  if record.state ~= 'HALF_OPEN' then return '' end
  return ',"tally":{"rule":{"calls":' .. number(field('calls'))
    .. ',"closeAt":' .. number(field('closeAt'))
    .. ',"openAt":' .. number(field('openAt'))
    .. ',"concurrent":' .. number(field('concurrent')) .. '}'
    .. ',"successes":' .. number(field('trialSuccesses'))
    .. ',"failures":' .. number(field('trialFailures'))
    .. ',"outstanding":' .. redis.call('HLEN', slots_key) .. '}'
end

local remaining = record.state == 'OPEN' and math.max(0, field('until') - now) or 0
local live = redis.call('ZRANGEBYSCORE', members_key, '(' .. number(now), '+inf')
local voters = voters_of(live)
return '{"circuit":' .. cjson.encode(ARGV[1])
  .. ',"version":{"generation":' .. text('generation') .. ',"epoch":' .. number(field('epoch')) .. '}'
  .. ',"state":' .. text('state') .. ',"cause":' .. text('cause')
  .. ',"remaining":' .. number(remaining) .. ',"openings":' .. number(field('openings'))
  .. ',"members":' .. #live .. ',"votes":' .. #voters
  .. ',' .. outcomes() .. tally()
  .. ',"memberIds":' .. json_list(live) .. ',"voterIds":' .. json_list(voters) .. '}'
