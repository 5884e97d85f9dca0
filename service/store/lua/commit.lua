-- commit: stores the successor if and only if it succeeds what is stored. The lease is not asked.
-- ARGV[8] and on are the fields of the record that a refresh may change.
local request = {
  attempt = ARGV[3],
  parent = tonumber(ARGV[4]),
  next = tonumber(ARGV[5]),
  rotated = ARGV[6] == 'rotated',
  demand = ARGV[7],
}
local record = read(KEYS[2])
if not record then return answer('GONE') end
local gen, rt_gen = number(record, 'gen'), number(record, 'rt_gen')
local function refuse(outcome) return answer(outcome, {generation = gen}) end

if gen < request.parent then return refuse('OLDER') end
if record.gen_attempt == request.attempt then return refuse('ALREADY') end
if is_tombstone(record) then return refuse(string.upper(record.state)) end
-- What was stored since, a login or a refresh without rotation, kept its refresh token.
if request.rotated and rt_gen == request.next then return refuse('ALREADY') end
-- The same token was presented twice: the later answer wins. That of the attempt on record is it,
-- though the other's may have been given a higher number since.
local later = request.rotated and number(record, 'rt_parent') == request.parent and
              (request.next > rt_gen or record.attempt == request.attempt)
if rt_gen ~= request.parent and not later then return refuse('LOST') end
if request.next <= gen and request.rotated then return refuse('RENUMBER') end
if request.next <= gen then
  -- A login that inherited the token is newer; how the token fared is known all the same.
  if record.attempt == request.attempt then
    local ended = {}
    end_attempt(record, ended, request.attempt)
    write(KEYS[2], record, ended)
    publish('failure', gen, member_of(KEYS[2]))
  end
  return refuse('LOST')
end

local changes = named_changes(8)
changes.gen = request.next
changes.gen_attempt = request.attempt
changes.last_refresh_at = now
if request.demand == 'caller' then changes.last_used_at = now end
if request.rotated then
  changes.rt_parent = request.parent
  changes.rt_gen = request.next
end
end_attempt(record, changes, request.attempt)
-- What another attempt left unknown was about the token that is replaced now.
if request.rotated then settle_intent(record, changes) end
write(KEYS[2], record, changes)
schedule(KEYS[3], KEYS[2], record)
publish('refresh', request.next, member_of(KEYS[2]))
return answer('STORED', {generation = request.next})
