-- begin_refresh: takes the lease and writes the intent, or says why not.
local request = {
  known = tonumber(ARGV[3]),
  attempt = ARGV[4],
  not_after = tonumber(ARGV[5]),
  readable = ARGV[6],   -- ',id,id,'
  replay = ARGV[7],
  despite = ARGV[8],
  orphan = ARGV[9],
  demand = ARGV[10],
}

if store_settles() and request.replay ~= 'harmless' then return answer('SETTLING') end
if now > request.not_after then return answer('EXPIRED') end

local record = read(KEYS[2])
if not record or record.state == 'deleted' then return answer('GONE') end
if record.key_id and not string.find(request.readable, ',' .. record.key_id .. ',', 1, true) then
  return answer('UNREADABLE')
end

-- A rollback that was mended meanwhile, and a dead grant that was revived, are no reason any more:
-- whoever has begun since is an orphan like any other.
local gen = number(record, 'gen')
local despite = request.despite
if despite == 'rollback' and gen >= request.known then despite = '' end
if despite == 'state' and record.state ~= 'reauthorization_required' then despite = '' end

-- An orphan is excused by its name: after a rollback as well somebody may have begun since.
local function excused()
  if despite == 'state' then return true end
  return despite ~= '' and request.orphan == record.attempt
end

if record.state ~= 'active' and despite ~= 'state' then return answer('STATE', {}, {record}) end
if gen > request.known then return answer('NEWER', {}, {record}) end
if gen < request.known and despite ~= 'rollback' then
  return answer('OLDER', {}, {record})
end
-- A begin that arrives after its attempt was given up must not take the lease again.
if record.ended_attempt == request.attempt then return answer('EXPIRED') end
local again = record.attempt == request.attempt
if not again then
  if number(record, 'backoff_until') > now then
    return answer('BACKOFF', {['until'] = record.backoff_until, class = record.backoff_class})
  end
  if lease_held(record) then return answer('BUSY', {['until'] = record.lease_until}) end
  if record.intent_at and not excused() then
    return answer('UNKNOWN', {attempt = record.attempt, intent_at = record.intent_at,
                              begun_at = record.begun_at}, {record})
  end
end

local changes = {lease_until = now + LEASE_MS}
if not again then
  changes.next = math.max(gen + 1, number(record, 'next') + 1, request.known + 1, now)
  -- An orphan that was settled meanwhile leaves nothing unknown; a rolled back or dead grant's
  -- token may have been presented by anybody.
  local unknown = despite ~= ''
  if despite == 'unknown' then unknown = record.intent_at ~= nil end
  changes.unknown = unknown and '1'
  changes.begun_before = unknown and record.begun_at or false
  changes.attempt = request.attempt
  changes.begun_at = now
end
if not record.intent_at then changes.intent_at = now end
if request.demand == 'caller' then changes.last_used_at = now end
write(KEYS[2], record, changes)
return answer('GO', {next = record.next, ['until'] = record.lease_until,
                     intent_at = record.intent_at, begun_at = record.begun_at}, {record})
