// The whole of `tbctl login` in a real browser, against oidc-provider's pages and the simulator's.
// TOKEN_BROKER, TBCTL and PROVIDER_SIMULATOR name the programs; screenshots go to SCREENSHOTS.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';

import { startBroker } from './broker.mjs';
import { logIn } from './login.mjs';
import { client as registration, providersYaml, startProvider } from './oidc_provider.mjs';
import { startLogin } from './tbctl_login.mjs';

const screenshots = process.env.SCREENSHOTS ?? join(tmpdir(), 'token-broker-screenshots');
const port = 18765;

let scratch;
let provider;
let simulator;
let broker;
let browser;
let context;
let page;
let complaints;

const logins = [];
async function login(name, subject, ...more) {
  const begun = await startLogin(process.env.TBCTL, broker.address, name, subject,
    ...(name === 'oidc' ? ['--port', String(port)] : []), ...more);
  logins.push(begun);
  return begun;
}

async function startSimulator() {
  const child = spawn(process.env.PROVIDER_SIMULATOR,
    ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = createInterface({ input: child.stderr });
  for await (const line of lines) {
    const event = JSON.parse(line);
    if (event.name === 'provider') {
      return { address: event.address, stop: () => child.kill() };
    }
  }
  throw new Error('the simulator does not listen');
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-browser-'));
  mkdirSync(screenshots, { recursive: true });
  provider = await startProvider({ redirectUri: `http://127.0.0.1:${port}/callback` });
  simulator = await startSimulator();
  writeFileSync(join(scratch, 'secret'), registration.client_secret, { mode: 0o600 });
  writeFileSync(join(scratch, 'simulator-secret'), 'secret', { mode: 0o600 });
  const config = join(scratch, 'config.yaml');
  writeFileSync(config, `server: { listen: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
store: { memory: {} }${providersYaml(provider, join(scratch, 'secret'))}
  simulator:
    issuer: http://${simulator.address}
    client_id: client
    client_secret_file: ${join(scratch, 'simulator-secret')}
    redirect_uris: [ "http://127.0.0.1/callback" ]
    scopes: [ read ]
`);
  broker = await startBroker(process.env.TOKEN_BROKER, config);
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
});
after(async () => {
  await browser?.close();
  await broker?.stop();
  await provider?.stop();
  simulator?.stop();
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
});
afterEach(async () => {
  for (const begun of logins.splice(0)) {
    begun.kill();
    await begun.ended;
  }
  await context.close();
});

// Through oidc-provider's login page, to its consent page.
async function logInAt(uri, user, of = page) {
  await of.goto(uri);
  await of.fill('input[name=login]', user);
  await of.fill('input[name=password]', 'any');
  await of.click('button[type=submit]');
  await of.waitForSelector('h1:text("Authorize")');
  await of.waitForLoadState();
}

const shoot = (name) => page.screenshot({ path: join(screenshots, `${name}.png`) });
const heading = (of = page) => of.textContent('h1');
// Its style was not refused by its own policy.
const isStyled = () => page.evaluate(
  () => getComputedStyle(document.querySelector('main')).borderTopLeftRadius === '16px');

test('a login that is approved ends at a page that says so, light and dark, on a phone', async () => {
  const tbctl = await login('oidc', 'user-1');
  await logInAt(tbctl.uri, 'alice');
  await shoot('oidc-consent');
  await page.click('button[type=submit]');
  await page.waitForURL(`${tbctl.redirectUri}?**`);
  assert.equal(await heading(), 'You are logged in');
  assert.match(await page.textContent('main'), /oidc is connected as user-1\./);
  assert.ok(await isStyled());
  await page.emulateMedia({ colorScheme: 'light' });
  await shoot('approved-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot('approved-dark');
  await page.setViewportSize({ width: 360, height: 640 });
  await shoot('approved-phone');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  assert.equal(await tbctl.ended, 0);
  assert.match(tbctl.text(), /^logged in: oidc \/ user-1/m);
  assert.deepEqual(complaints, []);
});

test('a login that the user denies says so and what to do, and changes nothing', async () => {
  const tbctl = await login('oidc', 'user-2');
  await logInAt(tbctl.uri, 'alice');
  await page.click('text=Cancel');
  await page.waitForURL(`${tbctl.redirectUri}?**`);
  assert.equal(await heading(), 'You said no');
  assert.match(await page.textContent('.now'), /tbctl login oidc --subject user-2/);
  await shoot('denied');
  assert.equal(await tbctl.ended, 3);
  assert.match(tbctl.text(), /reason: LOGIN_DENIED/);
});

test("the simulator's own page approves and denies alike", async () => {
  const approved = await login('simulator', 'user-3');
  await page.goto(approved.uri);
  await shoot('simulator-login');
  await page.click('button[value=alice]');
  await page.waitForURL(`${approved.redirectUri}?**`);
  assert.equal(await heading(), 'You are logged in');
  assert.equal(await approved.ended, 0);

  const denied = await login('simulator', 'user-4');
  await page.goto(denied.uri);
  await page.click('button[value=deny]');
  await page.waitForURL(`${denied.redirectUri}?**`);
  assert.equal(await heading(), 'You said no');
  assert.equal(await denied.ended, 3);
});

test('a forged callback is turned away, and the login goes on', async () => {
  const tbctl = await login('simulator', 'user-5');
  const forged = await page.goto(`${tbctl.redirectUri}?code=stolen&state=forged`);
  assert.equal(forged.status(), 400);
  assert.equal(await heading(), 'This is not the login that tbctl waits for');
  assert.ok(await isStyled());
  await shoot('forged');
  const elsewhere = await page.goto(new URL('/favicon.ico', tbctl.redirectUri).href);
  assert.equal(elsewhere.status(), 404);
  await page.goto(tbctl.uri);
  await page.click('button[value=alice]');
  await page.waitForURL(`${tbctl.redirectUri}?**`);
  assert.equal(await heading(), 'You are logged in');
  assert.equal(await tbctl.ended, 0);
});

test('whoever comes back twice is shown the outcome twice, of one exchange', async () => {
  const tbctl = await login('oidc', 'user-6');
  // The browser may be told of its own request after tbctl has exchanged the code: waited for.
  const callback = page.waitForRequest((request) => request.url().startsWith(tbctl.redirectUri));
  const codes = provider.seen.codes;
  // The provider answers the exchange only when the second request has been sent.
  let again;
  provider.interceptTokenRequests(async () => {
    provider.interceptTokenRequests(undefined);
    const request = get((await callback).url());
    again = once(request, 'response');
    await once(request, 'finish');
  });
  await logInAt(tbctl.uri, 'alice');
  await page.click('button[type=submit]');
  await page.waitForURL(`${tbctl.redirectUri}?**`);
  assert.equal(await heading(), 'You are logged in');
  const [second] = await again;
  assert.match(await text(second), /You are logged in/);
  assert.equal(await tbctl.ended, 0);
  assert.equal(provider.seen.codes, codes + 1);
});

test('without a browser that can come back, the address is pasted', async () => {
  const tbctl = await login('oidc', 'user-7');
  tbctl.paste('what do you mean?');
  tbctl.paste(await logIn(tbctl.uri));
  assert.equal(await tbctl.ended, 0);
  assert.match(tbctl.text(), /that is not where this login ends up/);
  assert.match(tbctl.text(), /^logged in: oidc \/ user-7/m);
});

test('nobody comes back in time', async () => {
  const tbctl = await login('simulator', 'user-8', '--timeout', '1s');
  assert.equal(await tbctl.ended, 3);
  assert.match(tbctl.text(), /nobody came back from the login page within 1s/);
});

test("a page of the user's own is shown as it is, without what it may not load", async () => {
  const own = join(scratch, 'page.html');
  writeFileSync(own, '<!doctype html><title>Mine</title><h1 style="color: rgb(1, 2, 3)">Mine</h1>'
    + '<script>document.title = "run"</script>');
  const tbctl = await login('simulator', 'user-9', '--page', own);
  await page.goto(tbctl.uri);
  await page.click('button[value=alice]');
  await page.waitForURL(`${tbctl.redirectUri}?**`);
  assert.equal(await heading(), 'Mine');
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('h1')).color),
    'rgb(1, 2, 3)');
  assert.equal(await page.title(), 'Mine');
  assert.equal(await tbctl.ended, 0);
});
