-- begin_exchange: PENDING becomes EXCHANGING, from where on the code may be presented once.
local request = {
  attempt = ARGV[3],
  code_hash = ARGV[4],
  caller = ARGV[5],
  patience = tonumber(ARGV[6]),
  not_after = tonumber(ARGV[7]),
}
if now > request.not_after then return answer('EXPIRED') end
local login = read(KEYS[2])
if not login then return answer('NOT_FOUND') end
if (login.caller or '') ~= request.caller then return answer('WRONG_CALLER') end
if login.phase == 'pending' then
  if login.ended_attempt == request.attempt then return answer('EXPIRED') end
else
  if login.code_hash ~= request.code_hash then return answer('OTHER_CODE') end
  if login.phase == 'done' then return answer('DONE', {}, {login}) end
  if login.attempt ~= request.attempt then
    local busy = number(login, 'until') > now
    return answer(busy and 'BUSY' or 'OUTCOME_UNKNOWN', {['until'] = login['until']})
  end
end
write(KEYS[2], login, {
  phase = 'exchanging', attempt = request.attempt, code_hash = request.code_hash,
  ['until'] = now + request.patience})
-- The present grant, tombstones included: its generation counts. Its key is in the login only, so
-- it is not among KEYS; it lies in the same slot. Where a slot on the move hides it, finish_exchange
-- says RELOAD.
return answer('GO', {['until'] = login['until']}, {login, read(login.grant) or {}})
