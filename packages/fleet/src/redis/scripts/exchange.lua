-- Merges one message into one circuit: `mergeMessage` of src/coordination/merge.ts, step by step.
--
-- KEYS      1 state    hash    the circuit's own fields
--           2 members  zset    live members, by the time at which they expire
--           3 votes    set     the members that vote to open
--           4 totals   hash    member -> "successes:failures:ttl" of its last message
--           5 slots    hash    fencing number -> "expiry:begun:member", begun 0 or 1
--           6 buckets  hash    number of a tenth of the span -> "successes:failures"
--           7 version  string  "epoch stamp members generation", what a quiet node asks for
-- ARGV      1 the message as JSON
--           2 the generation of a new record, if there is no state
--           3 the channel for notices
--           4 the time in ms, or empty to use the server's
-- Result    the reply as JSON. An error "HIGHWAY_MALFORMED ..." if the stored state is damaged.
-- Effects   writes the seven keys, which expire after a week, and publishes a notice of each
--           transition. It reads and checks everything before the first write: an error changes
--           nothing. A missing key was evicted by the server, and counts as empty.
-- Time      O(log members), and O(1) for each member, slot and bucket that has expired. The first vote in
--           a closed circuit: O(members log members).

-- include prelude.lua
-- include record.lua

local lifetime_ms = 7 * 24 * 3600 * 1000
local buckets_per_span = 10

local notices = {}

local function remaining()
  if record.state ~= 'OPEN' then return 0 end
  return math.max(0, record['until'] - now)
end

local function notice_fields()
  return '"circuit":' .. cjson.encode(message.circuit)
    .. ',"version":{"generation":' .. cjson.encode(record.generation)
    .. ',"epoch":' .. number(record.epoch) .. '}'
    .. ',"state":"' .. record.state .. '","cause":' .. cjson.encode(record.cause)
    .. ',"remaining":' .. number(remaining())
    .. ',"openings":' .. number(record.openings)
end

local function note_transition()
  notices[#notices + 1] = '{' .. notice_fields() .. '}'
end

local function put_slot(fence, slot)
  if not slots[fence] then slot_count = slot_count + 1 end
  slots[fence] = slot
  changed_slots[fence] = true
end

local function drop_slot(fence)
  slots[fence] = nil
  slot_count = slot_count - 1
  changed_slots[fence] = true
end

local function remove_members(ids)
  -- In chunks: Lua limits how many values it can unpack.
  for first = 1, #ids, 1000 do
    local some = {}
    for i = first, math.min(first + 999, #ids) do some[#some + 1] = ids[i] end
    redis.call('ZREM', members_key, unpack(some))
    redis.call('SREM', votes_key, unpack(some))
    redis.call('HDEL', totals_key, unpack(some))
  end
end

local function save_state()
  local fields = {}
  for _, name in ipairs(strings) do
    fields[#fields + 1] = name
    fields[#fields + 1] = record[name]
  end
  for _, name in ipairs(numbers) do
    fields[#fields + 1] = name
    fields[#fields + 1] = number(record[name])
  end
  redis.call('HSET', state_key, unpack(fields))
end

local function adjust_clock()
  record.seenAt = now
  -- A server that is out of memory rejects this command, so it comes first: all is written, or nothing.
  if is_fresh then save_state() else redis.call('HSET', state_key, 'seenAt', number(now)) end
  if is_fresh then
    -- What is left of a record whose state is gone belongs to an earlier generation.
    redis.call('DEL', members_key, votes_key, totals_key, slots_key, buckets_key)
  elseif back > clock_jitter_ms then
    record['until'] = record['until'] - back
    redis.call('DEL', members_key, votes_key, totals_key, buckets_key)
    buckets, expired = {}, {}
    member_count = 0
    for fence, slot in pairs(slots) do
      slot.expires_at = slot.expires_at - back
      changed_slots[fence] = true
    end
  elseif members_lost then
    redis.call('DEL', votes_key, totals_key)
  end
end

local function drop_expired()
  remove_members(expired)
  local over = {}
  for fence, slot in pairs(slots) do
    if slot.expires_at <= now then over[#over + 1] = fence end
  end
  for _, fence in ipairs(over) do
    -- The call reached the dependency, which did not answer in time.
    if slots[fence].begun then record.trialFailures = record.trialFailures + 1 end
    drop_slot(fence)
  end
end

-- Tells quiet nodes that there is news.
local function renew_stamp()
  record.stamp = math.max(record.stamp + 1, math.floor(now))
end

local function bucket_now()
  return math.floor(now / (message.span / buckets_per_span))
end

local function pool_outcomes()
  if message.span == 0 then return end
  local before = known or { successes = message.ackedSuccesses, failures = message.ackedFailures }
  local successes = math.max(0, message.successes - before.successes)
  local failures = math.max(0, message.failures - before.failures)
  local at = bucket_now()
  if successes + failures > 0 then
    local bucket = buckets[at] or { successes = 0, failures = 0 }
    bucket.successes = bucket.successes + successes
    bucket.failures = bucket.failures + failures
    buckets[at] = bucket
    redis.call('HSET', buckets_key, number(at),
      number(bucket.successes) .. ':' .. number(bucket.failures))
  end
  local old = {}
  for bucket in pairs(buckets) do
    if bucket <= at - buckets_per_span then old[#old + 1] = bucket end
  end
  for _, bucket in ipairs(old) do
    buckets[bucket] = nil
    redis.call('HDEL', buckets_key, number(bucket))
  end
end

-- Makes quiet members report before their own time to live ends.
local function call_members()
  renew_stamp()
  local scores, totals = redis.call('ZRANGE', members_key, 0, -1, 'WITHSCORES'), pairs_of(totals_key)
  local capped = {}
  for i = 1, #scores, 2 do
    local cap = now + (ttl_of(totals[scores[i]]) or message.ttl)
    if tonumber(scores[i + 1]) > cap then
      capped[#capped + 1] = number(cap)
      capped[#capped + 1] = scores[i]
    end
    if #capped >= 1000 then
      redis.call('ZADD', members_key, unpack(capped))
      capped = {}
    end
  end
  if #capped > 0 then redis.call('ZADD', members_key, unpack(capped)) end
end

local function note_member(current)
  local member = message.member
  -- The server may have lost quiet members. They come back with the new stamp.
  if member_count == 0 then renew_stamp() end
  if message.ttl <= 0 then
    remove_members({ member })
    return
  end
  local open = known ~= nil and known.open
  if current then open = message.open end
  redis.call('HSET', totals_key, member,
    -- Totals only grow: otherwise a message that arrives out of order would make the next one count
    -- outcomes twice.
    number(math.max(message.successes, known and known.successes or 0)) .. ':'
      .. number(math.max(message.failures, known and known.failures or 0)) .. ':'
      .. number(message.ttl))
  if record.state ~= 'CLOSED' or not open then
    redis.call('SREM', votes_key, member)
  elseif redis.call('SADD', votes_key, member) == 1 and redis.call('SCARD', votes_key) == 1 then
    call_members()
  end
end

-- Sets when the member expires, after everything that the message causes.
local function extend_member(votes)
  if message.member == '' or message.ttl <= 0 then return end
  local quiet = record.state == 'CLOSED' and votes == 0
  local ttl = quiet and message.quietTtl or message.ttl
  redis.call('ZADD', members_key, number(now + ttl), message.member)
end

local function settle_slots()
  local member = message.member
  for _, fence in ipairs(message.begun) do
    local slot = slots[fence]
    if slot and slot.member == member and not slot.begun then
      put_slot(fence, { member = member, begun = true, expires_at = now + message.trialTimeout })
    end
  end
  for _, settlement in ipairs(message.settled) do
    local slot = slots[settlement.fence]
    if slot and slot.member == member then
      drop_slot(settlement.fence)
      if settlement.outcome == 'success' then
        record.trialSuccesses = record.trialSuccesses + 1
      elseif settlement.outcome == 'failure' then
        record.trialFailures = record.trialFailures + 1
      end
    end
  end
end

local function free_unused_slots()
  local unused = {}
  for fence, slot in pairs(slots) do
    if slot.member == message.member and not slot.begun then unused[#unused + 1] = fence end
  end
  for _, fence in ipairs(unused) do drop_slot(fence) end
end

local function enter(state, cause)
  record.epoch = record.epoch + 1
  renew_stamp()
  record.state = state
  record.cause = cause
  if state == 'CLOSED' then
    record.openings = 0
    record['until'] = 0
  end
  record.trialSuccesses = 0
  record.trialFailures = 0
  slots, slot_count, changed_slots, drop_all_slots = {}, 0, {}, true
  buckets = {}
  redis.call('DEL', buckets_key, votes_key)
end

local function apply_command(command)
  local isolated = record.state == 'ISOLATED'
  if command == 'reset' then
    record.covered = 'CLOSED'
    enter('CLOSED', 'reset')
  elseif isolated == (command == 'isolate') then
    return false
  elseif isolated then
    enter(record.covered, 'release')
  else
    record.covered = record.state == 'CLOSED' and 'CLOSED' or 'OPEN'
    enter('ISOLATED', 'isolate')
  end
  return true
end

local function apply_request(current)
  if message.command then return apply_command(message.command) end
  local propose = message.propose
  if not propose or not current or record.state == 'ISOLATED' then return false end
  if propose.to == 'ISOLATED' then return apply_command('isolate') end
  enter(propose.to, propose.cause)
  if propose.to == 'OPEN' then
    record['until'] = now + propose.wait
    record.openings = propose.openings
  end
  return true
end

local function claim_slots()
  local granted = {}
  if record.trialSuccesses >= record.closeAt or record.trialFailures >= record.openAt then
    return granted
  end
  local left = record.calls - record.trialSuccesses - record.trialFailures
  local needed = math.min(left, record.concurrent) - slot_count
  while #granted < math.min(message.want, needed) do
    record.fence = record.fence + 1
    put_slot(record.fence,
      { member = message.member, begun = false, expires_at = now + message.leaseTime })
    granted[#granted + 1] = number(record.fence)
  end
  return granted
end

local function grant_slots()
  if message.want <= 0 then return {} end
  if record.state == 'OPEN' and now >= record['until'] then
    enter('HALF_OPEN', 'cooldown')
    for name, value in pairs(message.rule) do record[name] = value end
    note_transition()
  end
  return record.state == 'HALF_OPEN' and claim_slots() or {}
end

local function save(members)
  save_state()
  if drop_all_slots then redis.call('DEL', slots_key) end
  for fence in pairs(changed_slots) do
    local slot = slots[fence]
    if slot then
      local text = number(slot.expires_at) .. (slot.begun and ':1:' or ':0:') .. slot.member
      redis.call('HSET', slots_key, number(fence), text)
    else
      redis.call('HDEL', slots_key, number(fence))
    end
  end
  for i = 1, 6 do redis.call('PEXPIRE', KEYS[i], lifetime_ms) end
  local version = number(record.epoch) .. ' ' .. number(record.stamp) .. ' ' .. members .. ' '
    .. record.generation
  redis.call('SET', version_key, version, 'PX', lifetime_ms)
end

local function pooled()
  local successes, failures = 0, 0
  if message.span == 0 then return successes, failures end
  local at = bucket_now()
  for bucket, outcomes in pairs(buckets) do
    if bucket > at - buckets_per_span and bucket <= at then
      successes = successes + outcomes.successes
      failures = failures + outcomes.failures
    end
  end
  return successes, failures
end

local function tally()
  if record.state ~= 'HALF_OPEN' then return '' end
  return ',"tally":{"rule":{"calls":' .. number(record.calls)
    .. ',"closeAt":' .. number(record.closeAt)
    .. ',"openAt":' .. number(record.openAt)
    .. ',"concurrent":' .. number(record.concurrent) .. '}'
    .. ',"successes":' .. number(record.trialSuccesses)
    .. ',"failures":' .. number(record.trialFailures)
    .. ',"outstanding":' .. number(slot_count) .. '}'
end

local function reply(granted, members, votes)
  local successes, failures = pooled()
  return '{' .. notice_fields()
    .. ',"stamp":' .. number(record.stamp)
    .. ',"members":' .. members .. ',"votes":' .. votes
    .. ',"successes":' .. number(successes)
    .. ',"failures":' .. number(failures) .. tally()
    .. ',"granted":[' .. table.concat(granted, ',') .. ']}'
end

adjust_clock()
drop_expired()
local version = message.version
local current = version.generation == record.generation and version.epoch == record.epoch
if message.member ~= '' then
  local pools = (current or version.generation == '') and record.state == 'CLOSED'
  if pools then pool_outcomes() end
  note_member(current)
  if current and record.state == 'HALF_OPEN' then settle_slots() end
  if message.ttl <= 0 then free_unused_slots() end
end
if apply_request(current) then note_transition() end
local granted = grant_slots()
local votes = redis.call('SCARD', votes_key)
extend_member(votes)
local members = redis.call('ZCARD', members_key)
save(members)
for _, notice in ipairs(notices) do redis.call('PUBLISH', ARGV[3], notice) end
return reply(granted, members, votes)
