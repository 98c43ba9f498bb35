-- Reads the whole circuit that a message is about; the first part of exchange.lua, which includes it.
--
-- KEYS      those of exchange.lua
-- ARGV      those of exchange.lua
-- Result    none: exchange.lua continues. An error "HIGHWAY_MALFORMED ..." if the stored state is
--           damaged.
-- Effects   none.

local state_key, members_key, votes_key = KEYS[1], KEYS[2], KEYS[3]
local totals_key, slots_key, buckets_key = KEYS[4], KEYS[5], KEYS[6]
local version_key = KEYS[7]
local message = cjson.decode(ARGV[1])
local now = time_in_ms(ARGV[4])

local clock_jitter_ms = 1000

local strings = { 'generation', 'state', 'cause', 'covered' }
local numbers = {
  'epoch', 'stamp', 'until', 'openings', 'calls', 'closeAt', 'openAt', 'concurrent',
  'trialSuccesses', 'trialFailures', 'fence', 'seenAt',
}
local known_states = { CLOSED = true, OPEN = true, HALF_OPEN = true, ISOLATED = true }

local function fresh_record()
  return {
    generation = ARGV[2], state = 'CLOSED', cause = 'none', covered = 'CLOSED',
    epoch = 0, stamp = 0, ['until'] = 0, openings = 0, calls = 1, closeAt = 1, openAt = 1, concurrent = 1,
    trialSuccesses = 0, trialFailures = 0, fence = 0, seenAt = now,
  }
end

local function read_record()
  local names = {}
  for _, name in ipairs(strings) do names[#names + 1] = name end
  for _, name in ipairs(numbers) do names[#names + 1] = name end
  local values = redis.call('HMGET', state_key, unpack(names))
  local record, found = {}, 0
  for i, name in ipairs(names) do
    if values[i] then found = found + 1 end
    record[name] = values[i]
  end
  if found == 0 then return nil end
  -- Nodes of a version that knows no stamps write none, during a rolling deployment.
  if not record.stamp then record.stamp, found = '0', found + 1 end
  if found < #names then fail('state has no ' .. (#names - found) .. ' of its fields') end
  for _, name in ipairs(numbers) do record[name] = finite(record[name], name) end
  if not known_states[record.state] then fail('state') end
  if record.covered ~= 'CLOSED' and record.covered ~= 'OPEN' then fail('covered') end
  return record
end

local function pairs_of(key)
  local flat, result = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do result[flat[i]] = flat[i + 1] end
  return result
end

local function read_slots()
  local slots, count = {}, 0
  for fence, text in pairs(pairs_of(slots_key)) do
    local expiry, begun, member = string.match(text, '^([^:]+):([01]):(.*)$')
    if not expiry then fail('slots') end
    slots[finite(fence, 'slots')] =
      { expires_at = finite(expiry, 'slots'), begun = begun == '1', member = member }
    count = count + 1
  end
  return slots, count
end

local function read_buckets()
  local buckets = {}
  for bucket, text in pairs(pairs_of(buckets_key)) do
    local successes, failures = read_pair(text, 'buckets')
    buckets[finite(bucket, 'buckets')] = { successes = successes, failures = failures }
  end
  return buckets
end

local record = read_record()
local is_fresh = record == nil
record = record or fresh_record()
local slots, slot_count, buckets = {}, 0, {}
local expired, known = {}, nil
local back = 0
local members_lost = false
local member_count = 0

local function read_totals(text)
  local successes, failures, ttl = string.match(text, '^(%d+):(%d+):([%d.e+]+)$')
  if not ttl or not tonumber(ttl) then fail('totals') end
  return tonumber(successes), tonumber(failures)
end

-- The time to live in a member's totals, if there is one.
local function ttl_of(text)
  return text and tonumber(string.match(text, '^%d+:%d+:(.+)$') or '')
end

local function read_member()
  local score = redis.call('ZSCORE', members_key, message.member)
  local totals = redis.call('HGET', totals_key, message.member)
  local open = redis.call('SISMEMBER', votes_key, message.member) == 1
  if not score or tonumber(score) <= now then return nil end
  -- A server that is short of memory may have evicted only the totals. Then the member's own record of
  -- what it reported before counts.
  local successes, failures = message.ackedSuccesses, message.ackedFailures
  if totals then successes, failures = read_totals(totals) end
  return { open = open, successes = successes, failures = failures }
end

if not is_fresh then
  back = record.seenAt - now
  -- Time never goes back by a little; if the clock was set back, stored times move with it.
  if back <= clock_jitter_ms then now = math.max(now, record.seenAt) end
  expired = redis.call('ZRANGEBYSCORE', members_key, '-inf', number(now))
  -- Without members, votes and totals belong to members that were evicted, and would stay for ever.
  member_count = redis.call('ZCARD', members_key)
  members_lost = member_count == 0
  member_count = member_count - #expired
  slots, slot_count = read_slots()
  if message.span > 0 then buckets = read_buckets() end
  if message.member ~= '' and back <= clock_jitter_ms then known = read_member() end
end
local changed_slots = {}
local drop_all_slots = false
