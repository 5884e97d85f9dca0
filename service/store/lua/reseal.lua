-- The same record under another key. ARGV[3] is the generation and ARGV[4] the key id that were
-- sealed again, ARGV[5] and ARGV[6] what takes their place. Nobody is told: nothing changed.
local record = read(KEYS[2])
if not record then return answer('GONE') end
if number(record, 'gen') ~= tonumber(ARGV[3]) or record.key_id ~= ARGV[4] then
  return answer('LOST')
end
write(KEYS[2], record, {sealed = ARGV[5], key_id = ARGV[6]})
return answer('STORED')
