-- load(key, ...): the records in the order of KEYS[2] and on, an empty one for a grant that is not
-- there. With 'all' in ARGV[3] deleted grants are shown, too.
local records = {}
for i = 2, #KEYS do
  local record = read(KEYS[i])
  local hidden = record and record.state == 'deleted' and ARGV[3] ~= 'all'
  records[i - 1] = not hidden and record or {}
end
return answer('OK', {}, records)
