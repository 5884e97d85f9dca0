-- put_grant: stores a whole record. ARGV[8] and on are its fields.
local request = {
  kind = ARGV[3],
  attempt = ARGV[4],
  generation = tonumber(ARGV[5]),
  expected = tonumber(ARGV[6]),
  not_after = tonumber(ARGV[7]),
}
local keys = {grant = KEYS[2], due = KEYS[3], providers = KEYS[4],
              provider = string.match(KEYS[3], ':due:(.*)$')}
local present = read(keys.grant)
local stored = present and number(present, 'gen') or 0
if present and present.put_attempt == request.attempt then
  return answer('ALREADY', {generation = stored})
end
if present and present.put_before == request.attempt then
  return answer('ALREADY', {generation = present.put_before_gen})
end
if now > request.not_after then return answer('EXPIRED') end

if request.kind == 'login' or request.kind == 'import' then
  local outcome, generation = store_login(keys, present, {
    attempt = request.attempt, generation = request.generation, expected = request.expected,
    changes = named_changes(8)})
  return answer(outcome, {generation = generation})
end

if request.kind == 'restore' then
  local changes = named_changes(8)
  -- A login that inherited a refresh token has a higher generation than that token's successor,
  -- which was stored since.
  local replaced = present and not is_tombstone(changes) and number(changes, 'rt_gen') ~= 0 and
                   number(changes, 'rt_gen') < number(present, 'rt_gen')
  if request.generation <= stored or replaced then
    return answer('LOST', {generation = stored})
  end
  local record = record_for(keys, present)
  changes.gen = request.generation
  if changes.rt_gen == '' then changes.rt_gen = request.generation end
  -- What replaced what is not known any more: only answers to the restored token succeed it.
  changes.rt_parent = false
  if record.attempt == request.attempt then end_attempt(record, changes, request.attempt) end
  -- What was begun otherwise concerns a token that is not stored any more.
  if number(changes, 'rt_gen') ~= number(record, 'rt_gen') then clear_refresh(changes) end
  put(keys, record, request.attempt, changes, 'restore')
  return answer('STORED', {generation = request.generation})
end

-- revoke, delete: always. A deleted grant that is revoked stays deleted. What was there is told, so
-- that the provider can be.
local replaced = {}
if present then
  replaced[1] = {}
  for field, value in pairs(present) do replaced[1][field] = value end
end
local record = record_for(keys, present)
local deleted = request.kind == 'delete' or record.state == 'deleted'
local generation = math.max(stored + 1, number(record, 'next') + 1, now)
local changes = {sealed = false, key_id = false}
-- A revoked grant keeps its account and attributes, sealed without its tokens for the generation
-- that the caller saw; if that is not the one here, nothing is kept.
if not deleted and ARGV[8] and request.generation == stored then
  changes = named_changes(8)
  changes.sealed_gen = stored
end
changes.gen = generation
changes.state = deleted and 'deleted' or 'revoked'
changes.state_reason = not deleted and 'revoked'
local wiped = {'refreshable', 'refresh_at', 'last_error'}
local of_deleted = {'expires_at', 'authorized_at', 'last_used_at', 'last_refresh_at',
                    'reauthorize_at', 'scopes', 'owner'}
for _, field in ipairs(wiped) do changes[field] = false end
for _, field in ipairs(deleted and of_deleted or {}) do changes[field] = false end
clear_refresh(changes)
put(keys, record, request.attempt, changes, request.kind)
return answer('STORED', {generation = generation}, replaced)
