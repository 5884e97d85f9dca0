-- Storing a whole grant, for put_grant and finish_exchange.

-- Stores `changes` as the grant's, made by `attempt`. A tombstone ends; nothing else does.
local function put(keys, record, attempt, changes, kind)
  local tombstone = is_tombstone(changes)
  changes.gen_attempt = attempt
  -- It may be repeated still when another has come.
  changes.put_before = record.put_attempt or false
  changes.put_before_gen = record.put_attempt and record.gen or false
  changes.put_attempt = attempt
  changes.sealed_gen = changes.sealed_gen or false
  changes.end_at = tombstone and now + TOMBSTONE_MS
  write(keys.grant, record, changes)
  if tombstone then
    redis.call('PEXPIRE', keys.grant, TOMBSTONE_MS)
  else
    redis.call('PERSIST', keys.grant)
  end
  schedule(keys.due, keys.grant, record)
  redis.call('SADD', keys.providers, keys.provider)
  publish(kind, number(record, 'gen'), member_of(keys.grant))
end

-- The record to write into: `present`, or a new one in the place of what may be left of one that
-- has ended.
local function record_for(keys, present)
  if present then return present end
  redis.call('DEL', keys.grant)
  return {}
end

-- Stores what a login brought, as `order` says: attempt, generation, changes, the rt_gen whose
-- refresh token it inherits (0: it brings its own or has none), and whether inheriting one that was
-- replaced is harmless. Returns the outcome and the generation that stands.
local function store_login(keys, present, order)
  local inherits = order.expected ~= 0
  -- What is stored may have been replaced by what is about to be put back.
  if inherits and store_settles() and not order.harmless then return 'SETTLING', 0 end
  local taken = present and math.max(number(present, 'gen'), number(present, 'next')) or 0
  if inherits and not (present and number(present, 'rt_gen') == order.expected and
                       present.refreshable and present.state == 'active') then
    return 'LOST', present and number(present, 'gen') or 0
  end
  if order.generation <= taken then return 'RENUMBER', taken end
  local anew = not present or present.state == 'deleted'
  local record = record_for(keys, present)
  local changes = order.changes
  changes.gen = order.generation
  changes.login_gen = order.generation
  changes.created_at = anew and now or record.created_at
  if changes.authorized_at == '' then changes.authorized_at = now end
  if number(record, 'last_used_at') > number(changes, 'last_used_at') then
    changes.last_used_at = record.last_used_at
  end
  changes.rt_gen = inherits and order.expected or order.generation
  if inherits then
    -- Whoever has presented the token, or holds the lease to, has still done so.
    clear_backoff(changes)
  else
    changes.rt_parent = false
    clear_refresh(changes)
  end
  put(keys, record, order.attempt, changes, 'login')
  return 'STORED', order.generation
end
