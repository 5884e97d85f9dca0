-- provider_state get. The key belongs to no shard, so whether this is a store is asked beside it.
return answer('OK', {}, {read(KEYS[1]) or {}})
