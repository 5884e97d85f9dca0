-- finish_exchange: the grant and the outcome in one step, also when it comes late. With a grant
-- KEYS[3] to KEYS[5] are its key, due set and providers, and ARGV[10] and on its fields.
local request = {
  attempt = ARGV[3],
  outcome = ARGV[4],
  generation = tonumber(ARGV[5]),
  seen = tonumber(ARGV[6]),
  expected = tonumber(ARGV[7]),
  sealed_outcome = ARGV[8],
  replay = ARGV[9],
}
local login = read(KEYS[2])
local ours = login ~= nil and login.attempt == request.attempt
if ours and login.phase ~= 'exchanging' then
  return answer('ALREADY', {generation = number(login, 'outcome_gen')})
end

local outcome, generation = ours and 'STORED' or 'ALREADY', request.generation
if KEYS[3] then
  -- Also when the login has expired or was taken over: the provider gave these tokens.
  local keys = {grant = KEYS[3], due = KEYS[4], providers = KEYS[5],
                provider = string.match(KEYS[4], ':due:(.*)$')}
  local present = read(keys.grant)
  if present and present.put_attempt == request.attempt then
    outcome, generation = 'ALREADY', number(present, 'gen')
  elseif (present and number(present, 'login_gen') or 0) ~= request.seen then
    outcome = 'LOST'
  else
    outcome, generation = store_login(keys, present, {
      attempt = request.attempt, generation = request.generation, expected = request.expected,
      harmless = request.replay == 'harmless', changes = named_changes(10)})
  end
  if outcome == 'SETTLING' then return answer('SETTLING') end
  if outcome == 'RENUMBER' then return answer('RENUMBER', {generation = generation}) end
  if outcome == 'LOST' then return answer('RELOAD', {}, {present}) end
end
if not ours then return answer(outcome, {generation = generation}) end

if request.outcome == 'not_sent' then
  write(KEYS[2], login, {phase = 'pending', ended_attempt = request.attempt})
else
  -- What is kept has neither verifier nor nonce.
  write(KEYS[2], login, {
    phase = 'done', outcome = request.outcome, outcome_gen = generation,
    sealed_outcome = request.sealed_outcome, sealed = login.sealed_rest, sealed_rest = false})
end
return answer(outcome, {generation = generation})
