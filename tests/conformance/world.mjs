// The real programs, started once for all rows: one broker whose configuration has a provider for
// each row, and one simulator.

import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startBroker } from '../e2e/broker.mjs';
import { BrokerClient } from '../e2e/node_client.mjs';
import { failures } from './expectations.mjs';
import { startPython } from './python_caller.mjs';
import { startSimulator } from './simulator.mjs';

export const redirectUri = 'https://app.example.com/callback';
const defaultSecret = 'secret';

// The keys of private_key_jwt, by the names that rows say in private_key_file.
function newKeys() {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { 'rsa.pem': rsa, 'ec.pem': generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}

export class World {
  #running = [];

  static async open(rows, { broker, simulator }) {
    const world = new World();
    try {
      await world.#start(rows, broker, simulator);
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  async #start(rows, broker, simulator) {
    this.scratch = mkdtempSync(join(tmpdir(), 'token-broker-conformance-'));
    this.#running.push(() => rmSync(this.scratch, { recursive: true, force: true }));
    this.keys = newKeys();
    for (const [name, { privateKey }] of Object.entries(this.keys)) {
      this.#write(name, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    }
    this.simulator = await startSimulator(simulator);
    this.#running.push(() => this.simulator.stop());
    this.complaints = await this.#complaints(rows, broker);
    const good = rows.filter(({ refusedConfiguration }) => !refusedConfiguration);
    this.broker = await startBroker(broker, this.#configuration('config.yaml', good));
    this.#running.push(() => this.broker.stop());
    this.client = new BrokerClient(this.broker.address);
    this.#running.push(() => this.client.close());
  }

  // GetFreshToken by a Python client, which is started when it is first asked.
  async python(request) {
    this.pythonCaller ??= startPython(this.scratch, this.broker.address);
    return (await this.pythonCaller).ask(request);
  }

  async close() {
    await (await this.pythonCaller)?.stop();
    for (const stop of this.#running.reverse()) await stop();
  }

  #write(name, content) {
    const file = join(this.scratch, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  // JSON is YAML.
  #configuration(name, rows) {
    for (const row of rows) this.writeSecret(row.id, this.secretOf(row));
    return this.#write(name, JSON.stringify({
      server: { listen: '127.0.0.1:0' },
      admin: { listen: '127.0.0.1:0' },
      audit: { sink: 'none' },
      store: { memory: {} },
      providers: Object.fromEntries(rows.map((row) => [row.id, this.providerOf(row)])),
    }, null, 1).replaceAll('$', '$$$$'));
  }

  writeSecret(id, secret) { return this.#write(`${id}.secret`, secret); }

  secretOf({ secret = defaultSecret }) { return secret; }

  // A row's section of the configuration: what it says over what most rows want.
  providerOf(row) {
    const own = typeof row.provider === 'function' ? row.provider(this.simulator) : row.provider;
    const section = {
      issuer: this.simulator.origin,
      client_id: row.id,
      client_secret_file: `${row.id}.secret`,
      redirect_uris: [redirectUri],
      scopes: ['read', 'write'],
      // Nothing is refreshed but what a row asks for.
      refresh: { active_window: '1ms' },
      ...own,
    };
    return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined));
  }

  // What the broker says of the configurations that it must refuse, by row.
  async #complaints(rows, broker) {
    const refused = rows.filter(({ refusedConfiguration }) => refusedConfiguration);
    if (refused.length === 0) return {};
    const file = this.#configuration('refused.yaml', refused);
    const { code, stderr } = await new Promise((resolve) => {
      execFile(broker, ['--config', file, '--check'],
        (error, stdout, text) => resolve({ code: error?.code ?? 0, stderr: text }));
    });
    return Object.fromEntries(refused.map(({ id }) => [id, {
      code, lines: stderr.split('\n').filter((line) => line.includes(`providers.${id}.`)) }]));
  }

  // Runs a row; what was seen, and what is wrong with it.
  async run(row) {
    const seen = {};
    const provider = this.providerOf(row);
    const clients = [provider.client_id];
    const secret = provider.client_authentication === 'none' ? '' : this.secretOf(row);
    const issuers = row.twoIssuers ? ['provider', 'provider2'] : ['provider'];
    await Promise.all(issuers.map(async (issuer) => {
      await this.simulator.reset(issuer);
      for (const id of clients) await this.simulator.putClient(id, { secret }, issuer);
    }));
    const place = { world: this, simulator: this.simulator, client: this.client, row, seen,
      subjects: new Set(['alice']) };
    try {
      for (const step of row.steps) await step.run(place);
      [seen.requests, seen.elsewhere, seen.unplayed] = await Promise.all([
        this.simulator.requests(clients),
        row.twoIssuers && this.simulator.requests(clients, 'provider2'),
        this.simulator.unplayedFaults()]);
    } finally {
      await this.#forget(row, place.subjects);
    }
    return { seen, wrong: [...failures(row.then, seen), ...unexpected(row, seen)] };
  }

  // So that no refresh of this row's grants meets the next row's simulator.
  async #forget(row, subjects) {
    if (row.refusedConfiguration) return;
    for (const subject of subjects) {
      await this.client.call('DeleteGrant', { provider: row.id, subject })
        .catch(({ reason }) => reason);
    }
  }
}

// Faults that were never met, and refusals that the row says nothing of.
function unexpected(row, seen) {
  const said = Object.keys(row.then);
  const refusals = Object.entries(seen)
    .filter(([name, result]) => result?.ok === false
      && !said.some((path) => path.startsWith(`${name}.`)))
    .map(([name, { code, reason, message }]) =>
      `${name} was refused: ${code} ${reason ?? ''} (${message})`);
  return [...refusals, ...seen.unplayed.map((fault) => `never met: ${JSON.stringify(fault)}`)];
}
