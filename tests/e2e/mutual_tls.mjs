// A certificate authority of a test's own, made with the openssl command line, and the broker's
// configuration that goes with it.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const request = (extensions) => `
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = end-to-end tests
[extensions]
${extensions}
`;

// Its files go into a folder of their own in `scratch`, and are good for a day.
export class Authority {
  #folder;

  constructor(scratch, name = 'authority') {
    this.#folder = join(scratch, name);
    mkdirSync(this.#folder, { mode: 0o700 });
    this.#make('ca', 'basicConstraints = critical, CA:TRUE');
  }

  get ca() { return join(this.#folder, 'ca.crt'); }

  // The paths of authority, certificate and key of a server or client. `subjectAltName` as OpenSSL
  // writes it: "IP:127.0.0.1", "URI:spiffe://test.example/web".
  issue(name, subjectAltName) {
    this.#make(name, `basicConstraints = CA:FALSE\nsubjectAltName = ${subjectAltName}`,
      ['-CA', this.ca, '-CAkey', join(this.#folder, 'ca.key')]);
    return { ca: this.ca, certificate: join(this.#folder, `${name}.crt`),
      key: join(this.#folder, `${name}.key`) };
  }

  #make(name, extensions, signer = []) {
    const file = (ending) => join(this.#folder, `${name}.${ending}`);
    writeFileSync(file('cnf'), request(extensions));
    execFileSync('openssl', ['req', '-x509', '-config', file('cnf'), ...signer, '-newkey', 'ec',
      '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-out', file('crt'),
      '-keyout', file('key')], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

// `server` and `policy_file` of a broker's configuration, as YAML: TLS on a free port of 127.0.0.1,
// callers by certificate, the policy `rules`, which are YAML too. Writes files into `scratch`.
export function serverYaml(authority, scratch, rules) {
  const { ca, certificate, key } = authority.issue('broker', 'IP:127.0.0.1');
  const policy = join(scratch, 'policy.yaml');
  writeFileSync(policy, `rules:\n${rules}`);
  return `
server:
  listen: "127.0.0.1:0"
  tls: { certificate_file: ${certificate}, key_file: ${key}, client_ca_file: ${ca} }
policy_file: ${policy}`;
}
