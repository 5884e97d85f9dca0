-- Raises meta.schema to ARGV[3] and min_writer to ARGV[4]; never lowers either.
local present = read(KEYS[1])
local changes = {
  schema = math.max(number(present, 'schema'), tonumber(ARGV[3])),
  min_writer = math.max(number(present, 'min_writer'), tonumber(ARGV[4])),
}
write(KEYS[1], present, changes)
return answer('OK', {}, {present})
