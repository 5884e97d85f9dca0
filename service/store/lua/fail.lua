-- fail: how an attempt ended that brought no token.
local request = {
  attempt = ARGV[3],
  parent = tonumber(ARGV[4]),
  lost = ARGV[5] == 'lost_answer',
  class = ARGV[6],
  cause = ARGV[7],
  last_error = ARGV[8],
  due = ARGV[9],
}
local record = read(KEYS[2])
if not record or record.state == 'deleted' then return answer('GONE') end
if record.attempt ~= request.attempt then return answer('NOT_YOURS') end
-- An answer to this attempt does not settle an earlier presentation, unless the grant is dead.
local function settle(changes, dead)
  changes.ended_attempt = request.attempt
  if request.lost then return end
  if record.unknown and not dead then
    -- Its holder will not come back: only the earlier one's may.
    if record.begun_before then changes.begun_at = record.begun_before end
    return
  end
  settle_intent(record, changes)
end

local changes = {lease_until = false}
local replaced = number(record, 'rt_gen') ~= request.parent
-- Another token is stored; or somebody gave up on an attempt that was committed in the meantime,
-- without a rotation.
local newer = replaced or (request.lost and record.gen_attempt == request.attempt)
-- A login that inherited the token came between: it is known how the token fared, but the grant's
-- state is the login's.
local overtaken = not request.lost and number(record, 'gen') > number(record, 'next')
if not newer and overtaken then settle(changes, false) end
if newer or overtaken then
  write(KEYS[2], record, changes)
  publish('failure', number(record, 'gen'), member_of(KEYS[2]))
  return answer('NEWER', {}, {record})
end

local dead = request.class == 'grant_dead' or record.state == 'reauthorization_required'
settle(changes, dead)
if request.class == 'grant_dead' then
  changes.state = 'reauthorization_required'
  changes.state_reason = request.cause
  clear_backoff(changes)
elseif request.class == 'provider_trouble' or request.class == 'quota' or
       request.class == 'rotation_unknown' then
  changes.backoff_until = request.due
  changes.backoff_class = request.class
end
if request.last_error ~= '' then changes.last_error = request.last_error end
write(KEYS[2], record, changes)
if dead or request.due ~= '' then
  redis.call('ZADD', KEYS[3], dead and '+inf' or request.due, member_of(KEYS[2]))
end
publish('failure', number(record, 'gen'), member_of(KEYS[2]))
return answer('OK')
