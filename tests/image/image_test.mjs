// The image from the inside: what it holds, and that it works as a cluster runs it (read-only, as its
// user, without rights): a user logs in and gets a token, and tbctl of the image asks for both.
// scripts/image_test runs this as root. IMAGE_ROOT is the image's root, PROVIDER_SIMULATOR a program.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync,
  rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { startBroker } from '../e2e/broker.mjs';
import { startLogin } from '../e2e/tbctl_login.mjs';

const root = process.env.IMAGE_ROOT;
const user = 65532;
const inImage = fileURLToPath(new URL('../../scripts/in_image', import.meta.url));
let scratch;
let simulator;

// Every file, folder and link of the image: { path: Stats }.
function everything(folder = '/', found = {}) {
  for (const name of readdirSync(join(root, folder))) {
    const path = join(folder, name);
    found[path] = lstatSync(join(root, path));
    if (found[path].isDirectory()) everything(path, found);
  }
  return found;
}

function shared(name, content, mode) {
  const path = join(scratch, name);
  writeFileSync(path, content, { mode });
  chownSync(path, user, user);
  return path;
}

// A program of the image as one of this machine's.
const program = (name) => shared(name, `#!/bin/bash
SHARED=${scratch} exec ${inImage} ${root} /usr/local/bin/${name} "$@"
`, 0o755);

async function startSimulator() {
  const child = spawn(process.env.PROVIDER_SIMULATOR,
    ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const at = { stop: () => child.kill() };
  for await (const line of createInterface({ input: child.stderr })) {
    const event = JSON.parse(line);
    if (event.event === 'listening') at[event.name] = event.address;
    if (at.provider && at.control) return at;
  }
  throw new Error('the simulator does not listen');
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-image-'));
  chownSync(scratch, user, user);
  simulator = await startSimulator();
});
after(() => {
  simulator?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

test('it has no shell and no package manager', () => {
  const programs = Object.entries(everything())
    .filter(([, stats]) => stats.isFile() && stats.mode & 0o111).map(([path]) => path)
    .filter((path) => !/\.so(\.[\d.]+|$)/.test(path));
  assert.deepEqual(programs.sort(), ['/usr/local/bin/tbctl', '/usr/local/bin/token-broker']);
});

test('its user may write nowhere but to the spill and /tmp', () => {
  const writable = Object.entries(everything()).filter(([, stats]) => !stats.isSymbolicLink()
    && (stats.uid === user || stats.gid === user || stats.mode & 0o002)).map(([path]) => path);
  assert.deepEqual(writable.sort(), ['/tmp', '/var/spool/token-broker']);
});

test('nothing in it gains rights when it runs', () => {
  assert.deepEqual(Object.entries(everything())
    .filter(([, stats]) => stats.isFile() && stats.mode & 0o6000).map(([path]) => path), []);
});

test('every link leads somewhere', () => {
  const inside = (path) => {
    let at = path;
    for (let hops = 0; lstatSync(join(root, at)).isSymbolicLink() && hops < 9; hops += 1) {
      const target = readlinkSync(join(root, at));
      at = target.startsWith('/') ? target : join(at, '..', target);
      if (!existsSync(join(root, at))) return false;
    }
    return true;
  };
  assert.deepEqual(Object.entries(everything()).filter(([, stats]) => stats.isSymbolicLink())
    .map(([path]) => path).filter((path) => !inside(path)), []);
});

test('its bill of materials names the package of every library, with its licence', () => {
  const bill = JSON.parse(readFileSync(
    join(root, 'usr/share/doc/token-broker/sbom.spdx.json'), 'utf8'));
  const ids = new Set(bill.packages.map(({ SPDXID: id }) => id));
  assert.equal(ids.size, bill.packages.length, 'a package is listed twice');
  for (const { relatedSpdxElement: id } of bill.relationships) assert.ok(ids.has(id), id);
  const kept = (type) => bill.relationships.filter(({ relationshipType }) => relationshipType === type)
    .map(({ relatedSpdxElement: id }) => bill.packages.find((each) => each.SPDXID === id).name);
  const shipped = kept('DEPENDS_ON');
  console.log(`image: ${shipped.length} packages shipped, ${kept('STATIC_LINK').length} compiled in`);
  assert.deepEqual(readdirSync(join(root, 'var/lib/dpkg/status.d')).sort(), shipped.sort());
  for (const name of shipped) assert.ok(existsSync(join(root, 'usr/share/doc', name, 'copyright')), name);
  for (const name of ['libc6', 'libgrpc++1.51', 'libssl3', 'libcurl4', 'ca-certificates']) {
    assert.ok(shipped.includes(name), name);
  }
  assert.ok(kept('STATIC_LINK').includes('libcli11-dev'));
});

test('it has the authorities of the Web', () => {
  const certificates = join(root, 'etc/ssl/certs');
  assert.match(readFileSync(join(certificates, 'ca-certificates.crt'), 'utf8'), /BEGIN CERTIFICATE/);
  assert.ok(readdirSync(certificates).filter((name) => /^[0-9a-f]{8}\.0$/.test(name)).length > 50);
});

test('a user logs in and a token is handed out, the root read-only', async () => {
  const port = simulator.provider.split(':').at(-1);
  const secret = shared('secret', 'secret\n', 0o400);
  const config = shared('config.yaml', `server: { listen: "127.0.0.1:0", drain_timeout: 5s }
admin: { listen: "127.0.0.1:0" }
store: { memory: {} }
providers:
  demo:
    authorization_endpoint: http://${simulator.provider}/authorize
    token_endpoint: http://localhost:${port}/token      # a name, to be looked up inside the image
    client_id: client
    client_secret_file: ${secret}
    redirect_uris: [ "http://127.0.0.1/callback" ]
    scopes: [ read ]
`, 0o400);
  const begin = performance.now();
  const broker = await startBroker(program('token-broker'), config);
  while ((await fetch(`http://${broker.admin}/readyz`)).status !== 200) await sleep(5);
  console.log(`image: ready ${Math.round(performance.now() - begin)} ms after its start`);

  const status = readFileSync(`/proc/${broker.pid}/status`, 'utf8');
  assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
  assert.match(status, /^CapEff:\t0+$/m);
  assert.match(status, /^CapPrm:\t0+$/m);
  assert.match(status, /^NoNewPrivs:\t1$/m);
  console.log(`image: ${/^VmRSS:\s+(.*)$/m.exec(status)[1]} of memory when idle`);

  await fetch(`http://${simulator.control}/control/settings`,
    { method: 'PATCH', body: JSON.stringify({ auto_approve_user: 'alice' }) });
  const tbctl = program('tbctl');
  const login = await startLogin(tbctl, broker.address, 'demo', 'user-42');
  assert.equal((await fetch(login.uri)).status, 200);
  assert.equal(await login.ended, 0, login.text());
  const token = execFileSync(tbctl, ['--address', broker.address.replace('127.0.0.1', 'localhost'), 'token', 'demo', '--subject',
    'user-42'], { encoding: 'utf8' }).trim();
  assert.match(token, /^at-[\w-]+$/);
  assert.equal(await broker.stop(), 0, broker.log());
  assert.ok(!broker.log().includes(token), 'the token is in the log');
});
