-- claim_due: pushes those of the named members ahead that are still due, so that a dead replica's
-- work comes back by itself, and hands them out. ARGV[3] is how far, ARGV[4] and on the members.
local claimed, ahead = {}, text(now + tonumber(ARGV[3]))
for i = 4, #ARGV do
  local due = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[i]) or 'inf')
  if due <= now then
    redis.call('ZADD', KEYS[2], ahead, ARGV[i])
    claimed[#claimed + 1] = ARGV[i]
  end
end
return answer('OK', {}, {}, claimed)
