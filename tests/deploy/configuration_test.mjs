// The broker itself reads what the manifests configure: the ConfigMaps and example Secrets of each
// overlay, laid out as in its pod. Then one runs over dev's Redis, and one to which a provider is added
// as GitOps does it. The files' places are below a scratch folder; all else is as rendered.
// TOKEN_BROKER and TBCTL name the programs.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { startBroker } from '../e2e/broker.mjs';
import { Authority } from '../e2e/mutual_tls.mjs';
import { startRedis } from '../e2e/redis.mjs';
import { environmentOf, layOut, publish } from './mounted.mjs';
import { find, render } from './render.mjs';

const run = promisify(execFile);
const { TOKEN_BROKER: program, TBCTL: tbctl } = process.env;
const password = 'the-password-of-redis';
const configFolder = '/etc/token-broker';
const providersFolder = '/run/secrets/providers';

suite('the configuration in the manifests', () => {
  let scratch;
  let authority;
  let secrets;

  before(() => {
    scratch = mkdtempSync(join(tmpdir(), 'deploy-'));
    authority = new Authority(scratch);
    const { ca, certificate, key } = authority.issue('broker', 'IP:127.0.0.1');
    execFileSync(tbctl, ['keyring', 'new', join(scratch, 'keyring')]);
    const content = (file) => readFileSync(file, 'utf8');
    secrets = {
      cluster: { 'ca.crt': content(ca) },
      'token-broker-providers': { spotify: 'a secret\n', calendar: 'another\n' },
      'token-broker-keyring': { keyring: content(join(scratch, 'keyring')) },
      'token-broker-redis': { password },
      'token-broker-tls': { 'tls.crt': content(certificate), 'tls.key': content(key),
        'ca.crt': content(ca) },
    };
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  // Resolves to what `--check` says: [exit code, text].
  async function check(name, objects, withSecrets = secrets, change = (environment) => environment) {
    const root = mkdtempSync(join(scratch, `${name.replace('/', '-')}-`));
    layOut(objects, withSecrets, root);
    return run(program, ['--config', join(root, configFolder, 'config.yaml'), '--check'],
      { env: change(environmentOf(objects)) })
      .then(({ stdout }) => [0, stdout], ({ code, stderr }) => [code, stderr]);
  }

  for (const each of ['base', 'overlays/dev', 'overlays/production', 'examples/overlay']) {
    test(`${each} passes the broker's own check`, async () => {
      const [code, text] = await check(each, render(each));
      assert.equal(code, 0, text);
    });
  }

  test('a client secret that nobody brought is named', async () => {
    const [code, text] = await check('missing', render('examples/overlay'),
      { ...secrets, 'token-broker-providers': { spotify: 'a secret' } });
    assert.notEqual(code, 0);
    assert.match(text, /calendar/);
  });

  test('every setting is needed', async () => {
    const objects = render('overlays/production');
    for (const setting of Object.keys(environmentOf(objects))) {
      const [code, text] = await check('settings', objects, secrets,
        ({ [setting]: removed, ...others }) => others);
      assert.notEqual(code, 0, `without ${setting}`);
      assert.match(text, new RegExp(setting));
    }
  });

  // A broker as in its pod. The machine's addresses, and a Redis of the test's own at `socket`.
  async function startPod(t, objects, root, socket) {
    const map = objects.find(({ metadata }) => metadata.name === 'token-broker-config').data;
    // What is there by default in a pod has to be named, to lie below `root`.
    map['config.yaml'] = map['config.yaml'].replace(/0\.0\.0\.0:\d+/g, '127.0.0.1:0')
      .replace('service_account_tokens: {}', `service_account_tokens:
    token_file: /var/run/secrets/kubernetes.io/serviceaccount/token
    ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt`);
    const laid = layOut(objects, secrets, root);
    Object.assign(process.env, environmentOf(objects), { REDIS_URI: `unix://${socket}`,
      REDIS_CREATE: 'true', REDIS_MIN_REPLICA_ACKS: '0' });
    const broker = await startBroker(program, join(root, configFolder, 'config.yaml'));
    t.after(() => broker.stop());
    return { broker, laid };
  }

  async function until(what, holds) {
    for (let tries = 0; tries < 200; tries += 1) {
      if (await holds()) return;
      await sleep(50);
    }
    assert.fail(what());
  }

  test('the broker has nothing to say against dev\'s Redis', async (t) => {
    const root = mkdtempSync(join(scratch, 'dev-'));
    const objects = render('overlays/dev');
    const [{ command, args }] = find(objects, 'StatefulSet', 'redis').spec.template.spec.containers;
    const socket = join(root, 'redis.sock');
    const redis = spawn(command[0], [...args.map((each) =>
      each.replace('/data', root).replace('$(REDIS_PASSWORD)', password)),
    '--port', '0', '--unixsocket', socket], { stdio: 'ignore' });
    t.after(() => redis.kill('SIGKILL'));
    await until(() => 'no Redis', () => existsSync(socket));
    const { broker } = await startPod(t, objects, root, socket);
    await until(broker.log, () => broker.log().includes('"store_found"'));
    assert.doesNotMatch(broker.log(), /store_finding|store_unfit|keyring_open_to_others/);
    await until(broker.log, async () => (await fetch(`http://${broker.admin}/readyz`)).ok);
    assert.equal(await broker.stop(), 0);
  });

  test('a provider is added by a key and a section, without a restart', async (t) => {
    const root = mkdtempSync(join(scratch, 'live-'));
    const redis = await startRedis(join(root, 'redis'), password);
    t.after(() => { redis.connection.close(); redis.signal('SIGKILL'); });
    const { broker, laid } = await startPod(t, render('examples/overlay'), root, redis.socket);
    const operator = authority.issue('operator', 'URI:spiffe://cluster.local/ns/ops/sa/console');
    const providers = async () => (await run(tbctl, ['--address', broker.address, '--ca-file',
      operator.ca, '--certificate-file', operator.certificate, '--key-file', operator.key,
      'providers', 'list', '--json'])).stdout.trim().split('\n')
      .map((line) => JSON.parse(line).name).sort();
    assert.deepEqual(await providers(), ['calendar', 'spotify']);

    // The worse order: the section is there before the key.
    const config = laid[configFolder];
    publish(join(root, configFolder), { ...config, 'config.yaml': `${config['config.yaml']}  drive:
    issuer: https://drive.example.com
    client_id: broker
    client_secret_file: ${join(root, providersFolder, 'drive')}
` });
    await until(broker.log, () => broker.log().includes('config_reload_failed'));
    assert.deepEqual(await providers(), ['calendar', 'spotify']);
    publish(join(root, providersFolder), { ...laid[providersFolder], drive: 'a third secret' });
    await until(broker.log, async () => (await providers()).includes('drive'));
    assert.equal(await broker.stop(), 0);
  });
});
