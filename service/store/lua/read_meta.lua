-- The shard's meta, whosesoever it is; empty when there is none.
return answer('OK', {}, {read(KEYS[1]) or {}})
