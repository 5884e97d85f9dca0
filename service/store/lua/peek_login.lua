-- peek_login: a look without a touch.
local login = read(KEYS[2])
if not login then return answer('NOT_FOUND') end
return answer('GO', {}, {login})
