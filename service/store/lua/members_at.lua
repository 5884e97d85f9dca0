-- The members of a due set from rank ARGV[3] to ARGV[4], whatever their time. A member that is
-- scheduled anew meanwhile has another rank: for who counts and need not be exact.
return answer('OK', {}, {}, redis.call('ZRANGE', KEYS[2], ARGV[3], ARGV[4]))
