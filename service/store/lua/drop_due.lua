-- Drops due entries whose record is gone. KEYS[2] is the due set, KEYS[3] and on are the records,
-- ARGV[3] and on their members.
for i = 3, #KEYS do
  if not read(KEYS[i]) then redis.call('ZREM', KEYS[2], ARGV[i]) end
end
return answer('OK')
