-- The rules of a grant's record (store/refresh_record.h) that several scripts share.

local function is_tombstone(record)
  return record.state == 'revoked' or record.state == 'deleted'
end

-- A lease that ends more than one lease ahead was taken before the clock was set back: expired.
local function lease_held(record)
  local lease_until = tonumber(record.lease_until)
  return lease_until ~= nil and lease_until > now and lease_until <= now + LEASE_MS
end

local function clear_backoff(changes)
  changes.backoff_until = false
  changes.backoff_class = false
end

-- Nothing is unknown any more, and whoever deferred to what was waits no longer.
local function settle_intent(record, changes)
  for _, field in ipairs({'intent_at', 'unknown', 'begun_before'}) do changes[field] = false end
  if record.backoff_class == 'rotation_unknown' then clear_backoff(changes) end
end

-- Forgets the refresh that was begun, its lease, intent and backoff; keeps what was reserved.
local function clear_refresh(changes)
  for _, field in ipairs({'attempt', 'intent_at', 'unknown', 'begun_before', 'lease_until'}) do
    changes[field] = false
  end
  clear_backoff(changes)
end

-- What `attempt` leaves behind when it has ended well: nothing, unless another was begun since.
local function end_attempt(record, changes, attempt)
  if record.attempt == attempt then
    clear_refresh(changes)
    changes.attempt = attempt
  end
  changes.ended_attempt = attempt
end

-- Moves the due entry to where the grant's own state and refresh_at say. Dead grants stay in the
-- set, never due: it is the index for listing, too.
local function schedule(due_key, grant_key, record)
  local due = record.state == 'active' and record.refresh_at or '+inf'
  redis.call('ZADD', due_key, due, member_of(grant_key))
end
