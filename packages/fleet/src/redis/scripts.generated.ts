// Written by tools/embed-lua.mjs from the files in scripts/. Change those, then run it.
import type { Script } from './script.ts';

export const announceScript: Script = {
  sha1: '6616323e235004404db98569163950d7431afc4f',
  text: `if redis.replicate_commands then redis.replicate_commands() end
local function number(value)
  return string.format('%.17g', value)
end
local function fail(what)
  error('HIGHWAY_MALFORMED ' .. what, 0)
end
local function finite(text, what)
  local value = tonumber(text)
  if not value or value ~= value or value == math.huge or value == -math.huge then fail(what) end
  return value
end
local function read_pair(text, what)
  local first, second = string.match(text, '^(%d+):(%d+)$')
  if not first then fail(what) end
  return tonumber(first), tonumber(second)
end
local function time_in_ms(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local kept_ms = 8 * 24 * 3600 * 1000
local now = time_in_ms('')
for _, name in ipairs(ARGV) do redis.call('ZADD', KEYS[1], number(now), name) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', number(now - kept_ms))
redis.call('PEXPIRE', KEYS[1], number(kept_ms))
return nil`,
};

export const exchangeScript: Script = {
  sha1: '0d23a076097c6a599d72d16b78bcda19c2de0e0a',
  text: `if redis.replicate_commands then redis.replicate_commands() end
local function number(value)
  return string.format('%.17g', value)
end
local function fail(what)
  error('HIGHWAY_MALFORMED ' .. what, 0)
end
local function finite(text, what)
  local value = tonumber(text)
  if not value or value ~= value or value == math.huge or value == -math.huge then fail(what) end
  return value
end
local function read_pair(text, what)
  local first, second = string.match(text, '^(%d+):(%d+)$')
  if not first then fail(what) end
  return tonumber(first), tonumber(second)
end
local function time_in_ms(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
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
local function ttl_of(text)
  return text and tonumber(string.match(text, '^%d+:%d+:(.+)$') or '')
end
local function read_member()
  local score = redis.call('ZSCORE', members_key, message.member)
  local totals = redis.call('HGET', totals_key, message.member)
  local open = redis.call('SISMEMBER', votes_key, message.member) == 1
  if not score or tonumber(score) <= now then return nil end
  local successes, failures = message.ackedSuccesses, message.ackedFailures
  if totals then successes, failures = read_totals(totals) end
  return { open = open, successes = successes, failures = failures }
end
if not is_fresh then
  back = record.seenAt - now
  if back <= clock_jitter_ms then now = math.max(now, record.seenAt) end
  expired = redis.call('ZRANGEBYSCORE', members_key, '-inf', number(now))
  member_count = redis.call('ZCARD', members_key)
  members_lost = member_count == 0
  member_count = member_count - #expired
  slots, slot_count = read_slots()
  if message.span > 0 then buckets = read_buckets() end
  if message.member ~= '' and back <= clock_jitter_ms then known = read_member() end
end
local changed_slots = {}
local drop_all_slots = false
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
  if is_fresh then save_state() else redis.call('HSET', state_key, 'seenAt', number(now)) end
  if is_fresh then
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
    if slots[fence].begun then record.trialFailures = record.trialFailures + 1 end
    drop_slot(fence)
  end
end
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
  if member_count == 0 then renew_stamp() end
  if message.ttl <= 0 then
    remove_members({ member })
    return
  end
  local open = known ~= nil and known.open
  if current then open = message.open end
  redis.call('HSET', totals_key, member,
    number(math.max(message.successes, known and known.successes or 0)) .. ':'
      .. number(math.max(message.failures, known and known.failures or 0)) .. ':'
      .. number(message.ttl))
  if record.state ~= 'CLOSED' or not open then
    redis.call('SREM', votes_key, member)
  elseif redis.call('SADD', votes_key, member) == 1 and redis.call('SCARD', votes_key) == 1 then
    call_members()
  end
end
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
return reply(granted, members, votes)`,
};

export const listScript: Script = {
  sha1: '0219b28e57835b6959ef4e3073f7ab45c8ce6de4',
  text: `return redis.call('ZRANGE', KEYS[1], 0, -1)`,
};

export const readScript: Script = {
  sha1: 'a2b3a6f77a6ca427e0f47ab57a19b5f1a2c38a8a',
  text: `local parts = { ARGV[1] }
for _, key in ipairs(KEYS) do parts[#parts + 1] = key end
for i = 2, #ARGV do parts[#parts + 1] = ARGV[i] end
return redis.call(unpack(parts))`,
};

export const viewScript: Script = {
  sha1: '11ce185ab50d622fd54e838581f7df24c5c7865a',
  text: `if redis.replicate_commands then redis.replicate_commands() end
local function number(value)
  return string.format('%.17g', value)
end
local function fail(what)
  error('HIGHWAY_MALFORMED ' .. what, 0)
end
local function finite(text, what)
  local value = tonumber(text)
  if not value or value ~= value or value == math.huge or value == -math.huge then fail(what) end
  return value
end
local function read_pair(text, what)
  local first, second = string.match(text, '^(%d+):(%d+)$')
  if not first then fail(what) end
  return tonumber(first), tonumber(second)
end
local function time_in_ms(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
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
  .. ',"memberIds":' .. json_list(live) .. ',"voterIds":' .. json_list(voters) .. '}'`,
};
