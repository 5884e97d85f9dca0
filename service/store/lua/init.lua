-- Makes the shard's meta, unless there is one. ARGV[2] is the store_id, ARGV[3] the schema, ARGV[4]
-- the number of shards. The meta that stands is the answer.
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'store_id', ARGV[2], 'schema', ARGV[3], 'shards', ARGV[4],
             'min_writer', ARGV[3], 'run_id', (this_server()), 'settle_until', '0')
end
return answer('OK', {}, {read(KEYS[1])})
