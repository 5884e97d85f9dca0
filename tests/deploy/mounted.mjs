// A pod's volumes as the kubelet lays them out, in a folder instead of a container: files are links
// into ..data, and ..data is a link that one rename swings to the next version.

import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { broker, find } from './render.mjs';

let version = 0;

// Makes `folder` hold `files` ({ name: content }), as new or instead of what it held.
export function publish(folder, files) {
  mkdirSync(folder, { recursive: true });
  version += 1;
  const name = `..version_${version}`;
  mkdirSync(join(folder, name));
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(join(folder, name, file), content, { mode: 0o440 });
  }
  let old;
  try {
    old = readlinkSync(join(folder, '..data'));
  } catch {
    // The first version.
  }
  symlinkSync(name, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  for (const file of Object.keys(files)) {
    rmSync(join(folder, file), { force: true });
    symlinkSync(join('..data', file), join(folder, file));
  }
  if (old) rmSync(join(folder, old), { recursive: true });
}

// What a volume's source brings, of the ConfigMaps in `objects` and the Secrets in `secrets`.
function filesOf(source, objects, secrets) {
  if (source.configMap) return find(objects, 'ConfigMap', source.configMap.name)?.data ?? secrets.cluster;
  if (source.secret) return secrets[source.secret.secretName ?? source.secret.name];
  return { [source.serviceAccountToken.path]: 'a token of the broker itself' };
}

// The broker's volumes below `root`, each where it is mounted; answers { mount path: { files } }, in
// which paths are those below `root`. What claims and empty volumes are for is an empty folder.
export function layOut(objects, secrets, root) {
  const { owner, pod } = broker(objects);
  const laid = {};
  for (const { name, mountPath } of pod.containers[0].volumeMounts) {
    const volume = pod.volumes.find((each) => each.name === name);
    laid[mountPath] = {};
    if (!volume || volume.emptyDir) {
      if (!volume && !owner.spec.volumeClaimTemplates) throw new Error(`no volume ${name}`);
      mkdirSync(join(root, mountPath), { recursive: true, mode: 0o700 });
      continue;
    }
    for (const source of volume.projected?.sources ?? [volume]) {
      Object.assign(laid[mountPath], filesOf(source, objects, secrets));
    }
  }
  const paths = Object.keys(laid).sort((a, b) => b.length - a.length);
  const below = (text) => text.replace(/(?<=[\s"'])\/[\w./-]+/g, (path) =>
    (paths.some((each) => path === each || path.startsWith(`${each}/`)) ? join(root, path) : path));
  for (const [path, files] of Object.entries(laid)) {
    if (path.startsWith('/etc/')) {
      for (const file of Object.keys(files)) files[file] = below(files[file]);
    }
    if (Object.keys(files).length > 0) publish(join(root, path), files);
  }
  return laid;
}

// The container's environment, of its ConfigMaps.
export function environmentOf(objects) {
  return Object.assign({}, ...broker(objects).pod.containers[0].envFrom
    .map(({ configMapRef }) => find(objects, 'ConfigMap', configMapRef.name).data));
}
