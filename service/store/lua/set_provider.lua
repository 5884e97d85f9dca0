-- provider_state set: the whole state, and tells that it changed. ARGV[2] is the provider, ARGV[3]
-- and on its fields.
local state = {}
redis.call('DEL', KEYS[1])
write(KEYS[1], state, named_changes(3))
publish('provider', 0, ARGV[2])
return answer('OK', {}, {state})
