// Clients without a secret: the broker signs who it is, and a real authorization server, which takes
// no assertion twice, believes it. One provider for each algorithm. TOKEN_BROKER names the program.
// The tests run in their order.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';

import { startBroker } from './broker.mjs';
import { logIn } from './login.mjs';
import { BrokerClient } from './node_client.mjs';
import { client as registration, startProvider } from './oidc_provider.mjs';

const algorithms = ['RS256', 'PS256', 'ES256'];

let scratch;
let provider;
let broker;
let client;

const newKey = (algorithm) => (algorithm === 'ES256'
  ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
  : generateKeyPairSync('rsa', { modulusLength: 2048 }));
const pem = ({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' });
const keys = Object.fromEntries(algorithms.map((name) => [name, newKey(name)]));

const keyFile = (name) => join(scratch, `${name}.pem`);
// Never half of it: the broker may read at any moment.
function writeKey(name, key) {
  writeFileSync(`${keyFile(name)}.new`, pem(key), { mode: 0o600 });
  renameSync(`${keyFile(name)}.new`, keyFile(name));
}
const grantOf = (name) => ({ provider: name.toLowerCase(), subject: 'alice' });

// The registration of a client that has nothing but a public key at the server.
function registrationFor(name) {
  const { client_secret: _, ...rest } = registration;
  const jwk = keys[name].publicKey.export({ format: 'jwk' });
  return { ...rest, client_id: `broker ${name}`, token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: name,
    jwks: { keys: [{ ...jwk, kid: `key-${name}`, alg: name, use: 'sig' }] } };
}

const providerYaml = (name) => `
  ${name.toLowerCase()}:
    issuer: ${provider.issuer}
    client_id: broker ${name}
    client_authentication: private_key_jwt
    private_key_file: ${name}.pem
    key_id: key-${name}
    signing_algorithm: ${name}
    redirect_uris: [ "${provider.redirectUri}" ]
    scopes: [ openid, offline_access ]
    authorization_params: { prompt: consent }`;

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-jwt-'));
  provider = await startProvider({ ttl: 3, clients: algorithms.map(registrationFor) });
  for (const name of algorithms) writeKey(name, keys[name]);
  const file = join(scratch, 'config.yaml');
  writeFileSync(file, `
server: { listen: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
store: { memory: {} }
providers:${algorithms.map(providerYaml).join('')}
`);
  broker = await startBroker(process.env.TOKEN_BROKER, file);
  client = new BrokerClient(broker.address);
});
after(async () => {
  client?.close();
  await broker?.stop();
  await provider?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

// Polls GetFreshToken until `done` of its token or of its error.
async function eventually(name, done) {
  for (const end = Date.now() + 30_000; ; await sleep(100)) {
    const outcome = await client.call('GetFreshToken', grantOf(name)).catch((error) => ({ error }));
    if (done(outcome)) return outcome;
    assert.ok(Date.now() < end, JSON.stringify(outcome));
  }
}

async function connect(name) {
  const { login_uri: uri, state } = await client.call('BuildLoginUri', grantOf(name));
  const { token } = await client.call('ExchangeCode',
    { callback_uri: await logIn(uri, 'alice'), browser_state: state });
  return token;
}

for (const name of algorithms) {
  test(`${name}: a login, refreshes and a revocation, each with an assertion of its own`, async () => {
    let { generation } = await connect(name);
    for (let round = 0; round < 2; round += 1) {
      const { token } = await eventually(name,
        (next) => next.token && BigInt(next.token.generation) > BigInt(generation));
      generation = token.generation;
    }
    const revoked = await client.call('RevokeGrant', grantOf(name));
    assert.equal(revoked.revoked_at_provider, true);
    assert.deepEqual(provider.seen.errors, []);
  });
}

test('with a key that the server does not know the operator is told, and the grant is kept', async () => {
  await connect('ES256');
  writeKey('ES256', newKey('ES256'));
  const { error } = await eventually('ES256', (outcome) => outcome.error);
  assert.equal(error.reason, 'PROVIDER_MISCONFIGURED');
  assert.equal(error.metadata.provider_error, 'invalid_client');
});

test('once its file holds the right key again, tokens are refreshed without a login', async () => {
  writeKey('ES256', keys.ES256);
  await eventually('ES256', ({ token, source }) => token && source !== 'STALE');
});

test('neither key nor assertion is in the log', () => {
  const log = broker.log();
  assert.ok(log.includes('provider_frozen'), log);
  assert.ok(!log.includes('eyJ'), 'a JWT');
  for (const name of algorithms) {
    const [, ...lines] = pem(keys[name]).trim().split('\n');
    for (const line of lines.slice(0, -1)) assert.ok(!log.includes(line), `a part of ${name}'s key`);
  }
});
