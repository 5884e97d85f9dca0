// The broker against a real authorization server, asked by real clients over mutual TLS, with a
// policy. TOKEN_BROKER names the program. The tests run in their order: one user's connection from
// the login to its end.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startBroker } from './broker.mjs';
import { logIn } from './login.mjs';
import { Authority, serverYaml } from './mutual_tls.mjs';
import { BrokerClient, BrokerError, millis } from './node_client.mjs';
import { client as registration, providersYaml, startProvider } from './oidc_provider.mjs';

const run = promisify(execFile);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const alice = { provider: 'oidc', subject: 'alice/home' };
const rules = `
  - name: web
    callers: [ "spiffe://test.example/ns/e2e/sa/web-*" ]
    rpcs: [ "*" ]
    providers: [ "*" ]
    subjects: [ "alice/*" ]
`;

let scratch;
let authority;
let identity;
let provider;
let broker;
let client;
// Every access token that a caller was given.
const given = new Set();

function configuration() {
  writeFileSync(join(scratch, 'secret'), `${registration.client_secret}\n`, { mode: 0o600 });
  const file = join(scratch, 'config.yaml');
  writeFileSync(file, `${serverYaml(authority, scratch, rules)}
admin: { listen: "127.0.0.1:0" }
store: { memory: {} }${providersYaml(provider, join(scratch, 'secret'))}`);
  return file;
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-e2e-'));
  authority = new Authority(scratch);
  identity = authority.issue('web', 'URI:spiffe://test.example/ns/e2e/sa/web-1');
  provider = await startProvider();
  broker = await startBroker(process.env.TOKEN_BROKER, configuration());
  client = new BrokerClient(broker.address, identity);
  await run('protoc', ['-I', here('../../proto'), `--python_out=${scratch}`,
    'tokenbroker/v1/token_broker.proto', 'tokenbroker/v1/grant.proto',
    'tokenbroker/rpc/v1/status.proto']);
});
after(async () => {
  client?.close();
  await broker?.stop();
  await provider?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function askByPython(request) {
  try {
    const { stdout } = await run('/usr/bin/python3',
      ['-B', here('python_client.py'), scratch, broker.address, JSON.stringify(request),
        identity.ca, identity.certificate, identity.key]);
    return JSON.parse(stdout);
  } catch (error) {
    return JSON.parse(error.stdout);
  }
}

async function freshToken(request = {}) {
  const { token, source } = await client.call('GetFreshToken', { ...alice, ...request });
  given.add(token.access_token);
  return { ...token, source, generation: BigInt(token.generation) };
}

async function refusal(promise) {
  return promise.then(() => assert.fail('was not refused'), (error) => {
    assert.ok(error instanceof BrokerError, error.stack);
    assert.equal(error.domain, 'tokenbroker');
    return error;
  });
}

async function userOf(token) {
  const answer = await fetch(`${provider.issuer}/me`,
    { headers: { authorization: `Bearer ${token.access_token}` } });
  return answer.ok ? (await answer.json()).sub : `HTTP ${answer.status}`;
}

// Polls until `done` of a fresh token; fails with the last one after `limit` milliseconds.
async function eventually(done, limit = 30_000) {
  const end = Date.now() + limit;
  for (;;) {
    const token = await freshToken();
    if (done(token)) return token;
    assert.ok(Date.now() < end, `still generation ${token.generation}, ${token.source}`);
    await sleep(100);
  }
}

test('before the login there is no grant, and both clients read why', async () => {
  const error = await refusal(client.call('GetFreshToken', alice));
  assert.equal(error.code, 'NOT_FOUND');
  assert.equal(error.reason, 'GRANT_NOT_FOUND');
  assert.equal(error.metadata.provider, 'oidc');
  const { error: python } = await askByPython(alice);
  assert.equal(python.code, 'NOT_FOUND');
  assert.equal(python.reason, 'GRANT_NOT_FOUND');
  assert.equal(python.domain, 'tokenbroker');
});

// How a call ends that is made with other credentials.
async function refusalOf(otherIdentity, request = alice) {
  const other = new BrokerClient(broker.address, otherIdentity);
  try {
    return await other.call('GetFreshToken', request, { deadline: 5_000 })
      .then(() => assert.fail('was not refused'), (error) => error);
  } finally {
    other.close();
  }
}

test('who has no certificate of the right authority reaches nothing', async () => {
  const other = new Authority(scratch, 'other');
  const stranger = other.issue('stranger', 'URI:spiffe://test.example/ns/e2e/sa/web-1');
  for (const credentials of [undefined, { ...stranger, ca: identity.ca }]) {
    const error = await refusalOf(credentials);
    assert.equal(error.code, 'UNAVAILABLE');
    assert.equal(error.reason, undefined);
  }
});

test('who is named by no rule is refused, as is what no rule covers', async () => {
  const job = authority.issue('job', 'URI:spiffe://test.example/ns/e2e/sa/job');
  for (const error of [await refusalOf(job),
    await refusalOf(identity, { ...alice, subject: 'bob/home' })]) {
    assert.equal(error.code, 'PERMISSION_DENIED');
    assert.equal(error.reason, 'CALLER_NOT_ALLOWED');
  }
});

test('an unknown provider is the caller\'s mistake', async () => {
  const error = await refusal(client.call('GetFreshToken', { ...alice, provider: 'nobody' }));
  assert.equal(error.code, 'INVALID_ARGUMENT');
  assert.equal(error.reason, 'PROVIDER_UNKNOWN');
});

test('a login through the pages yields a grant and a token that works', async () => {
  const { login_uri: uri, state } = await client.call('BuildLoginUri',
    { ...alice, caller_context: Buffer.from('return to /settings') });
  const callback = await logIn(uri, 'alice');
  const request = { callback_uri: callback, browser_state: state };
  const login = await client.call('ExchangeCode', request);
  given.add(login.token.access_token);
  assert.equal(login.grant.state, 'GRANT_STATE_ACTIVE');
  assert.equal(login.grant.refreshable, true);
  assert.deepEqual(login.grant.account, { issuer: provider.issuer, id: 'alice' });
  assert.deepEqual([...login.grant.scopes].sort(), ['offline_access', 'openid']);
  assert.equal(login.caller_context.toString(), 'return to /settings');
  assert.equal(await userOf(login.token), 'alice');

  const again = await client.call('ExchangeCode', request);
  assert.equal(again.grant.generation, login.grant.generation);
  assert.equal(provider.seen.codes, 1, 'the code was presented once');
});

test('a callback in another browser is refused', async () => {
  const { login_uri: uri } = await client.call('BuildLoginUri', alice);
  const callback = await logIn(uri, 'mallory');
  const error = await refusal(client.call('ExchangeCode',
    { callback_uri: callback, browser_state: 'another' }));
  assert.equal(error.reason, 'LOGIN_NOT_BOUND');
  assert.equal(provider.seen.codes, 1);
});

test('a Python client gets the same token', async () => {
  const token = await freshToken();
  // Long enough for the program to end on a busy machine.
  const { token: python } = await askByPython({ ...alice, min_ttl: '3s' });
  given.add(python.access_token);
  assert.ok(BigInt(python.generation) >= token.generation);
  assert.equal(await userOf(python), 'alice');
});

test('tokens are refreshed ahead of their expiry, and the rotated chain goes on', async () => {
  let token = await freshToken();
  for (let round = 0; round < 3; round += 1) {
    const last = token;
    token = await eventually((next) => next.generation > last.generation);
    assert.notEqual(token.access_token, last.access_token);
    assert.ok(millis(token.expire_time) > millis(last.expire_time));
    assert.equal(await userOf(token), 'alice');
  }
  assert.deepEqual(provider.seen.errors, []);
  assert.equal(provider.seen.familiesRevoked, 0, 'no refresh token was used twice');
});

test('min_ttl is kept, by a refresh when need be', async () => {
  for (let i = 0; i < 10; i += 1) {
    const token = await freshToken({ min_ttl: { seconds: 3 } });
    assert.ok(millis(token.expire_time) - Date.now() > 2_000);
    await sleep(150);
  }
});

test('the trace of a call is that of its log lines and of its request to the provider', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
  const seen = [];
  provider.interceptTokenRequests(async (request, response) => {
    seen.push(request.headers.traceparent);
    if (seen.length > 1) return false;
    response.writeHead(503).end();
    return true;
  });
  const { token } = await client.call('GetFreshToken', alice);
  const rejected = { ...alice, rejected_generation: token.generation };
  const metadata = { traceparent, 'x-request-id': 'req-42' };
  const error = await refusal(client.call('GetFreshToken', rejected, { metadata }));
  assert.equal(error.reason, 'PROVIDER_UNAVAILABLE');
  assert.equal(seen[0], traceparent);
  const failed = broker.log().split('\n').find((line) => line.includes('"refresh_failed"')
    && line.includes(trace));
  assert.ok(failed, broker.log());
  assert.equal(JSON.parse(failed).request_id, 'req-42');
  await eventually((fresh) => fresh.generation > BigInt(token.generation));
  provider.interceptTokenRequests(undefined);
});

test('many callers share one refresh', async () => {
  const token = await freshToken();
  const before = provider.seen.refreshes;
  await sleep(Math.max(0, millis(token.expire_time) - Date.now()));
  const tokens = await Promise.all(Array.from({ length: 200 }, () => freshToken()));
  const generations = new Set(tokens.map(({ generation }) => generation));
  assert.ok(provider.seen.refreshes - before <= 2, `${provider.seen.refreshes - before} refreshes`);
  assert.ok(generations.size <= 2, `${generations.size} generations`);
  assert.equal(provider.seen.familiesRevoked, 0);
});

test('a min_ttl beyond a new token\'s life is out of range', async () => {
  const error = await refusal(client.call('GetFreshToken', { ...alice, min_ttl: { seconds: 60 } }));
  assert.equal(error.code, 'OUT_OF_RANGE');
  assert.equal(error.reason, 'MIN_TTL_UNSATISFIABLE');
});

test('a grant revoked at the provider asks the user to log in again', async () => {
  await provider.revokeGrants();
  let error;
  for (const end = Date.now() + 20_000; !error && Date.now() < end; await sleep(200)) {
    error = await freshToken().then(() => undefined, (e) => e);
  }
  assert.equal(error.code, 'FAILED_PRECONDITION');
  assert.equal(error.reason, 'REAUTHORIZATION_REQUIRED');
  assert.equal(error.metadata.cause, 'provider_says_dead');
  assert.equal(error.metadata.provider_error, 'invalid_grant');
  const { error: python } = await askByPython(alice);
  assert.equal(python.reason, 'REAUTHORIZATION_REQUIRED');
});

test('a new login revives it', async () => {
  const { login_uri: uri, state } = await client.call('BuildLoginUri', alice);
  await client.call('ExchangeCode',
    { callback_uri: await logIn(uri, 'alice'), browser_state: state });
  assert.equal(await userOf(await freshToken()), 'alice');
});

test('while the provider is down a caller learns when to ask again', async () => {
  await provider.stop();
  let error;
  for (const end = Date.now() + 20_000; !error && Date.now() < end; await sleep(200)) {
    error = await freshToken().then(() => undefined, (e) => e);
  }
  assert.equal(error.code, 'UNAVAILABLE');
  assert.equal(error.reason, 'PROVIDER_UNAVAILABLE');
  assert.ok(error.retryDelay > 0);
  assert.ok(Number(error.pushback) > 0);
});

test('SIGTERM ends the broker with 0, and its log holds no secret', async () => {
  assert.equal(await broker.stop(), 0);
  const log = broker.log();
  const secrets = [registration.client_secret, ...given, ...provider.seen.refreshTokens.keys()];
  assert.ok(given.size > 3 && provider.seen.refreshTokens.size > 3);
  for (const secret of secrets) assert.ok(!log.includes(secret), 'the log holds a secret');
});
