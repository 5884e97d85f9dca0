// A client of the broker as a Node service would write one: @grpc/grpc-js and @grpc/proto-loader,
// nothing generated. Also reads what an error carries.
//
// As a program: scripts/node tests/e2e/node_client.mjs ADDRESS RPC JSON [CA CERTIFICATE KEY]; prints
// the response, or what the error carries.

import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import protobuf from 'protobufjs';

const protoRoot = fileURLToPath(new URL('../../proto', import.meta.url));
const definition = protoLoader.loadSync(
  ['tokenbroker/v1/token_broker.proto', 'tokenbroker/v1/grant_admin.proto'],
  { includeDirs: [protoRoot], keepCase: true, longs: String, enums: String, defaults: true,
    oneofs: true });
const api = grpc.loadPackageDefinition(definition).tokenbroker.v1;

const statusRoot = new protobuf.Root();
statusRoot.resolvePath = (_, target) => (target.startsWith('google/')
  ? target : `${protoRoot}/${target}`);
statusRoot.loadSync('tokenbroker/rpc/v1/status.proto', { keepCase: true });
const message = (name) => statusRoot.lookupType(`tokenbroker.rpc.v1.${name}`);

// A failed call: its code's name, and the ErrorInfo and RetryInfo of grpc-status-details-bin;
// `trailers` is all that came with it, names and values.
export class BrokerError extends Error {
  constructor(error) {
    super(error.details);
    this.code = grpc.status[error.code];
    const trailers = Object.entries(error.metadata?.toJSON() ?? {}).flat(2);
    Object.defineProperty(this, 'trailers', { value: trailers });
    this.pushback = error.metadata?.get('grpc-retry-pushback-ms')[0];
    const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
    for (const detail of bytes ? message('Status').decode(bytes).details : []) {
      if (detail.type_url === 'type.googleapis.com/google.rpc.ErrorInfo') {
        const info = message('ErrorInfo').decode(detail.value);
        this.reason = info.reason;
        this.domain = info.domain;
        this.metadata = { ...info.metadata };
      } else if (detail.type_url === 'type.googleapis.com/google.rpc.RetryInfo') {
        const { retry_delay: delay } = message('RetryInfo').toObject(
          message('RetryInfo').decode(detail.value), { longs: Number, defaults: true });
        this.retryDelay = delay.seconds + delay.nanos / 1e9;
      }
    }
  }
}

// Over mutual TLS with the files of an identity (mutual_tls.mjs), else in plaintext.
function credentialsOf(identity) {
  if (!identity) return grpc.credentials.createInsecure();
  return grpc.credentials.createSsl(readFileSync(identity.ca), readFileSync(identity.key),
    readFileSync(identity.certificate));
}

export class BrokerClient {
  #stubs;

  constructor(address, identity) {
    const credentials = credentialsOf(identity);
    this.#stubs = [api.TokenBrokerService, api.GrantAdminService]
      .map((Service) => new Service(address, credentials));
  }

  // RPC `name` of either service; throws a BrokerError.
  async call(name, request, { deadline = 20_000, metadata = {} } = {}) {
    const stub = this.#stubs.find((candidate) => candidate[name]);
    const rpc = promisify(stub[name]).bind(stub);
    try {
      return await rpc(request, grpc.Metadata.fromHttp2Headers(metadata),
        { deadline: Date.now() + deadline });
    } catch (error) {
      throw new BrokerError(error);
    }
  }

  close() {
    for (const stub of this.#stubs) stub.close();
  }
}

// A google.protobuf.Timestamp as milliseconds since the epoch.
export const millis = (timestamp) => Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [address, name, json, ca, certificate, key] = process.argv.slice(2);
  const client = new BrokerClient(address, ca && { ca, certificate, key });
  try {
    console.log(JSON.stringify(await client.call(name, JSON.parse(json)), null, 2));
  } catch (error) {
    console.log(JSON.stringify({ message: error.message, ...error }, null, 2));
    process.exitCode = 1;
  } finally {
    client.close();
  }
}
