-- Of the grants KEYS[2] and on: how many are in each state, and how many of the active ones need a
-- new login within so many milliseconds of now, ARGV[3] and on, growing. Each is counted in the
-- first that fits ("within_1" for ARGV[3]), in "later" or, where nothing is known, in "unknown".
local counts = {}
local function count(name) counts[name] = (counts[name] or 0) + 1 end

local function bucket(reauthorize_at)
  if not reauthorize_at then return 'unknown' end
  for i = 3, #ARGV do
    if reauthorize_at <= now + tonumber(ARGV[i]) then return 'within_' .. (i - 2) end
  end
  return 'later'
end

for i = 2, #KEYS do
  local fields = redis.call('HMGET', KEYS[i], 'state', 'reauthorize_at', 'end_at')
  local state, end_at = fields[1], tonumber(fields[3])
  if state and state ~= 'deleted' and not (end_at and end_at <= now) then
    count(state)
    if state == 'active' then count(bucket(tonumber(fields[2]))) end
  end
end
return answer('OK', counts)
