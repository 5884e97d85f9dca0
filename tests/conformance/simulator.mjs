// Starts the provider simulator, tells it things by its control API, and reads what it received.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve as absolute } from 'node:path';
import { createInterface } from 'node:readline';

const listeners = ['provider', 'provider2', 'control'];

export async function startSimulator(binary) {
  const any = '127.0.0.1:0';
  const child = spawn(absolute(binary),
    ['--listen', any, '--control', any, '--second-listen', any], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const addresses = {};
  await new Promise((resolve, reject) => {
    exited.then(([code]) => reject(new Error(`the simulator exited with ${code}`)));
    child.once('error', reject);
    createInterface({ input: child.stderr }).on('line', (line) => {
      const event = JSON.parse(line);
      addresses[event.name] = event.address;
      if (listeners.every((name) => addresses[name])) resolve();
    });
  });
  return new Simulator(addresses, async () => {
    child.kill('SIGTERM');
    await exited;
  });
}

class Simulator {
  constructor(addresses, stop) {
    this.origin = `http://${addresses.provider}`;
    this.origin2 = `http://${addresses.provider2}`;
    this.control = `http://${addresses.control}/control`;
    this.stop = stop;
  }

  async #call(method, path, body, provider = 'provider') {
    const answer = await fetch(`${this.control}/${path}?provider=${provider}`,
      { method, body: body && JSON.stringify(body) });
    const content = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${content.error}`);
    return content;
  }

  // Everything as at the start, and from now on every request is kept.
  async reset(provider) {
    await this.#call('POST', 'reset', undefined, provider);
    return this.configure({ record_requests: true, auto_approve_user: 'alice' }, provider);
  }

  configure(settings, provider) { return this.#call('PATCH', 'settings', settings, provider); }

  putClient(id, client, provider) {
    return this.#call('PUT', `clients/${encodeURIComponent(id)}`, client, provider);
  }

  addFault(fault) { return this.#call('POST', 'faults', fault); }

  revoke(what) { return this.#call('POST', 'revoke', what); }

  grants() { return this.#call('GET', 'grants'); }

  counters() { return this.#call('GET', 'counters'); }

  // The faults that no request has met, but for those that are meant to last.
  async unplayedFaults() {
    const faults = await this.#call('GET', 'faults');
    return Object.values(faults).flat().filter(({ times }) => times !== 'forever');
  }

  // By endpoint, those of the clients in `ids` and those that name no client.
  async requests(ids, provider) {
    const all = (await this.#call('GET', 'requests', undefined, provider)).map(read);
    const ours = all.filter(({ clientId }) => clientId === undefined || ids.includes(clientId));
    const byEndpoint = { all: ours };
    for (const name of ['metadata', 'authorize', 'token', 'userinfo', 'revoke', 'jwks', 'other']) {
      byEndpoint[name] = ours.filter(({ endpoint }) => endpoint === name);
    }
    return byEndpoint;
  }
}

const formDecode = (text) => new URLSearchParams(`v=${text}`).get('v');

function basicOf(header) {
  const [, encoded] = header?.match(/^Basic (\S+)$/) ?? [];
  if (!encoded) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = pair.indexOf(':');
  return { pair, id: formDecode(pair.slice(0, colon)), secret: formDecode(pair.slice(colon + 1)) };
}

// A recorded request with its parts taken apart; `names` are those of the form's fields, repeated
// as often as they came.
function read({ query, ...request }) {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const fields = isForm ? [...new URLSearchParams(request.body)] : [];
  const form = Object.fromEntries(fields);
  const parameters = Object.fromEntries(new URLSearchParams(query));
  const basic = basicOf(request.headers.authorization);
  return { ...request, queryText: query, query: parameters, form, basic,
    names: fields.map(([name]) => name), clientId: basic?.id ?? form.client_id ?? parameters.client_id };
}
