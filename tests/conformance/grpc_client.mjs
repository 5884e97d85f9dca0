// gRPC as rows about it need it: messages that are wrong on purpose, calls that are given up, and
// HTTP/2 without a gRPC library.

import { connect } from 'node:http2';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { BrokerError } from '../e2e/node_client.mjs';

// tests/e2e has the packages.
const load = createRequire(new URL('../e2e/package.json', import.meta.url));
export const grpc = load('@grpc/grpc-js');
const protoLoader = load('@grpc/proto-loader');

const protoRoot = fileURLToPath(new URL('../../proto', import.meta.url));
const definition = protoLoader.loadSync(
  ['tokenbroker/v1/token_broker.proto', 'tokenbroker/v1/grant_admin.proto'],
  { includeDirs: [protoRoot], keepCase: true, longs: String, enums: String, defaults: true, oneofs: true });
const service = (name) => (name.endsWith('Grant') ? 'GrantAdminService' : 'TokenBrokerService');
const methodOf = (name) => definition[`tokenbroker.v1.${service(name)}`][name];
const bytes = (value) => value;

export const encode = (name, request) => methodOf(name).requestSerialize(request);
export const decode = (name, response) => methodOf(name).responseDeserialize(response);

// What became of a call, as a row sees it.
function ending(error, response, started) {
  const milliseconds = Date.now() - started;
  if (!error) return { ok: true, code: 'OK', milliseconds, ...response };
  const { trailers, ...rest } = new BrokerError(error);
  return { ok: false, milliseconds, message: error.details, ...rest };
}

// One unary call by a connection of its own: `body` is bytes, or a request of
// RPC `name`. `cancelAfter`: the caller gives up.
export function unary(address, name, body, { deadline = 20_000, cancelAfter, metadata = {}, options = {},
  path = methodOf(name)?.path ?? name, callOptions = {} } = {}) {
  const client = new grpc.Client(address, grpc.credentials.createInsecure(),
    { 'grpc.use_local_subchannel_pool': 1, ...options });
  const started = Date.now();
  const content = Buffer.isBuffer(body) ? body : encode(name, body);
  return new Promise((resolve) => {
    const call = client.makeUnaryRequest(path, bytes, bytes, content, grpc.Metadata.fromHttp2Headers(metadata),
      { deadline: Date.now() + deadline, ...callOptions }, (error, response) => {
        client.close();
        resolve(ending(error, response && methodOf(name) ? decode(name, response) : {}, started));
      });
    if (cancelAfter !== undefined) setTimeout(() => call.cancel(), cancelAfter);
  });
}

// A stream: `messages` as they come, `ended` resolves to how it ended.
export function watch(address, request, { deadline = 20_000 } = {}) {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const method = methodOf('WatchToken');
  const call = client.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize,
    request, { deadline: Date.now() + deadline });
  const messages = [];
  call.on('data', (message) => messages.push(message));
  const ended = new Promise((resolve) => {
    call.on('error', (error) => resolve(grpc.status[error.code]));
    call.on('end', () => resolve('OK'));
  }).finally(() => client.close());
  return { messages, ended, cancel: () => call.cancel() };
}

// A message with its five bytes before it (gRPC over HTTP2, Length-Prefixed-Message).
export function frame(message, { compressed = 0, length = message.length } = {}) {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

// One POST of HTTP/2; what came back: status, headers, trailers, and the frames of the body.
export async function post(address, path, body, headers = {}) {
  return (await posts(address, [{ path, body, headers }]))[0];
}

// Several, one after the other, by one connection.
export async function posts(address, requests) {
  const session = connect(`http://${address}`);
  session.on('error', () => {});
  const answers = [];
  for (const request of requests) answers.push(await exchange(session, request));
  session.close();
  return answers;
}

function exchange(session, { path, body, headers = {} }) {
  if (session.destroyed) return { reset: 'the connection is gone' };
  return new Promise((resolve) => {
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc',
      te: 'trailers', ...headers });
    const seen = { trailers: {}, body: [] };
    stream.on('response', (answer) => { seen.status = answer[':status']; seen.headers = { ...answer }; });
    stream.on('trailers', (answer) => { seen.trailers = { ...answer }; });
    stream.on('data', (part) => seen.body.push(part));
    stream.on('error', (error) => { seen.reset = error.code; });
    stream.on('close', () => {
      seen.body = Buffer.concat(seen.body);
      // Trailers alone come as headers.
      seen.grpcStatus = seen.trailers['grpc-status'] ?? seen.headers?.['grpc-status'];
      resolve(seen);
    });
    stream.setTimeout(10_000, () => stream.close());
    stream.end(body);
  });
}
