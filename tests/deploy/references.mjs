// What objects say of one another: selectors that find something, names that exist, ports that are
// there. A server accepts all of these mistakes.

import { containersOf, find, nameOf, workloads } from './render.mjs';

// What people bring: docs/kubernetes.md lists them, too.
export const broughtSecrets = ['token-broker-keyring', 'token-broker-providers',
  'token-broker-redis'];
// What clusters have.
const clusters = ['ConfigMap/kube-root-ca.crt', 'ClusterRole/system:auth-delegator'];

const matches = (labels, selector) => Object.entries(selector.matchLabels ?? selector)
  .every(([key, value]) => labels?.[key] === value);

const podsOf = (objects, selector) =>
  workloads(objects).filter(({ labels }) => matches(labels, selector));

const portsOf = (found) => found.flatMap(({ pod }) => containersOf(pod))
  .flatMap(({ ports }) => ports ?? []);

const isPort = (ports, wanted) =>
  ports.some(({ name, containerPort }) => wanted === name || wanted === containerPort);

// Names of ConfigMaps and Secrets that a pod needs.
function needs(pod) {
  const found = [];
  const add = (kind, name) => name !== undefined && found.push(`${kind}/${name}`);
  for (const volume of pod.volumes ?? []) {
    for (const source of volume.projected?.sources ?? [volume]) {
      add('ConfigMap', source.configMap?.name);
      add('Secret', source.secret?.secretName ?? source.secret?.name);
    }
  }
  for (const container of containersOf(pod)) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add('ConfigMap', configMapRef?.name);
      add('Secret', secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name);
      add('Secret', valueFrom?.secretKeyRef?.name);
    }
  }
  return found;
}

const checks = {
  * names(objects) {
    const certified = objects.filter(({ kind }) => kind === 'Certificate')
      .map(({ spec }) => `Secret/${spec.secretName}`);
    const there = new Set([...objects.map(nameOf), ...clusters, ...certified,
      ...broughtSecrets.map((name) => `Secret/${name}`)]);
    const wanted = (from, name) => (there.has(name) ? [] : [`${nameOf(from)}: there is no ${name}`]);
    for (const { owner, pod } of workloads(objects)) {
      for (const name of needs(pod)) yield* wanted(owner, name);
      if (pod.serviceAccountName) yield* wanted(owner, `ServiceAccount/${pod.serviceAccountName}`);
      if (owner.spec.serviceName) yield* wanted(owner, `Service/${owner.spec.serviceName}`);
      const volumes = [...pod.volumes ?? [], ...(owner.spec.volumeClaimTemplates ?? [])
        .map(({ metadata }) => metadata)].map(({ name }) => name);
      for (const mount of containersOf(pod).flatMap(({ volumeMounts }) => volumeMounts ?? [])) {
        if (!volumes.includes(mount.name)) yield `${nameOf(owner)}: there is no volume ${mount.name}`;
      }
    }
    for (const object of objects) {
      const target = object.spec?.scaleTargetRef;
      if (target) yield* wanted(object, `${target.kind}/${target.name}`);
      for (const { kind, name } of object.subjects ?? []) yield* wanted(object, `${kind}/${name}`);
      if (object.roleRef) yield* wanted(object, `${object.roleRef.kind}/${object.roleRef.name}`);
      const issuer = object.spec?.issuerRef;
      if (issuer?.kind === 'Issuer') yield* wanted(object, `Issuer/${issuer.name}`);
    }
  },
  * selectors(objects) {
    for (const { owner, labels } of workloads(objects)) {
      if (!matches(labels, owner.spec.selector)) yield `${nameOf(owner)}: selects not its own pods`;
    }
    for (const object of objects) {
      const { kind, spec } = object;
      const selector = { Service: spec?.selector, PodDisruptionBudget: spec?.selector,
        NetworkPolicy: spec?.podSelector }[kind];
      if (selector && podsOf(objects, selector).length === 0) yield `${nameOf(object)}: selects no pod`;
      const peers = (kind === 'NetworkPolicy' ? [...spec.ingress ?? [], ...spec.egress ?? []] : [])
        .flatMap(({ from, to }) => from ?? to ?? []);
      for (const { podSelector, namespaceSelector } of peers) {
        if (podSelector && !namespaceSelector && podsOf(objects, podSelector).length === 0) {
          yield `${nameOf(object)}: lets in or out no pod`;
        }
      }
    }
    for (const { owner, labels, pod } of workloads(objects)) {
      for (const spread of pod.topologySpreadConstraints ?? []) {
        if (!matches(labels, spread.labelSelector)) yield `${nameOf(owner)}: spreads other pods`;
      }
    }
  },
  * ports(objects) {
    for (const object of objects) {
      const { kind, spec } = object;
      if (kind === 'Service') {
        const ports = portsOf(podsOf(objects, spec.selector));
        for (const { targetPort, port } of spec.ports) {
          if (!isPort(ports, targetPort ?? port)) yield `${nameOf(object)}: no port ${targetPort}`;
        }
      }
      for (const { ports = [] } of kind === 'NetworkPolicy' ? spec.ingress ?? [] : []) {
        const open = portsOf(podsOf(objects, spec.podSelector));
        for (const { port } of ports) {
          if (!isPort(open, port)) yield `${nameOf(object)}: no port ${port}`;
        }
      }
      if (kind === 'ServiceMonitor') {
        const services = objects.filter((other) => other.kind === 'Service'
          && matches(other.metadata.labels, spec.selector));
        for (const { port } of spec.endpoints) {
          if (!services.some((service) => service.spec.ports.some(({ name }) => name === port))) {
            yield `${nameOf(object)}: no Service with the port ${port}`;
          }
        }
      }
    }
    for (const { owner, pod } of workloads(objects)) {
      for (const container of containersOf(pod)) {
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
          const action = container[probe]?.httpGet ?? container[probe]?.tcpSocket;
          if (action && !isPort(container.ports ?? [], action.port)) {
            yield `${nameOf(owner)}: ${probe} asks at no port of it`;
          }
        }
      }
    }
  },
  * namespaces(objects) {
    const namespace = objects.find(({ kind }) => kind === 'Namespace')?.metadata.name;
    const ofCluster = ['Namespace', 'ClusterRoleBinding'];
    for (const object of objects) {
      if (ofCluster.includes(object.kind)) continue;
      if (object.metadata.namespace !== namespace) yield `${nameOf(object)}: is in another namespace`;
    }
    for (const object of objects) {
      for (const subject of object.subjects ?? []) {
        if (subject.namespace !== namespace) yield `${nameOf(object)}: names another namespace`;
      }
    }
    const names = find(objects, 'Certificate', 'token-broker').spec.dnsNames;
    for (const { kind, metadata, spec } of objects) {
      if (kind !== 'Service' || spec.selector['app.kubernetes.io/name'] !== 'token-broker') continue;
      if (!names.includes(`${metadata.name}.${namespace}.svc`)) {
        yield `Certificate/token-broker: is not for the Service ${metadata.name}`;
      }
    }
  },
};

export function referenceProblems(objects) {
  return Object.values(checks).flatMap((check) => [...check(objects)]);
}
