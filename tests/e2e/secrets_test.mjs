// No secret anywhere: a broker lives a whole life over mutual TLS, with a policy, an audit trail and
// Redis, against a real authorization server; then all that it wrote, stored and answered is searched
// for every secret and token that there was, in every form that bytes are likely to be written in.
// TOKEN_BROKER and TBCTL name the programs. The tests run in their order.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync,
  statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startBroker } from './broker.mjs';
import { logIn } from './login.mjs';
import { Authority, serverYaml } from './mutual_tls.mjs';
import { BrokerClient, BrokerError } from './node_client.mjs';
import { client as registration, providersYaml, startProvider } from './oidc_provider.mjs';
import { RedisConnection, startRedis } from './redis.mjs';
import { addKeyring, addPrivateKey, SecretSearch } from './secret_search.mjs';

const run = promisify(execFile);
const randomText = (bytes = 24) => randomBytes(bytes).toString('base64url');
// Of an access token, in seconds. One that is younger than a tenth of it is not refreshed.
const lifetime = 10;
const rules = `
  - name: web
    callers: [ "spiffe://test.example/web", "spiffe://test.example/thief" ]
    rpcs: [ "*" ]
    providers: [ "*" ]
    subjects: [ "user-*" ]
  - name: operators
    callers: [ "spiffe://test.example/ops" ]
    rpcs: [ GetGrant, ListGrants, RefreshGrant, RevokeGrant, RevokeGrants, DeleteGrant, ImportGrant ]
    providers: [ "*" ]
    subjects: [ "*" ]
`;

let scratch;
let authority;
let redis;
let channel;
let provider;
let broker;
// A client for each of the callers, and the files that say who it is.
const callers = {};
const search = new SecretSearch();
// Where nothing may be found: [name, bytes].
const haystacks = [];
// What callers were given, where it all must be found.
const given = [];
const clientSecrets = { first: registration.client_secret, wrong: randomText(), next: randomText() };

const path = (name) => join(scratch, name);
const keep = (name, ...contents) => contents.forEach((bytes) => haystacks.push([name, bytes]));
const metrics = async () => (await fetch(`http://${broker.admin}/metrics`)).text();

function allFiles(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name))
    .filter((name) => statSync(name, { throwIfNoEntry: false })?.isFile());
}

async function until(what, done, limit = 30_000) {
  for (const end = Date.now() + limit; ; await sleep(50)) {
    const found = await done();
    if (found) return found;
    assert.ok(Date.now() < end, `${what} did not come`);
  }
}

function writeSecret(name, text) {
  writeFileSync(path(`${name}.new`), `${text}\n`, { mode: 0o600 });
  renameSync(path(`${name}.new`), path(name));
}

const logged = (event) => broker.log().split(`"event":"${event}"`).length - 1;

async function useClientSecret(secret) {
  search.add('client secret', secret);
  const before = logged('config_reloaded');
  writeSecret('client', secret);
  await until('a reload', () => logged('config_reloaded') > before);
}

function configuration() {
  const secrets = { redis: randomText(), hash: randomText() };
  for (const [name, text] of Object.entries(secrets)) writeSecret(name, text);
  writeSecret('client', clientSecrets.first);
  for (const folder of ['spill', 'cwd']) mkdirSync(path(folder), { mode: 0o700 });
  search.add('redis password', secrets.redis);
  search.add('audit key', secrets.hash);
  for (const secret of Object.values(clientSecrets)) search.add('client secret', secret);
  return secrets.redis;
}

function writeConfig() {
  writeFileSync(path('config.yaml'), `${serverYaml(authority, scratch, rules)}
admin: { listen: "127.0.0.1:0" }
audit: { sink: file, file: ${path('audit')}, subjects: hashed, hash_key_file: ${path('hash')} }
store:
  redis:
    uri: unix://${redis.socket}
    password_file: ${path('redis')}
    keyring_file: ${path('keyring')}
    spill_dir: ${path('spill')}
    create: true${providersYaml(provider, path('client'))}`);
  addPrivateKey(search, path('authority/broker.key'));
}

async function start() {
  broker = await startBroker(process.env.TOKEN_BROKER, path('config.yaml'),
    { cwd: path('cwd'), coreDumps: true });
  for (const name of ['web', 'thief', 'ops']) {
    const identity = authority.issue(name, `URI:spiffe://test.example/${name}`);
    callers[name] = { identity, client: new BrokerClient(broker.address, identity) };
  }
}

async function stop(signal) {
  for (const { client } of Object.values(callers)) client.close();
  const ending = await broker.stop(signal);
  keep('log', broker.log());
  broker = undefined;
  return ending;
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-secrets-'));
  authority = new Authority(scratch);
  const password = configuration();
  await run(process.env.TBCTL, ['keyring', 'new', path('keyring')]);
  addKeyring(search, path('keyring'));
  redis = await startRedis(path('redis-server'), password);
  channel = await RedisConnection.open(redis.socket, password);
  await channel.command('PSUBSCRIBE', '*');
  provider = await startProvider({ ttl: lifetime });
  writeConfig();
  await start();
});
after(async () => {
  redis?.signal('SIGCONT');
  if (broker) await stop('SIGKILL');
  await provider?.stop();
  channel?.close();
  redis?.connection.close();
  redis?.signal('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

// A call whose answer may hold tokens only where `caller` is the one that gets them.
async function call(name, request, caller = 'web', options = {}) {
  const answer = await callers[caller].client.call(name, request, options);
  const text = JSON.stringify(answer);
  if (caller === 'web') given.push(text);
  else keep(`answers of ${name}`, text);
  return answer;
}

// The error that the call ended with, if it did.
async function errorOf(name, request, caller = 'web', options = {}) {
  const error = await call(name, request, caller, options).then(() => undefined, (e) => e);
  if (!error) return undefined;
  assert.ok(error instanceof BrokerError, error.stack);
  keep('errors', error.message, JSON.stringify(error), ...error.trailers.map((b) => Buffer.from(b)));
  return error;
}

async function refusal(reason, name, request, caller) {
  const error = await errorOf(name, request, caller);
  assert.ok(error, `${name} was not refused`);
  if (reason) assert.equal(error.reason, reason);
  return error;
}

// Has the grant's tokens replaced.
async function rotate(grant) {
  const before = provider.seen.refreshes;
  await until('a refresh', async () => {
    const error = await errorOf('RefreshGrant', grant, 'ops');
    return !error && provider.seen.refreshes > before;
  });
  return call('GetFreshToken', grant);
}

async function tbctl(caller, ...words) {
  const { ca, certificate, key } = callers[caller].identity;
  const { stdout, stderr } = await run(process.env.TBCTL, ['--address', broker.address, '--ca-file',
    ca, '--certificate-file', certificate, '--key-file', key, ...words])
    .catch((error) => error);
  keep('errors of tbctl', stderr);
  return { stdout, stderr };
}

async function lookAround() {
  keep('Redis', ...await redis.connection.everything());
  keep('metrics', await metrics());
  for (const page of ['livez', 'readyz']) {
    keep('probes', await (await fetch(`http://${broker.admin}/${page}`)).text());
  }
}

async function begin(subject) {
  const built = await until('a store', () => call('BuildLoginUri', { provider: 'oidc', subject })
    .catch((error) => { assert.equal(error.reason, 'STORE_UNAVAILABLE'); }));
  search.add('state', built.state);
  search.add('nonce', new URL(built.login_uri).searchParams.get('nonce'));
  return { uri: built.login_uri, state: built.state };
}

async function logInAs(subject) {
  const { uri, state } = await begin(subject);
  await lookAround();
  const callback = await logIn(uri, subject);
  const request = { callback_uri: callback, browser_state: state };
  given.push(callback);
  await call('ExchangeCode', request);
  return request;
}

const alice = { provider: 'oidc', subject: 'user-alice' };
const echo = { provider: 'oidc', subject: 'user-echo' };

test('a login, hits, and refreshes that rotate', async () => {
  const finished = await logInAs(alice.subject);
  await call('ExchangeCode', finished);
  for (let i = 0; i < 20; i += 1) await call('GetFreshToken', alice);
  for (let i = 0; i < 3; i += 1) await rotate(alice);
  const { token } = await rotate(alice);
  await until('a token in place of a rejected one', () => call('GetFreshToken',
    { ...alice, rejected_generation: token.generation }).catch(() => false));
  assert.equal(provider.seen.familiesRevoked, 0);
  await lookAround();
});

test('refusals', async () => {
  const { uri, state } = await begin('user-wrong');
  const callback = new URL(await logIn(uri, 'user-wrong'));
  given.push(callback.href);
  const request = (changes) => {
    const changed = new URL(callback);
    for (const [name, value] of Object.entries(changes)) changed.searchParams.set(name, value);
    return { callback_uri: changed.href, browser_state: state };
  };
  const wrongCode = randomText(32);
  search.add('code', wrongCode);
  await refusal('LOGIN_NOT_BOUND', 'ExchangeCode', { ...request({}), browser_state: randomText() });
  await refusal('LOGIN_NOT_FOUND', 'ExchangeCode', request({ state: randomText(32) }));
  await refusal('CALLBACK_MALFORMED', 'ExchangeCode',
    { ...request({}), callback_uri: `${callback.href}&code=${wrongCode}` });
  await refusal('CALLER_NOT_ALLOWED', 'ExchangeCode', request({}), 'ops');
  await refusal('LOGIN_NOT_FOUND', 'ExchangeCode', request({}), 'thief');
  await refusal('CODE_REJECTED', 'ExchangeCode', request({ code: wrongCode }));
  await refusal('LOGIN_ALREADY_USED', 'ExchangeCode', request({}));

  await refusal('GRANT_NOT_FOUND', 'GetFreshToken', { ...alice, subject: 'user-nobody' });
  await refusal('PROVIDER_UNKNOWN', 'GetFreshToken', { ...alice, provider: 'nobody' });
  await refusal('CALLER_NOT_ALLOWED', 'GetFreshToken', alice, 'ops');
  await refusal('MIN_TTL_UNSATISFIABLE', 'GetFreshToken', { ...alice, min_ttl: { seconds: 3600 } });
  const broken = `${randomText(32)}\n${randomText(32)}`;
  search.add('refresh token', broken.split('\n')[0]);
  await refusal('FIELD_INVALID', 'ImportGrant', { ...alice, refresh_token: broken }, 'ops');
});

test('operators look, and import a token', async () => {
  const verifier = randomText(32);
  const discovered = await (
    await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json();
  const uri = new URL(discovered.authorization_endpoint);
  uri.search = new URLSearchParams({ client_id: registration.client_id, response_type: 'code',
    redirect_uri: provider.redirectUri, scope: 'openid offline_access', prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256' });
  const code = new URL(await logIn(uri.href, 'user-import')).searchParams.get('code');
  const credentials = [registration.client_id, clientSecrets.first].map(encodeURIComponent).join(':');
  const answer = await fetch(discovered.token_endpoint, { method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, code_verifier: verifier,
      redirect_uri: provider.redirectUri }) });
  writeSecret('import', (await answer.json()).refresh_token);

  const grant = ['oidc', '--subject', 'user-import'];
  const shown = await tbctl('ops', 'grants', 'import', ...grant, '--refresh-token-file',
    path('import'));
  assert.match(shown.stdout, /^imported: /);
  keep('what tbctl shows', shown.stdout,
    ...(await Promise.all([['show', ...grant], ['show', ...grant, '--json'], ['list'],
      ['list', '--json'], ['retry', ...grant]].map(async (words) => {
      const { stdout } = await tbctl('ops', 'grants', ...words);
      assert.ok(stdout.includes('user-import'), words[0]);
      return stdout;
    }))));
  given.push((await tbctl('web', 'token', ...grant)).stdout);
  assert.match((await tbctl('web', 'grants', 'show', ...grant)).stderr, /CALLER_NOT_ALLOWED/);
  await call('GetGrant', { ...alice, subject: 'user-import' }, 'ops');
  await call('ListGrants', {}, 'ops');
  const dead = randomText(32);
  search.add('refresh token', dead);
  await refusal(undefined, 'ImportGrant',
    { ...alice, subject: 'user-dead', refresh_token: dead }, 'ops');
});

test('a provider that writes what it was sent into its errors', async () => {
  await logInAs(echo.subject);
  const answers = [
    (sent) => [400, 'application/json', JSON.stringify({ error: sent, error_description: sent })],
    (sent) => [400, 'application/json', `{"error":"invalid_request","error_uri":"${sent}`],
    (sent) => [500, 'text/html', `<h1>cannot process ${sent}</h1>`],
    (sent) => [200, 'application/json', JSON.stringify({ access_token: `${sent}\n`, scope: sent })],
  ];
  let answered = 0;
  await useClientSecret(randomText());
  provider.interceptTokenRequests(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const sent = `${request.headers.authorization} ${new URLSearchParams(body).get('refresh_token')}`;
    const [status, type, text] = answers[answered % answers.length](sent);
    answered += 1;
    response.writeHead(status, { 'content-type': type }).end(text);
    return true;
  });
  const errors = new Set();
  for (let i = 0; answered < 2 * answers.length; i += 1) {
    assert.ok(i < 30, `${answered} token requests came`);
    errors.add((await errorOf('RefreshGrant', echo, 'ops'))?.reason);
    // Such an answer freezes the provider for as long as it is asked with the same secret.
    await useClientSecret(randomText());
  }
  errors.delete(undefined);
  assert.ok(errors.size > 0);
  provider.interceptTokenRequests(undefined);
  await useClientSecret(clientSecrets.first);
  await rotate(alice);
  await lookAround();
});

test('a wrong client secret, and the rotation to another', async () => {
  await useClientSecret(clientSecrets.wrong);
  await until('a refusal', async () => (await errorOf('RefreshGrant', alice, 'ops'))
    ?.metadata?.provider_error === 'invalid_client');
  await provider.setClientSecret(clientSecrets.next);
  await useClientSecret(clientSecrets.next);
  await rotate(alice);
});

test('another certificate and another sealing key, while it runs', async () => {
  const [certificates, keyrings] = [logged('certificate_loaded'), logged('keyring_loaded')];
  authority.issue('broker', 'IP:127.0.0.1');
  addPrivateKey(search, path('authority/broker.key'));
  await run(process.env.TBCTL, ['keyring', 'add', path('keyring'), '--lead', '1s']);
  addKeyring(search, path('keyring'));
  await until('a certificate', () => logged('certificate_loaded') > certificates);
  await until('a keyring', () => logged('keyring_loaded') > keyrings);
  await sleep(1_000);
  await rotate(alice);
});

test('a token that Redis does not take waits on disk', async () => {
  provider.interceptTokenRequests(async () => { redis.signal('SIGSTOP'); });
  const spilled = await until('a spilled write', async () => {
    await errorOf('RefreshGrant', alice, 'ops', { deadline: 1_000 });
    const files = allFiles(path('spill')).map((name) => readFileSync(name))
      .filter((bytes) => bytes.length > 100);
    return files.length > 0 && files;
  });
  keep('spill', ...spilled);
  provider.interceptTokenRequests(undefined);
  keep('metrics', await metrics());
  redis.signal('SIGCONT');
  await until('an empty spill', async () => /^tokenbroker_spilled_writes 0$/m.test(await metrics()));
  await lookAround();
});

test('a restart, a revocation, a deletion', async () => {
  assert.equal(await stop('SIGTERM'), 0);
  await start();
  await until('a store', () => call('GetFreshToken', alice).catch(() => false));
  const revoked = await call('RevokeGrant', alice, 'ops');
  assert.equal(revoked.revoked_at_provider, true);
  const error = await refusal('REAUTHORIZATION_REQUIRED', 'GetFreshToken', alice);
  assert.equal(error.metadata.cause, 'revoked');
  await call('RevokeGrants', { provider: 'oidc', subject: 'user-import' }, 'ops');
  await call('DeleteGrant', echo, 'ops');
  await lookAround();
});

test('nothing of it in the process\' arguments and environment', async () => {
  const file = (name) => `/proc/${broker.pid}/${name}`;
  const words = readFileSync(file('cmdline'), 'utf8').split('\0');
  assert.ok(words.includes('--config'));
  keep('arguments', words.join('\0'));
  assert.match(readFileSync(file('limits'), 'utf8'), /^Max core file size +0 +0 /m);
  try {
    keep('environment', readFileSync(file('environ')));
  } catch (error) {
    // PR_SET_DUMPABLE 0 hides it from all but those who may trace any process.
    const capabilities = BigInt(
      `0x${readFileSync('/proc/self/status', 'utf8').match(/^CapEff:\s*(\w+)$/m)[1]}`);
    const mayTrace = (capabilities >> 19n) & 1n;
    assert.equal(error.code, 'EACCES');
    assert.equal(mayTrace, 0n, 'the environment can be read with CAP_SYS_PTRACE');
    console.log('SKIPPED: the environment, which without CAP_SYS_PTRACE cannot be read: that is '
      + 'as it should be');
  }
});

// Ends a shell as the broker is ended, where cores are allowed.
function coresAreWritten() {
  mkdirSync(path('control'));
  spawnSync('/bin/sh', ['-c', 'ulimit -c unlimited; kill -ABRT $$'], { cwd: path('control') });
  return readdirSync(path('control')).length > 0;
}

test('SIGABRT leaves no core', async () => {
  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
  const control = coresAreWritten();
  if (!control) {
    assert.match(pattern, /^[|/]|^$/, 'a shell that aborts leaves a core');
    console.log(`SKIPPED: cores, which this machine sends elsewhere (${pattern})`);
  }
  assert.equal(await stop('SIGABRT'), 'SIGABRT');
  assert.deepEqual(readdirSync(path('cwd')), []);
});

test('the search finds 0 secrets in what the broker wrote, stored and answered', async () => {
  keep('Redis', ...await redis.connection.everything());
  await redis.connection.command('SAVE');
  keep('Redis on disk', ...allFiles(redis.data).map((name) => readFileSync(name)));
  keep('Redis channels', Buffer.concat(channel.received));
  keep('audit', readFileSync(path('audit')));
  for (const [kind, secrets] of Object.entries(provider.seen.secrets)) {
    for (const secret of secrets) search.add(kind, secret);
  }

  const places = new Map();
  const hits = haystacks.flatMap(([name, bytes]) => {
    const before = search.bytes;
    const found = search.in(name, bytes);
    places.set(name, (places.get(name) ?? 0) + search.bytes - before);
    return found;
  });
  console.log(`searched for ${search.secrets} secrets in ${search.forms} forms: ${
    [...search.kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  console.log(`in ${search.bytes} bytes: ${
    [...places].map(([name, size]) => `${name} ${size}`).join(', ')}`);
  console.log(`${hits.length} hits`);
  assert.deepEqual(hits, []);

  const audited = readFileSync(path('audit'), 'utf8').trim().split('\n').map(JSON.parse);
  assert.ok(audited.some(({ rpc, outcome }) => rpc === 'GetFreshToken' && outcome === 'OK'));
  assert.ok(audited.every((line) => !('subject' in line)));
  for (const name of ['log', 'metrics', 'errors', 'errors of tbctl', 'what tbctl shows', 'audit',
    'Redis', 'Redis on disk', 'Redis channels', 'spill', 'arguments']) {
    assert.ok(places.get(name) > 0, `nothing was searched of: ${name}`);
  }
  for (const kind of ['client secret', 'access token', 'refresh token', 'ID token', 'code', 'state',
    'nonce', 'PKCE verifier', 'sealing key', 'private key', 'redis password', 'audit key']) {
    assert.ok(search.kinds.get(kind) > 0, `nothing was searched for: ${kind}`);
  }
});

test('the same search finds what is there', () => {
  const kindsIn = (...contents) => new Set(
    contents.flatMap((bytes) => search.in('control', bytes)).map(({ kind }) => kind));
  const received = kindsIn(...given);
  for (const kind of ['access token', 'code', 'state', 'nonce']) {
    assert.ok(received.has(kind), `callers were given a ${kind}, and it is not found`);
  }
  const files = ['redis', 'hash', 'client', 'keyring', 'import', 'authority/broker.key'];
  assert.deepEqual(kindsIn(...files.map((name) => readFileSync(path(name)))),
    new Set(['redis password', 'audit key', 'client secret', 'sealing key', 'refresh token',
      'private key']));

  appendFileSync(path('audit'), `{"cause":"Basic ${
    Buffer.from(`broker:${encodeURIComponent(clientSecrets.first)}`).toString('base64')}"}\n`);
  const planted = search.in('audit', readFileSync(path('audit')));
  assert.ok(planted.length > 0);
  assert.ok(planted.every(({ kind, form }) => kind === 'client secret' && form === 'base64'));
  const token = [...provider.seen.secrets['access token']][0];
  for (const written of [token, Buffer.from(token).toString('hex'), `%7B${encodeURIComponent(token)}`,
    Buffer.from(`x${token}`).toString('base64'), Buffer.from(`xy${token}z`).toString('base64url'),
    `${token.slice(0, 20)}...`]) {
    assert.ok(kindsIn(written).has('access token'));
  }
});
