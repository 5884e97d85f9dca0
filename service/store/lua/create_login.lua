-- create_login: stores a pending login. A repetition leaves it where it is.
if not read(KEYS[2]) then
  redis.call('DEL', KEYS[2])
  local changes = named_changes(3)
  changes.phase = 'pending'
  changes.end_at = now + LOGIN_MS
  write(KEYS[2], {}, changes)
  redis.call('PEXPIRE', KEYS[2], LOGIN_MS)
end
return answer('STORED')
