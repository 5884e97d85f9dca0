-- The members of a due set, whatever their time: what there is to list. Sorted by the caller,
-- whose processor is not everybody's.
return answer('OK', {}, {}, redis.call('ZRANGE', KEYS[2], 0, -1))
