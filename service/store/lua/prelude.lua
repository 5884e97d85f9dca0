-- What every script begins with: reading, writing and answering. Nothing here touches a key by
-- itself.
--
-- A record is a hash whose fields are texts. An empty, zero or unset value is a field that is not
-- there. Numbers are compared as numbers only (HGET returns strings, and "5" == 5 is false) and
-- written by '%.0f' (tostring gives 1.7954e+15).
local now = time_ms()

local function text(value)
  if type(value) == 'number' then return string.format('%.0f', value) end
  return value
end

-- As one string, a MessagePack array {name, value, ...}: a reply's elements cost the reader far more
-- than its bytes.
local function flatten(fields)
  local flat = {}
  for name, value in pairs(fields) do
    flat[#flat + 1] = name
    flat[#flat + 1] = text(value)
  end
  return cmsgpack.pack(flat)
end

-- The run_id of this server, and how many milliseconds ago the client met it that had another one
-- before; nil when it had none.
local function this_server()
  local run_id, met_ago = string.match(ARGV[1], '^(%S*) ?(%d*)$')
  return run_id, tonumber(met_ago)
end

-- {outcome, time, flattened values, {flattened record, ...}, {item, ...}}
local function answer(outcome, values, records, items)
  local flat = {}
  for i, record in ipairs(records or {}) do flat[i] = flatten(record) end
  return {outcome, text(now), flatten(values or {}), flat, items or {}}
end

-- The record of `key`; nil when there is none or its end has come: the key's own expiry follows
-- the server's clock, which is not always this one.
local function read(key)
  local flat = redis.call('HGETALL', key)
  if #flat == 0 then return nil end
  local record = {}
  for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
  if record.end_at and tonumber(record.end_at) <= now then return nil end
  return record
end

local function number(record, field) return tonumber(record[field]) or 0 end

-- Writes `changes` to the hash and to `record`; false and '' take a field away.
local function write(key, record, changes)
  local set, gone = {}, {}
  for field, value in pairs(changes) do
    if value == false or value == '' then
      if record[field] then gone[#gone + 1] = field end
      record[field] = nil
    else
      record[field] = text(value)
      set[#set + 1] = field
      set[#set + 1] = record[field]
    end
  end
  if #set > 0 then redis.call('HSET', key, unpack(set)) end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
end

-- The changes that ARGV names from `first` on: field, value, field, value, ...
local function named_changes(first)
  local changes = {}
  for i = first, #ARGV, 2 do changes[ARGV[i]] = ARGV[i + 1] end
  return changes
end

-- What a grant is called in due sets and messages: the end of its key.
local function member_of(grant_key) return string.match(grant_key, ':grant:(.*)$') end

-- Never fails: the change is made, whoever hears of it.
local function publish(kind, generation, member)
  redis.pcall('PUBLISH', 'tb:changed', kind .. ' ' .. text(generation) .. ' ' .. member)
end
