// What an overlay of deploy/kubernetes comes to, as a person's kubectl renders it.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const folder = new URL('../../deploy/kubernetes/', import.meta.url);
const oldest = 27; // the first with kustomize 5

// Why nothing can be rendered here, or nothing. Debian 12's own kubectl is 1.20, whose kustomize
// knows neither components nor replacements.
export function whyNoKubectl() {
  let version;
  try {
    version = execFileSync('kubectl', ['version', '--client', '--output=json'], { stdio: 'pipe' });
  } catch {
    return 'there is no kubectl';
  }
  const minor = parseInt(JSON.parse(version).clientVersion.minor, 10);
  return minor < oldest ? `kubectl 1.${minor} is too old, 1.${oldest} is needed` : undefined;
}

// The objects of YAML text, as the API server would read them.
function parse(text) {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

// The objects of an overlay: `overlays/dev`.
export function render(overlay) {
  const path = fileURLToPath(new URL(overlay, folder));
  return parse(execFileSync('kubectl', ['kustomize', path], { encoding: 'utf8', stdio: 'pipe' }));
}

// The objects of one file: `examples/caller.yaml`.
export function read(file) { return parse(readFileSync(new URL(file, folder), 'utf8')); }

// "Service/token-broker", for people.
export function nameOf(object) { return `${object.kind}/${object.metadata?.name}`; }

export function find(objects, kind, name) {
  return objects.find((object) => object.kind === kind && object.metadata.name === name);
}

// What has a pod template: its owner and the template.
export function workloads(objects) {
  return objects.filter((object) => object.spec?.template?.spec?.containers)
    .map((owner) => ({ owner, labels: owner.spec.template.metadata?.labels ?? {},
      pod: owner.spec.template.spec }));
}

// The broker itself among them.
export function broker(objects) {
  return workloads(objects).find(({ owner }) => owner.metadata.name === 'token-broker');
}

export function containersOf(pod) {
  return [...pod.containers, ...pod.initContainers ?? [], ...pod.ephemeralContainers ?? []];
}
