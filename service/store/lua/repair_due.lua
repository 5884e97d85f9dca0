-- Makes the due set KEYS[2] agree with the records KEYS[4] and on: entries of records that are gone
-- are dropped, missing ones are added, and counted. KEYS[3] are the shard's providers.
local added = 0
for i = 4, #KEYS do
  local record, member = read(KEYS[i]), member_of(KEYS[i])
  if not record then
    redis.call('ZREM', KEYS[2], member)
  elseif not redis.call('ZSCORE', KEYS[2], member) then
    schedule(KEYS[2], KEYS[i], record)
    redis.call('SADD', KEYS[3], string.match(KEYS[2], ':due:(.*)$'))
    added = added + 1
  end
end
return answer('OK', {added = text(added)})
