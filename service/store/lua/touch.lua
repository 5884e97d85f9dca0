-- touch: when the grants KEYS[2] and on were used last, by ARGV[3] and on.
for i = 2, #KEYS do
  local fields = redis.call('HMGET', KEYS[i], 'state', 'last_used_at')
  local record, used = {state = fields[1], last_used_at = fields[2]}, tonumber(ARGV[i + 1])
  if record.state and not is_tombstone(record) and used > number(record, 'last_used_at') then
    redis.call('HSET', KEYS[i], 'last_used_at', text(used))
  end
end
return answer('OK')
