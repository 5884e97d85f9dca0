-- claim_due: pushes those of the grants KEYS[3] and on ahead that are still due, so that a dead
-- replica's work comes back by itself, and hands out what can be refreshed of it. ARGV[3] is how far.
local WANTED = {'gen', 'authorized_at', 'last_used_at', 'last_refresh_at'}
local claimed, records, ahead = {}, {}, text(now + tonumber(ARGV[3]))
for i = 3, #KEYS do
  local member = member_of(KEYS[i])
  local due = tonumber(redis.call('ZSCORE', KEYS[2], member) or 'inf')
  if due <= now then
    redis.call('ZADD', KEYS[2], ahead, member)
    local status = redis.call('HMGET', KEYS[i], 'state', 'refreshable')
    if status[1] == 'active' and status[2] then
      local record = {}
      for at, value in ipairs(redis.call('HMGET', KEYS[i], unpack(WANTED))) do
        record[WANTED[at]] = value or nil
      end
      claimed[#claimed + 1] = member
      records[#records + 1] = record
    end
  end
end
return answer('OK', {}, records, claimed)
