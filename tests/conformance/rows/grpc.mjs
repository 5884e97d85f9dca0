// gRPC itself, by grpc-js, by plain HTTP/2, and by Python: what calls end with, and that what is given
// up leaves nothing behind. Sources: statuscodes.md, PROTOCOL-HTTP2.md, compression.md of grpc/grpc's
// doc folder; google/rpc/error_details.proto; grpc/health/v1.

import { gzipSync } from 'node:zlib';

import { absent, atLeast, between, otherThan, present, sameAs, that } from '../expectations.mjs';
import { encode, frame, grpc, post, posts, unary, watch } from '../grpc_client.mjs';
import { row, rows } from '../row.mjs';
import { also, ask, call, errorAnswer, logIn, pause, refresh, shortLogin, tell, until } from '../steps.mjs';

const path = '/tokenbroker.v1.TokenBrokerService/GetFreshToken';
const codes = (section) => `statuscodes.md, ${section}`;
const http2 = (section) => `PROTOCOL-HTTP2.md, ${section}`;

// GetFreshToken of the row's grant, by grpc-js.
const fresh = (as, options = {}, request = {}) => also('GetFreshToken by grpc-js', as,
  ({ world, row: { id } }) => unary(world.broker.address, 'GetFreshToken',
    { provider: id, subject: 'alice', ...request }, options));
const slowly = { min_ttl: { seconds: 30 } };
// A call whose bytes are what `body` makes.
const raw = (as, body, options = {}) => also('bytes by grpc-js', as, ({ world, row: { id } }) =>
  unary(world.broker.address, 'GetFreshToken', body(id), options));
const posted = (as, body, headers = {}, to = path) => also('a POST by HTTP/2', as, ({ world, row: { id } }) =>
  post(world.broker.address, to, body(id), headers));
const request = (id, more = {}) => encode('GetFreshToken', { provider: id, subject: 'alice', ...more });
const counters = () => also('the counters of the simulator', 'counters',
  ({ simulator }) => simulator.counters());
// What this row's provider has in flight, by the metrics.
const inFlight = async ({ world, row: { id } }) => {
  const text = await (await fetch(`http://${world.broker.admin}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`tokenbroker_refreshes_in_flight{provider="${id}"`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};
const python = (as, asked) => also('by Python', as, ({ world, row: { id } }) => world.python({
  provider: id, subject: 'alice', ...asked }));
// An unknown field 1000 of text, after what is known.
const unknownField = Buffer.from([0xc2, 0x3e, 3, 0x61, 0x62, 0x63]);

export default rows('gRPC', 'grpc', [
  row(codes('unknown method'), 'unknown_method', 'A method that is not there is UNIMPLEMENTED.', {
    steps: [also('an unknown method', 'answer', ({ world }) => unary(world.broker.address,
      '/tokenbroker.v1.TokenBrokerService/GetStaleToken', Buffer.alloc(0)))],
    then: { 'answer.code': 'UNIMPLEMENTED' } }),
  row(codes('unknown method'), 'unknown_service', 'A service that is not there is UNIMPLEMENTED.', {
    steps: [also('an unknown service', 'answer', ({ world }) => unary(world.broker.address,
      '/tokenbroker.v2.TokenBrokerService/GetFreshToken', Buffer.alloc(0)))],
    then: { 'answer.code': 'UNIMPLEMENTED' } }),
  row('protobuf encoding, unknown fields', 'unknown_field', 'A field that is not known is ignored.', {
    steps: [...logIn(), raw('token', (id) => Buffer.concat([request(id), unknownField]))],
    then: { 'token.ok': true, 'token.token.access_token': sameAs('login.token.access_token') } }),
  row('protobuf encoding, default values', 'empty_message', 'An empty message is a request without its fields.', {
    steps: [raw('answer', () => Buffer.alloc(0))],
    then: { 'answer.code': 'INVALID_ARGUMENT', 'answer.reason': 'FIELD_INVALID',
      'answer.metadata.field': 'provider' } }),
  row('error.proto, FIELD_INVALID', 'not_a_message', 'Bytes that are no message are INVALID_ARGUMENT.', {
    steps: [raw('answer', () => Buffer.from([0xff, 0xff, 0xff]))],
    then: { 'answer.code': 'INVALID_ARGUMENT', 'answer.reason': 'FIELD_INVALID' } }),
  row('protobuf encoding, strings', 'not_utf8', 'Text that is not UTF-8 is refused.', {
    steps: [raw('answer', (id) => Buffer.concat([request(id, { subject: '' }), Buffer.from([0x1a, 1, 0xff])]))],
    then: { 'answer.code': 'INVALID_ARGUMENT', 'answer.reason': 'FIELD_INVALID' } }),
  row(codes('message larger than the limit'), 'request_too_large', 'A request over 64 KiB is RESOURCE_EXHAUSTED.', {
    steps: [raw('answer', (id) => request(id, { subject: 'a'.repeat(64 * 1024) }))],
    then: { 'answer.code': 'RESOURCE_EXHAUSTED' } }),
  row('grpc_server.cc, 64 KiB', 'request_just_small_enough', 'A request of just under 64 KiB is read.', {
    steps: [raw('answer', (id) => request(id, { subject: 'a'.repeat(64 * 1024 - 200) }))],
    then: { 'answer.code': 'INVALID_ARGUMENT', 'answer.metadata.field': 'subject' } }),
  row('compression.md', 'inflated_too_large', 'The limit is on what a compressed request is when it is not.', {
    steps: [posted('answer', (id) => frame(gzipSync(request(id, { subject: 'a'.repeat(1 << 20) })),
      { compressed: 1 }), { 'grpc-encoding': 'gzip' })],
    then: { 'answer.grpcStatus': '8' } }),
  row('compression.md', 'compressed_request', 'A gzipped request is understood.', {
    steps: [...logIn(), posted('answer', (id) => frame(gzipSync(request(id)), { compressed: 1 }),
      { 'grpc-encoding': 'gzip', 'grpc-accept-encoding': 'identity' })],
    then: { 'answer.grpcStatus': '0', 'answer.body.length': atLeast(20) } }),
  row('compression.md', 'compression_of_grpc_js', 'A client that compresses by its channel\'s options is answered.', {
    steps: [...logIn(), fresh('token', { options: {
      'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip } })],
    then: { 'token.token.access_token': sameAs('login.token.access_token') } }),
  row('compression.md', 'unknown_compression',
    'A compression that is not known is UNIMPLEMENTED, and the known ones are told.', {
    fails: 'gRPC C++ 1.51 takes such a message as not compressed; it never comes to our code',
    steps: [posted('answer', (id) => frame(request(id), { compressed: 1 }), { 'grpc-encoding': 'zstd' })],
    then: { 'answer.grpcStatus': '12',
      answer: that('with grpc-accept-encoding', ({ headers, trailers }) =>
        /gzip/.test(headers['grpc-accept-encoding'] ?? trailers['grpc-accept-encoding'])) } }),
  row(http2('Responses'), 'status_200', 'A refusal is HTTP 200 with grpc-status and a percent-encoded message.', {
    steps: [posted('answer', () => frame(Buffer.alloc(0)))],
    then: { 'answer.status': 200, 'answer.grpcStatus': '3',
      'answer.headers.content-type': /^application\/grpc/ } }),
  row(http2('Requests'), 'wrong_content_type', 'What is no application/grpc is not served.', {
    steps: [posted('answer', (id) => frame(request(id)), { 'content-type': 'application/json' })],
    then: { answer: that('refused', ({ status, grpcStatus, reset }) =>
      status === 415 || (grpcStatus !== undefined && grpcStatus !== '0') || reset !== undefined) } }),
  row('error.proto, FIELD_INVALID', 'no_message',
    'A unary call without any message is INVALID_ARGUMENT, also where an empty one would do.', {
      steps: [posted('answer', () => Buffer.alloc(0), {}, '/tokenbroker.v1.ProviderService/ListProviders')],
      then: { 'answer.grpcStatus': '3' } }),
  row(http2('Length-Prefixed-Message'), 'cut_message', 'A message that ends in its middle is an error, not a hang.', {
    steps: [posted('answer', (id) => frame(request(id), { length: 1000 }))],
    then: { answer: that('ended with an error', ({ grpcStatus, reset }) =>
      (grpcStatus !== undefined && grpcStatus !== '0') || reset !== undefined) } }),
  row(http2('grpc-timeout'), 'timeout_in_microseconds', 'grpc-timeout has units: 100000u is a tenth of a second.', {
    steps: [...shortLogin(), tell({ latency: { token: 1 } }), pause(150),
      posted('answer', (id) => frame(request(id, slowly)), { 'grpc-timeout': '100000u' })],
    then: { 'answer.grpcStatus': '4' } }),
  row('grpc_server.cc, 16 KiB', 'metadata_within_the_limit', 'Metadata of 8 KiB is let in.', {
    steps: [...logIn(), fresh('token', { metadata: { 'x-padding': 'a'.repeat(8 * 1024) } })],
    then: { 'token.ok': true } }),
  row('grpc_server.cc, 16 KiB', 'metadata_too_large', 'Metadata of more than 16 KiB is RESOURCE_EXHAUSTED.', {
    steps: [...logIn(), fresh('token', { metadata: { 'x-padding': 'a'.repeat(24 * 1024) } }),
      fresh('after')],
    then: { 'token.code': 'RESOURCE_EXHAUSTED', 'after.ok': true } }),
  row('RFC 9113 section 10.5.1', 'metadata_too_large_for_one_call',
    'Other calls of the connection are answered after a call with too much metadata.', {
      fails: 'gRPC C++ 1.51 closes the connection, and its other calls end with UNAVAILABLE',
      steps: [...logIn(), also('two calls by one connection', 'answers', ({ world, row: { id } }) =>
        posts(world.broker.address, [
          { path, body: frame(request(id)), headers: { 'x-padding': 'a'.repeat(24 * 1024) } },
        { path, body: frame(request(id)) }]))],
      then: { 'answers.0.grpcStatus': '8', 'answers.1.grpcStatus': '0' } }),
  row(codes('deadline'), 'deadline', 'A deadline ends the call in time.', {
    steps: [...shortLogin(), tell({ latency: { token: 2.5 } }), pause(150), fresh('token', { deadline: 200 }, slowly)],
    then: { 'token.code': 'DEADLINE_EXCEEDED', 'token.milliseconds': between(150, 2400) } }),
  row('design section 4, step 4', 'deadline_cancels_nothing',
    'What a caller gave up goes on: the next one gets the new token of the same refresh.', {
      steps: [...shortLogin(), tell({ latency: { token: 0.5 } }), pause(150),
        fresh('given_up', { deadline: 150 }, slowly),
        fresh('token', {}, slowly), counters()],
      then: { 'given_up.code': 'DEADLINE_EXCEEDED', 'token.ok': true,
        'token.token.access_token': otherThan('login.token.access_token'),
        'counters.refreshes': 1, 'counters.max_presented': 1 } }),
  row(codes('cancelled'), 'cancel', 'What a caller cancelled goes on: the next one gets the new token of the same refresh.', {
    steps: [...shortLogin(), tell({ latency: { token: 0.5 } }), pause(150),
      fresh('given_up', { cancelAfter: 150 }, slowly), fresh('token', {}, slowly), counters()],
    then: { 'given_up.code': 'CANCELLED', 'token.ok': true, 'counters.refreshes': 1,
      'counters.max_presented': 1 } }),
  row('design section 4, Login', 'cancelled_exchange',
    'A cancelled ExchangeCode goes on, and a retry gets its grant.', {
    steps: [...logIn().slice(0, 2), tell({ latency: { token: 0.5 } }), also('ExchangeCode, given up', 'given_up',
      ({ world, seen: { begun, callback } }) => unary(world.broker.address, 'ExchangeCode',
        { callback_uri: callback.href, browser_state: begun.state }, { cancelAfter: 100 })), logIn()[2]],
    then: { 'given_up.code': 'CANCELLED', 'login.ok': true, 'requests.token.length': 1 } }),
  row('design section 4, step 4', 'hundred_given_up', 'A hundred callers that give up leave nothing in flight.', {
    steps: [...shortLogin(), tell({ latency: { token: 0.5 } }), pause(150),
      also('a hundred callers', 'codes', async ({ world, row: { id } }) => {
        const ended = await Promise.all(Array.from({ length: 100 }, (_, i) => unary(world.broker.address,
          'GetFreshToken', { provider: id, subject: 'alice', ...slowly },
          i % 2 ? { cancelAfter: 200 } : { deadline: 200 })));
        return [...new Set(ended.map(({ code }) => code))].sort();
      }), until('nothing is in flight', async (place) => await inFlight(place) === 0), fresh('token'), counters()],
    then: { codes: ['CANCELLED', 'DEADLINE_EXCEEDED'], 'token.ok': true, 'counters.refreshes': 1 } }),
  row(codes('deadline'), 'expired_deadline', 'A call whose deadline has passed asks the provider nothing.', {
    steps: [...shortLogin(), pause(150), fresh('token', { deadline: -100 }, slowly), pause(100)],
    then: { 'token.code': 'DEADLINE_EXCEEDED', 'requests.token.length': 1 } }),
  row('google/rpc/error_details.proto', 'error_info', 'Every refusal has an ErrorInfo of the domain tokenbroker.', {
    steps: [call('GetFreshToken', {}, 'token')],
    then: { 'token.code': 'NOT_FOUND', 'token.reason': 'GRANT_NOT_FOUND', 'token.domain': 'tokenbroker',
      'token.metadata.provider': 'grpc_error_info' } }),
  row('google/rpc/error_details.proto', 'retry_info', 'What may pass has a RetryInfo and a pushback that agree.', {
    steps: [...shortLogin(), errorAnswer('slow_down', 429, { headers: { 'Retry-After': '9' } }), ...refresh()],
    then: { 'token.code': 'UNAVAILABLE', 'token.retryDelay': between(5, 11),
      'token.pushback': that('the same in milliseconds', (pushback, { token }) =>
        Math.abs(Number(pushback) - token.retryDelay * 1000) <= 1) } }),
  row('gRFC A6, pushback', 'no_retry', 'What no retry helps has the pushback -1 and no RetryInfo.', {
    steps: [call('GetFreshToken', { provider: 'nobody' }, 'token')],
    then: { 'token.reason': 'PROVIDER_UNKNOWN', 'token.pushback': '-1', 'token.retryDelay': absent } }),
  row('design section 7', 'every_detail_has_a_type', 'Details come by Google\'s type URLs in a google.rpc.Status.', {
    steps: [posted('answer', () => frame(Buffer.alloc(0)))],
    then: { answer: that('the type URL of ErrorInfo', ({ headers, trailers }) =>
      Buffer.from(trailers['grpc-status-details-bin'] ?? headers['grpc-status-details-bin'], 'base64')
        .includes('type.googleapis.com/google.rpc.ErrorInfo')) } }),
  row('error.proto, FIELD_INVALID', 'negative_min_ttl', 'A negative min_ttl names its field.', {
    steps: [call('GetFreshToken', { min_ttl: { seconds: -1 } }, 'token')],
    then: { 'token.code': 'INVALID_ARGUMENT', 'token.metadata.field': 'min_ttl' } }),
  row('error.proto, FIELD_INVALID', 'control_characters', 'A subject with a control character names its field.', {
    steps: [call('GetFreshToken', { subject: 'a\nb' }, 'token')],
    then: { 'token.code': 'INVALID_ARGUMENT', 'token.metadata.field': 'subject' } }),
  row('token_broker.proto, WatchToken', 'watch', 'A watch says what there is at once, then each new token.', {
    steps: [...shortLogin(), also('a watch', 'watch', ({ world, row: { id } }) =>
      watch(world.broker.address, { provider: id, subject: 'alice' })),
    until('its first message', ({ seen }) => seen.watch.messages.length > 0), ...refresh(),
    until('its second one', ({ seen }) => seen.watch.messages.length > 1),
    also('it is cancelled', 'ended', ({ seen }) => { seen.watch.cancel(); return seen.watch.ended; }),
    ask({}, 'after')],
    then: { 'watch.messages.0.token.access_token': sameAs('login.token.access_token'),
      'watch.messages.1.token.access_token': sameAs('token.token.access_token'),
      ended: 'CANCELLED', 'after.ok': true } }),
  row(codes('deadline'), 'watch_deadline', 'A deadline ends a watch, too.', {
    steps: [...logIn(), also('a watch', 'ended', ({ world, row: { id } }) =>
      watch(world.broker.address, { provider: id, subject: 'alice' }, { deadline: 300 }).ended)],
    then: { ended: 'DEADLINE_EXCEEDED' } }),
  row('token_broker.proto, WatchToken', 'watch_of_nothing', 'A watch of no grant begins with ABSENT.', {
    steps: [also('a watch', 'watch', ({ world, row: { id } }) =>
      watch(world.broker.address, { provider: id, subject: 'alice' })),
    until('its first message', ({ seen }) => seen.watch.messages.length > 0),
    also('it is cancelled', 'ended', ({ seen }) => { seen.watch.cancel(); return seen.watch.ended; })],
    then: { 'watch.messages.0.status.state': 'GRANT_STATE_ABSENT', ended: 'CANCELLED' } }),
  row('grpc/health/v1/health.proto', 'health', 'The whole server and each service are SERVING.', {
    steps: [posted('all', () => frame(Buffer.alloc(0)), {}, '/grpc.health.v1.Health/Check'),
      posted('one', () => frame(Buffer.from('\x0a\x22tokenbroker.v1.TokenBrokerService1'.slice(0, 36))), {},
        '/grpc.health.v1.Health/Check')],
    then: { all: that('SERVING', ({ body }) => body.subarray(5).equals(Buffer.from([8, 1]))),
      one: present } }),
  row('grpc/health/v1/health.proto', 'health_of_nothing', 'A service that is not there is NOT_FOUND.', {
    steps: [posted('answer', () => frame(Buffer.from('\x0a\x01x')), {}, '/grpc.health.v1.Health/Check')],
    then: { 'answer.grpcStatus': '5' } }),
  row('design section 11', 'python_token', 'A Python client gets the token that grpc-js gets.', {
    steps: [...logIn(), python('python', {})],
    then: { 'python.token.access_token': sameAs('login.token.access_token') } }),
  row('google/rpc/error_details.proto', 'python_error', 'A Python client reads the details of an error.', {
    steps: [python('python', {})],
    then: { 'python.error.code': 'NOT_FOUND', 'python.error.reason': 'GRANT_NOT_FOUND',
      'python.error.domain': 'tokenbroker' } }),
  row(codes('deadline'), 'python_deadline',
    'A deadline of a Python client ends its call, and the next one is answered.', {
    steps: [python('warm', {}), ...shortLogin(), tell({ latency: { token: 0.6 } }), pause(150),
      python('python', { min_ttl: '30s', timeout: 0.2 }), python('next', { min_ttl: '30s' }), counters()],
    then: { 'python.error.code': 'DEADLINE_EXCEEDED', 'next.token.access_token': present, 'counters.refreshes': 1 } }),
  row(codes('cancelled'), 'python_cancel', 'A Python client that cancels harms nobody.', {
    steps: [python('warm', {}), ...shortLogin(), tell({ latency: { token: 0.6 } }), pause(150),
      python('python', { min_ttl: '30s', cancel_after: 0.2 }), python('next', { min_ttl: '30s' }), counters()],
    then: { 'python.error.code': 'CANCELLED', 'next.token.access_token': present, 'counters.refreshes': 1 } }),
  row('compression.md', 'python_compression', 'A Python client may compress by gzip.', {
    steps: [...logIn(), python('python', { compression: 'Gzip' })],
    then: { 'python.token.access_token': sameAs('login.token.access_token') } }),
  row('compression.md', 'python_deflate', 'A Python client may compress by deflate.', {
    steps: [...logIn(), python('python', { compression: 'Deflate' })],
    then: { 'python.token.access_token': sameAs('login.token.access_token') } }),
  row('grpc_server.cc, 16 KiB', 'python_metadata', 'A Python client\'s metadata is bounded, too.', {
    steps: [...logIn(), python('python', { padding: 24 * 1024 })],
    then: { 'python.error.code': 'RESOURCE_EXHAUSTED' } }),
]);
