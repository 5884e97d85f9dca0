-- What of the due set is due, soonest first, with its time: member, time, member, time, ... and how
-- many there are: at least those, where the user may not count.
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', text(now), 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local count = redis.pcall('ZCOUNT', KEYS[2], '-inf', text(now))
if type(count) ~= 'number' then count = #due / 2 end
return answer('OK', {due = count}, {}, due)
