-- renew: extends the lease, and makes again what a failover lost of the attempt.
local request = {
  attempt = ARGV[3],
  parent = tonumber(ARGV[4]),
  next = tonumber(ARGV[5]),
  intent_at = ARGV[6],
  begun_at = ARGV[7],
  not_after = tonumber(ARGV[8]),
}
if now > request.not_after then return answer('EXPIRED') end
local record = read(KEYS[2])
if not record or record.state == 'deleted' then return answer('GONE') end
if record.ended_attempt == request.attempt then return answer('ENDED') end

-- Whether the attempt was on record before a failover lost it: its token is stored, and nobody has
-- begun since. A higher generation is no sign of that: a login may have inherited the token.
local function was_lost()
  local other_is_running = record.attempt and record.attempt ~= record.ended_attempt and
                           lease_held(record)
  return number(record, 'rt_gen') == request.parent and not is_tombstone(record) and
         number(record, 'next') < request.next and not other_is_running
end

local changes = {lease_until = now + LEASE_MS}
if record.attempt ~= request.attempt then
  if not was_lost() then return answer('TAKEN') end
  changes.unknown = record.intent_at and '1' or false
  changes.begun_before = record.intent_at and record.begun_at or false
  changes.intent_at = request.intent_at
  changes.attempt = request.attempt
  changes.next = request.next
  changes.begun_at = request.begun_at
end
write(KEYS[2], record, changes)
return answer('OK', {['until'] = record.lease_until})
