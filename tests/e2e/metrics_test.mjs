// What a broker tells Prometheus: it lives a short life over mutual TLS and Redis against a real
// authorization server, a login, tokens, refreshes and an outage of the store; then its scrape passes
// promtool, names exactly what docs/metrics.md does, and nobody who was in it. TOKEN_BROKER and TBCTL
// name the programs. The tests run in their order.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startBroker } from './broker.mjs';
import { logIn } from './login.mjs';
import { Authority } from './mutual_tls.mjs';
import { BrokerClient } from './node_client.mjs';
import { client as registration, providersYaml, startProvider } from './oidc_provider.mjs';
import { startRedis } from './redis.mjs';

const subject = 'a-subject-of-this-run';
const tenant = 'a-tenant-of-this-run';
const caller = 'spiffe://test.example/a-caller-of-this-run';
const madeUp = 'a-provider-that-nobody-configured';
const request = { tenant, provider: 'oidc', subject };
const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
const reloaded = ['config', 'keyring', 'tls', 'service_account_token'];

let scratch;
let redis;
let provider;
let broker;
let identity;
let client;

const path = (name) => join(scratch, name);
const scrape = async () => (await fetch(`http://${broker.admin}/metrics`)).text();

// The samples of a scrape: name, labels and value. Labels are plain here, without escapes.
function samplesOf(text) {
  return [...text.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name, labels, value]) => ({
    name,
    labels: Object.fromEntries([...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g)]
      .map(([, label, content]) => [label, content])),
    value: Number(value),
  }));
}

// The value of the one sample that has those labels.
function valueIn(text, name, labels = {}) {
  const found = samplesOf(text).filter((sample) => sample.name === name
    && Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  assert.ok(found.length <= 1, `${name} has several such samples`);
  return found[0]?.value;
}

async function untilMetric(name, labels, done, limit = 45_000) {
  for (const end = Date.now() + limit; ; await sleep(100)) {
    const value = valueIn(await scrape(), name, labels);
    if (done(value)) return;
    assert.ok(Date.now() < end, `${name} stays at ${value}`);
  }
}

function writeRevocationList(authorityFolder) {
  const folder = path('crl');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index'), '');
  writeFileSync(join(folder, 'cnf'), `[ca]\ndefault_ca = list\n[list]\ndatabase = ${join(folder, 'index')}
default_md = sha256\ndefault_crl_days = 1\n`);
  execFileSync('openssl', ['ca', '-gencrl', '-config', join(folder, 'cnf'),
    '-cert', join(authorityFolder, 'ca.crt'), '-keyfile', join(authorityFolder, 'ca.key'),
    '-out', path('list.pem')], { stdio: ['ignore', 'ignore', 'pipe'] });
}

// With everything on that has metrics of its own.
function writeConfig(authority) {
  const { ca, certificate, key } = authority.issue('broker', 'IP:127.0.0.1');
  writeFileSync(path('policy.yaml'), `rules:
  - name: everything
    callers: [ "${caller}" ]
    rpcs: [ "*", GetGrant ]
    providers: [ "*" ]
    subjects: [ "*" ]
    tenant: ${tenant}
`);
  writeFileSync(path('config.yaml'), `
server:
  listen: "127.0.0.1:0"
  tls: { certificate_file: ${certificate}, key_file: ${key}, client_ca_file: ${ca},
         client_crl_file: ${path('list.pem')}, client_certificate: optional }
  service_account_tokens: { api_server: "https://127.0.0.1:1", ca_file: ${ca}, token_file: ${path('own')} }
admin: { listen: "127.0.0.1:0" }
audit: { sink: file, file: ${path('audit')} }
policy_file: ${path('policy.yaml')}
store:
  redis:
    uri: unix://${redis.socket}
    password_file: ${path('redis')}
    keyring_file: ${path('keyring')}
    spill_dir: ${path('spill')}
    create: true${providersYaml(provider, path('client'))}`);
}

async function start() {
  broker = await startBroker(process.env.TOKEN_BROKER, path('config.yaml'));
  client = new BrokerClient(broker.address, identity);
  await untilMetric('tokenbroker_store_reachable', {}, (value) => value === 1);
}

async function stop() {
  client.close();
  await broker.stop();
  broker = undefined;
}

async function enrol() {
  const built = await client.call('BuildLoginUri', request);
  const callback_uri = await logIn(built.login_uri, subject);
  await client.call('ExchangeCode', { callback_uri, browser_state: built.state });
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-metrics-'));
  for (const [name, text] of [['client', registration.client_secret], ['redis', 'of-this-run'],
    ['own', 'of-this-run']]) writeFileSync(path(name), `${text}\n`, { mode: 0o600 });
  mkdirSync(path('spill'), { mode: 0o700 });
  await promisify(execFile)(process.env.TBCTL, ['keyring', 'new', path('keyring')]);
  const authority = new Authority(scratch);
  writeRevocationList(path('authority'));
  redis = await startRedis(path('redis-server'), 'of-this-run');
  provider = await startProvider({ ttl: 5 });
  writeConfig(authority);
  identity = authority.issue('web', `URI:${caller}`);
  // There is a grant to be counted when the broker of the tests starts.
  await start();
  await enrol();
  await stop();
  await start();
});
after(async () => {
  redis?.signal('SIGCONT');
  if (broker) await stop();
  await provider?.stop();
  redis?.connection.close();
  redis?.signal('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

test('a login, tokens and refreshes are counted', async () => {
  await enrol();
  await client.call('GetFreshToken', request);
  await client.call('GetGrant', request);
  await assert.rejects(client.call('GetFreshToken', { ...request, provider: madeUp }));
  await untilMetric('tokenbroker_refreshes_total',
    { provider: 'oidc', trigger: 'background', outcome: 'refreshed' }, (value) => value >= 1);
  // There may be one at any moment, while it is stored.
  await untilMetric('tokenbroker_uncommitted_rotations', {}, (value) => value === 0);
  const text = await scrape();
  assert.equal(valueIn(text, 'tokenbroker_logins_total', { outcome: 'granted' }), 1);
  assert.equal(valueIn(text, 'tokenbroker_rpc_requests_total',
    { rpc: 'GetFreshToken', outcome: 'OK' }), 1);
  assert.equal(valueIn(text, 'tokenbroker_rpc_requests_total',
    { rpc: 'GetFreshToken', outcome: 'PROVIDER_UNKNOWN' }), 1);
  assert.equal(valueIn(text, 'tokenbroker_rpc_duration_seconds_count', { rpc: 'GetGrant' }), 1);
  assert.equal(valueIn(text, 'tokenbroker_token_remaining_seconds_count'), 1);
  assert.equal(valueIn(text, 'tokenbroker_cached_grants'), 1);
  assert.equal(valueIn(text, 'tokenbroker_ready'), 1);
  assert.equal(valueIn(text, 'tokenbroker_rotations_lost_total', { provider: 'oidc' }), 0);
  assert.ok(valueIn(text, 'tokenbroker_redis_duration_seconds_count') > 10);
  assert.ok(Date.now() / 1000 - valueIn(text, 'process_start_time_seconds') < 300);
});

test('all grants are counted soon after the start', async () => {
  await untilMetric('tokenbroker_grants', { provider: 'oidc', state: 'active' }, (n) => n === 1);
  assert.equal(valueIn(await scrape(), 'tokenbroker_grants_by_reauthorization',
    { provider: 'oidc', within: 'unknown' }), 1);
});

test('a store that does not answer is seen, and its return', async () => {
  redis.signal('SIGSTOP');
  await untilMetric('tokenbroker_store_reachable', {}, (value) => value === 0);
  redis.signal('SIGCONT');
  await untilMetric('tokenbroker_store_reachable', {}, (value) => value === 1);
  await untilMetric('tokenbroker_uncommitted_rotations', {}, (value) => value === 0);
  const errors = samplesOf(await scrape()).filter(({ name }) => name === 'tokenbroker_store_errors_total');
  assert.ok(errors.length > 0);
});

test('promtool finds nothing to say about the scrape', async () => {
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' });
  assert.equal(promtool.error, undefined);
  assert.equal(promtool.stdout + promtool.stderr, '');
  assert.equal(promtool.status, 0);
});

test('docs/metrics.md names every metric with its type and labels, and no other', async () => {
  const documented = new Map();
  for (const [, name, type, labels] of page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\| /gm)) {
    const row = `${type} ${[...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort().join(' ')}`;
    const all = name.includes('WHAT') ? reloaded.map((what) => name.replace('WHAT', what)) : [name];
    for (const one of all) documented.set(one, row.trim());
  }
  const text = await scrape();
  const samples = samplesOf(text);
  const told = new Map();
  for (const [, name, type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    const labels = new Set(samples.filter((sample) => suffixes.some((s) => sample.name === name + s))
      .flatMap((sample) => Object.keys(sample.labels)).filter((label) => label !== 'le'));
    told.set(name, `${type} ${[...labels].sort().join(' ')}`.trim());
  }
  assert.deepEqual(Object.fromEntries([...told].sort()), Object.fromEntries([...documented].sort()));
});

test('nobody of this run is named, and nothing that a caller made up', async () => {
  const text = await scrape();
  for (const name of [subject, tenant, caller, madeUp, 'of-this-run', registration.client_id + '"']) {
    assert.ok(!text.includes(name), name);
  }
  const providers = new Set(samplesOf(text).map(({ labels }) => labels.provider).filter(Boolean));
  assert.deepEqual([...providers], ['oidc']);
  console.log(`a scrape has ${text.trim().split('\n').length} lines, ${text.length} bytes`);
});
