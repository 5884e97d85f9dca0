// The examples of client/examples as a stranger would run them: copied out of the tree, against the
// broker and a real authorization server. TOKEN_BROKER and TBCTL name the programs.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

import { startBroker } from './broker.mjs';
import { logIn } from './login.mjs';
import { client as registration, providersYaml, startProvider } from './oidc_provider.mjs';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const port = 18766;
const origin = `http://127.0.0.1:${port}`;

let scratch;
let provider;
let broker;
let browser;
const children = [];

// A program that prints a line of JSON for each event.
function start(program, args, env = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const seen = [];
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    seen.push(JSON.parse(line));
    for (const look of [...waiting]) look();
  });
  return {
    seen,
    // The first event that `matches`, after those that were there at `from`.
    event: (matches, from = 0) => new Promise((resolve) => {
      const look = () => {
        const found = seen.slice(from).find(matches);
        if (!found) return;
        waiting.splice(waiting.indexOf(look), 1);
        resolve(found);
      };
      waiting.push(look);
      look();
    }),
  };
}

const node = (script, ...args) => start(process.execPath, [join(scratch, script), ...args],
  { PROTO_ROOT: here('../../proto') });

async function messagesForPython() {
  const folder = join(scratch, 'messages');
  mkdirSync(folder);
  await run('protoc', [`--proto_path=${here('../../proto')}`, `--python_out=${folder}`,
    ...['token_broker', 'grant', 'error'].map((name) => `tokenbroker/v1/${name}.proto`),
    'tokenbroker/rpc/v1/status.proto']);
  return folder;
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-examples-'));
  for (const folder of ['node', 'web_login', 'python']) {
    cpSync(here(`../../client/examples/${folder}`), join(scratch, folder), { recursive: true });
  }
  symlinkSync(here('node_modules'), join(scratch, 'node_modules'));
  provider = await startProvider({ ttl: 6, redirectUri: `${origin}/callback` });
  writeFileSync(join(scratch, 'secret'), registration.client_secret, { mode: 0o600 });
  const config = join(scratch, 'config.yaml');
  writeFileSync(config, `server: { listen: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
store: { memory: {} }${providersYaml(provider, join(scratch, 'secret'))}`);
  broker = await startBroker(process.env.TOKEN_BROKER, config);
  await node('web_login/server.mjs', '--broker', broker.address, '--provider', 'oidc', '--origin',
    origin, '--port', String(port)).event((event) => event.event === 'listening');
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
});
after(async () => {
  await browser?.close();
  for (const child of children) child.kill();
  await broker?.stop();
  await provider?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

// A browser in which `user` is signed in to the application.
async function browserOf(user) {
  const context = await browser.newContext();
  await context.addCookies([{ name: 'session', value: user, url: origin }]);
  return context.newPage();
}

async function logInAt(page, returnTo) {
  await page.goto(`${origin}/login?return_to=${encodeURIComponent(returnTo)}`);
  await page.fill('input[name=login]', 'alice');
  await page.fill('input[name=password]', 'any');
  await page.click('button[type=submit]');
  await page.waitForSelector('h1:text("Authorize")');
}

test('a login behind a web server: begun, approved, and back where it began', async () => {
  const page = await browserOf('user-1');
  await page.goto(`${origin}/`);
  assert.equal(await page.textContent('h1'), 'Not connected');
  await logInAt(page, '/?from=login');
  await page.click('button[type=submit]');
  await page.waitForURL(`${origin}/?from=login`);
  assert.equal(await page.textContent('h1'), 'Connected');
  const left = await page.context().cookies(origin);
  assert.ok(!left.some(({ name }) => name === '__Host-login'));
});

test('a user who says no is told so, and can go on from where they were', async () => {
  const page = await browserOf('user-2');
  await logInAt(page, '/?from=denied');
  await page.click('text=Cancel');
  await page.waitForURL(`${origin}/callback?**`);
  assert.equal(await page.textContent('p'), 'You said no. Nothing was changed.');
  assert.equal(await page.getAttribute('a', 'href'),
    `/login?return_to=${encodeURIComponent('/?from=denied')}`);
});

test('a login that another browser began is not finished in this one', async () => {
  const begun = await fetch(`${origin}/login`, { headers: { cookie: 'session=mallory' },
    redirect: 'manual' });
  const callback = await logIn(begun.headers.get('location'), 'mallory');
  const victim = await browserOf('user-3');
  const response = await victim.goto(callback);
  assert.equal(response.status(), 400);
  assert.match(await victim.textContent('p'), /begun in another browser/);
  for (const page of [victim, await browserOf('mallory')]) {
    await page.goto(`${origin}/`);
    assert.equal(await page.textContent('h1'), 'Not connected');
  }
});

test('no other site is returned to', async () => {
  const page = await browserOf('user-4');
  await logInAt(page, '//evil.example/');
  await page.click('button[type=submit]');
  await page.waitForURL(`${origin}/`);
});

for (const [language, watch] of [
  ['Node', async () => node('node/watch_token.mjs', broker.address, 'oidc', 'watched-by-Node')],
  ['Python', async () => start('/usr/bin/python3', ['-B', join(scratch, 'python/watch_token.py'),
    await messagesForPython(), broker.address, 'oidc', 'watched-by-Python'])],
]) {
  test(`${language} watches a token from before its login to its end`, async () => {
    const watcher = await watch();
    await watcher.event((event) => event.state === 'GRANT_STATE_ABSENT');
    const page = await browserOf(`watched-by-${language}`);
    await logInAt(page, '/');
    await page.click('button[type=submit]');
    const first = await watcher.event((event) => event.token);
    const second = await watcher.event((event) => event.token && event.token !== first.token);
    assert.ok(BigInt(second.token) > BigInt(first.token));
    await run(process.env.TBCTL, ['--address', broker.address, 'grants', 'revoke', 'oidc',
      '--subject', `watched-by-${language}`]);
    await watcher.event((event) => event.state === 'GRANT_STATE_REVOKED');
  });
}
