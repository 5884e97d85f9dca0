-- The providers that ever had a grant in this shard.
return answer('OK', {}, {}, redis.call('SMEMBERS', KEYS[2]))
