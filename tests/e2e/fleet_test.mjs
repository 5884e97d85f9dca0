// Three brokers over one Redis against a real authorization server that rotates refresh tokens and
// revokes the family when one is used twice: every generation is refreshed once, and no caller sees
// an error. Callers come over mutual TLS, a policy decides on each call. TOKEN_BROKER and TBCTL name
// the programs; TB_PROVE=1 runs it at full length.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startBroker } from './broker.mjs';
import { logIn } from './login.mjs';
import { Authority, serverYaml } from './mutual_tls.mjs';
import { BrokerClient, millis } from './node_client.mjs';
import { client as registration, providersYaml, startProvider } from './oidc_provider.mjs';

const run = promisify(execFile);
const full = process.env.TB_PROVE === '1';
const grants = full ? 200 : 30;
const seconds = full ? 120 : 10;
const lifetime = 3;
const rules = `
  - name: players
    callers: [ "spiffe://test.example/ns/e2e/sa/player-*" ]
    rpcs: [ BuildLoginUri, ExchangeCode, GetFreshToken ]
    providers: [ oidc ]
    subjects: [ "user-*" ]
`;

let scratch;
let redis;
let provider;
const brokers = [];
const clients = [];

function configuration(name, server) {
  const spill = join(scratch, `spill-${name}`);
  mkdirSync(spill, { mode: 0o700 });
  const file = join(scratch, `${name}.yaml`);
  writeFileSync(file, `${server}
admin: { listen: "127.0.0.1:0" }
store:
  redis:
    uri: unix://${join(scratch, 'redis.sock')}
    keyring_file: ${join(scratch, 'keyring')}
    spill_dir: ${spill}
    create: true${providersYaml(provider, join(scratch, 'secret'))}`);
  return file;
}

async function startRedis() {
  const socket = join(scratch, 'redis.sock');
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--dir', scratch,
    '--save', '', '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries += 1) {
    const open = await new Promise((resolve) => {
      const connection = createConnection(socket, () => { connection.end(); resolve(true); });
      connection.once('error', () => resolve(false));
    });
    if (open) break;
    await sleep(50);
  }
  return { socket, stop: () => server.kill('SIGKILL') };
}

// The generations that a refresh made, as the fleet announces them.
async function listenToRefreshes() {
  const cli = spawn('redis-cli', ['-s', redis.socket, '--csv', 'SUBSCRIBE', 'tb:changed'],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  const generations = new Set();
  await new Promise((resolve) => {
    createInterface({ input: cli.stdout }).on('line', (line) => {
      if (line.startsWith('"subscribe"')) resolve();
      const change = line.match(/"(refresh [^"]*)"/);
      if (change) generations.add(change[1]);
    });
  });
  return { generations, stop: () => cli.kill() };
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-fleet-'));
  writeFileSync(join(scratch, 'secret'), `${registration.client_secret}\n`, { mode: 0o600 });
  await run(process.env.TBCTL, ['keyring', 'new', join(scratch, 'keyring')]);
  redis = await startRedis();
  provider = await startProvider({ ttl: lifetime });
  const authority = new Authority(scratch);
  const server = serverYaml(authority, scratch, rules);
  for (const name of ['a', 'b', 'c']) {
    brokers.push(await startBroker(process.env.TOKEN_BROKER, configuration(name, server)));
    const player = authority.issue(name, `URI:spiffe://test.example/ns/e2e/sa/player-${name}`);
    clients.push(new BrokerClient(brokers.at(-1).address, player));
  }
});
after(async () => {
  for (const client of clients) client.close();
  for (const broker of brokers) await broker.stop();
  await provider?.stop();
  redis?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function logInAs(subject, client) {
  const request = { provider: 'oidc', subject };
  let built;
  for (let tries = 0; !built; tries += 1) {
    // Whoever has just started may not have heard from Redis yet.
    built = await client.call('BuildLoginUri', request).catch((error) => {
      if (error.reason !== 'STORE_UNAVAILABLE' || tries > 100) throw error;
      return sleep(50);
    });
  }
  const callback = await logIn(built.login_uri, subject);
  await client.call('ExchangeCode', { callback_uri: callback, browser_state: built.state });
}

test('each generation is refreshed once, and no caller sees an error', async () => {
  const subjects = Array.from({ length: grants }, (_, i) => `user-${i}`);
  const refreshes = await listenToRefreshes();
  for (const [i, subject] of subjects.entries()) await logInAs(subject, clients[i % 3]);

  const seen = { answers: 0, expired: 0, errors: [] };
  const end = Date.now() + seconds * 1000;
  const ask = async (caller) => {
    for (let i = caller; Date.now() < end; i += 1) {
      const asked = Date.now();
      try {
        const { token } = await clients[i % 3].call('GetFreshToken',
          { provider: 'oidc', subject: subjects[(i * 7) % grants] });
        seen.answers += 1;
        if (millis(token.expire_time) < asked) seen.expired += 1;
      } catch (error) {
        seen.errors.push(`${error.code} ${error.reason}: ${error.message}`);
      }
    }
  };
  await Promise.all([0, 1, 2, 3, 4, 5].map(ask));
  // What is under way ends first: then every refresh has its generation.
  for (const broker of brokers) assert.equal(await broker.stop(), 0);
  for (let tries = 0; refreshes.generations.size < provider.seen.refreshes && tries < 100; tries += 1) {
    await sleep(50);
  }
  refreshes.stop();

  console.log(`${grants} grants: ${seen.answers} answers, ${seen.errors.length} errors, `
    + `${seen.expired} expired tokens; ${provider.seen.refreshes} refreshes for `
    + `${refreshes.generations.size} generations, ${provider.seen.errors.length} invalid_grant, `
    + `${provider.seen.familiesRevoked} families revoked`);
  assert.deepEqual(seen.errors, []);
  assert.ok(seen.answers > 100);
  assert.equal(seen.expired, 0);
  assert.ok(provider.seen.refreshes >= grants);
  assert.equal(provider.seen.refreshes, refreshes.generations.size);
  assert.deepEqual(provider.seen.errors, []);
  assert.equal(provider.seen.familiesRevoked, 0);
});
