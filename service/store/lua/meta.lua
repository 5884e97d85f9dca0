-- KEYS[1] is the shard's meta, ARGV[1] the run_id of this server, ARGV[2] the store_id that the
-- caller knows. Whatever is empty or foreign is no store: it must not say "not found".
local meta = redis.call('HMGET', KEYS[1], 'store_id', 'run_id', 'settle_until')
if not meta[1] or meta[1] ~= ARGV[2] then return answer('NO_STORE') end
