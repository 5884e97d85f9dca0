// The status page in a real browser. TOKEN_BROKER names the program; screenshots go to SCREENSHOTS.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

import { startBroker } from './broker.mjs';

const screenshots = process.env.SCREENSHOTS ?? join(tmpdir(), 'token-broker-screenshots');
const good = `server: { listen: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
store: { memory: {} }
providers:
  spotify:
    preset: spotify
    client_id: 0123abcd
    client_secret_file: secret
    redirect_uris: [ "https://app.example.com/callback" ]
    scopes: [ playlist-read-private ]
`;

let scratch;
let broker;
let browser;
let page;
const complaints = [];

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'token-broker-status-'));
  mkdirSync(screenshots, { recursive: true });
  writeFileSync(join(scratch, 'secret'), 'hush-hush', { mode: 0o600 });
  writeFileSync(join(scratch, 'config.yaml'), good);
  broker = await startBroker(process.env.TOKEN_BROKER, join(scratch, 'config.yaml'));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
  page = await browser.newPage();
  page.on('console', (message) => complaints.push(message.text()));
});
after(async () => {
  await browser?.close();
  await broker?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const open = () => page.goto(`http://${broker.admin}/statusz`);
const verdict = () => page.textContent('h1');
const shoot = (name) => page.screenshot({ path: join(screenshots, `statusz-${name}.png`),
  fullPage: true });

test('the status page says that all is well', async () => {
  while (await open() && await verdict() !== 'All is well') await sleep(50);
  assert.match(await page.textContent('main'), /spotify\s*active/);
  assert.equal(await page.evaluate(
    () => getComputedStyle(document.querySelector('main')).maxWidth), '896px');
});

test('what is wrong comes first, readable by night and on a phone', async () => {
  writeFileSync(join(scratch, 'config.yaml'), good.replace('preset: spotify', 'preset: <b>no</b>'));
  while (await open() && await verdict() === 'All is well') await sleep(50);
  assert.equal(await verdict(), 'One thing to look at');
  assert.match(await page.textContent('li'), /configuration on disk is refused/);
  await page.emulateMedia({ colorScheme: 'light' });
  await shoot('light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot('dark');
  await page.setViewportSize({ width: 360, height: 640 });
  await shoot('phone');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
});

test('it loads nothing, runs nothing and shows no secret', async () => {
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto('about:blank');
  await open();
  // A browser asks for a favicon by itself.
  assert.deepEqual(requests.filter((url) => !/blank|favicon/.test(url)),
    [`http://${broker.admin}/statusz`]);
  assert.deepEqual(complaints.filter((text) => !/favicon|404/.test(text)), []);
  const html = await page.content();
  assert.doesNotMatch(html, /<script|hush-hush/);
});
