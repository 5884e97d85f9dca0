-- A message through the write path: who hears it back hears changes, too. Tells which server it
-- reached.
redis.call('PUBLISH', 'tb:changed', ARGV[3])
return answer('OK', {run_id = (this_server())})
