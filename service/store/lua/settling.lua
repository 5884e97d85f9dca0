-- Whether this server may have lost what another one acknowledged. Needs meta.lua.
--
-- Another server answers than the last time: a failover or a restart may have lost what was
-- acknowledged, and one lease length gives its holders the time to say so. A server that was the
-- primary before and missed what came since finds its own run_id here: the callers know better.
local function store_settles()
  local settle_until = tonumber(meta[3]) or 0
  if settle_until > now + LEASE_MS then settle_until = 0 end
  local run_id, met_ago = this_server()
  local unknown = meta[2] ~= run_id
  local since = unknown and now or now - (met_ago or math.huge)
  if unknown or since + LEASE_MS > math.max(settle_until, now) then
    settle_until = since + LEASE_MS
    redis.call('HSET', KEYS[1], 'run_id', run_id, 'settle_until', text(settle_until))
  end
  return settle_until > now and settle_until <= now + LEASE_MS
end
