-- A message through the write path: who hears it back hears changes, too.
redis.call('PUBLISH', 'tb:changed', ARGV[3])
return answer('OK')
