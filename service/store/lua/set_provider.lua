-- provider_state set: merges what one replica learned into what is stored, and tells that it changed.
-- ARGV[2] is the provider, ARGV[3] and ARGV[4] say how (store/grant_store.h, ProviderChange), and
-- ARGV[5] and on are its fields.
local request = {keeps_freeze = ARGV[3] == 'keep', ends_pause = ARGV[4] == 'ended'}
local state = read(KEYS[1]) or {}
local changes = named_changes(5)
local function keep(...)
  for _, field in ipairs({...}) do changes[field] = nil end
end

local stored_is_longer = number(state, 'not_before') > number(changes, 'not_before')
local may_end = request.ends_pause and state.backoff_class ~= 'quota'
if stored_is_longer and not may_end then keep('not_before', 'backoff_class') end
if request.keeps_freeze then keep('frozen_fingerprint', 'frozen_at', 'frozen_error') end
write(KEYS[1], state, changes)
publish('provider', 0, ARGV[2])
return answer('OK', {}, {state})
