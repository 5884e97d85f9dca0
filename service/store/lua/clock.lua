-- What the store's clock reads, in whole milliseconds. A chunk of its own, so that a test can set
-- the clock.
local function time_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
