// Token Broker from Node, without generated code: stubs from the protos, and errors that say whose
// turn it is. Copy it, and point PROTO_ROOT at the broker's `proto` folder.

import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import protobuf from 'protobufjs';

const protoRoot = process.env.PROTO_ROOT ?? new URL('../../../proto', import.meta.url).pathname;
const definition = protoLoader.loadSync('tokenbroker/v1/token_broker.proto',
  { includeDirs: [protoRoot], keepCase: true, longs: String, enums: String, oneofs: true });
const { TokenBrokerService } = grpc.loadPackageDefinition(definition).tokenbroker.v1;

const details = new protobuf.Root();
details.resolvePath = (_, path) => (path.startsWith('google/') ? path : `${protoRoot}/${path}`);
details.loadSync('tokenbroker/rpc/v1/status.proto', { keepCase: true });
const Status = details.lookupType('tokenbroker.rpc.v1.Status');
const ErrorInfo = details.lookupType('tokenbroker.rpc.v1.ErrorInfo');

// What a failed call says: `code` is gRPC's name for it, `reason` one of ErrorReason in
// error.proto, `metadata` what belongs to it (provider, cause, missing_scopes, ...).
export class BrokerError extends Error {
  constructor(error) {
    super(error.details ?? error.message);
    this.code = grpc.status[error.code];
    this.metadata = {};
    const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
    for (const detail of bytes ? Status.decode(bytes).details : []) {
      if (detail.type_url !== 'type.googleapis.com/google.rpc.ErrorInfo') continue;
      const info = ErrorInfo.decode(detail.value);
      this.reason = info.reason;
      this.metadata = { ...info.metadata };
    }
  }
}

// `files` are the PEM files of a client certificate, { ca, certificate, key }; without them the
// connection is in plaintext, for a broker on the same machine.
export function connect(address, files) {
  const credentials = files
    ? grpc.credentials.createSsl(readFileSync(files.ca), readFileSync(files.key),
      readFileSync(files.certificate))
    : grpc.credentials.createInsecure();
  return new TokenBrokerService(address, credentials);
}

// One call, with a deadline; throws a BrokerError.
export async function call(broker, method, request, milliseconds = 10_000) {
  try {
    return await promisify(broker[method]).call(broker, request,
      { deadline: Date.now() + milliseconds });
  } catch (error) {
    throw new BrokerError(error);
  }
}
