// What the broker needs of its manifests, beyond what Kubernetes asks: docs/kubernetes.md says why.

import { parse } from 'yaml';

import { holds } from './addresses.mjs';
import { broker, containersOf, find, nameOf, workloads } from './render.mjs';

// Where clouds give out their machines' credentials.
const metadataAddresses = ['169.254.169.254', '169.254.170.2', '100.100.100.200', 'fd00:ec2::254'];
const elsewhere = '203.0.113.7';

const seconds = (text) => parseInt(text, 10) * { s: 1, m: 60, h: 3600 }[text.at(-1)];
const mapOf = (objects, name) => objects.find(({ kind, metadata }) => kind === 'ConfigMap'
  && metadata.name.startsWith(name));
const configOf = (objects) => parse(mapOf(objects, 'token-broker-config').data['config.yaml']);
const settingsOf = (objects) => mapOf(objects, 'token-broker-settings');
const rulesOf = (objects, direction) => objects
  .filter(({ kind, spec }) => kind === 'NetworkPolicy'
    && spec.podSelector.matchLabels?.['app.kubernetes.io/name'] === 'token-broker')
  .flatMap(({ metadata, spec }) => (spec[direction] ?? [])
    .map((rule) => ({ policy: metadata.name, ports: rule.ports.map(({ port }) => port),
      peers: rule.from ?? rule.to })));

const checks = {
  * drain(objects) {
    const { pod } = broker(objects);
    const [container] = pod.containers;
    const least = seconds(configOf(objects).server.drain_timeout)
      + (container.lifecycle?.preStop?.sleep?.seconds ?? 0);
    if (!(pod.terminationGracePeriodSeconds > least)) yield `the grace must be over ${least} s`;
    if (!container.lifecycle?.preStop?.sleep) yield 'no pause before SIGTERM';
  },
  * probes(objects) {
    const [container] = broker(objects).pod.containers;
    for (const [probe, path] of [['startupProbe', '/startupz'], ['livenessProbe', '/livez'],
      ['readinessProbe', '/readyz']]) {
      const action = container[probe]?.httpGet;
      if (action?.path !== path || action.port !== 'admin') yield `${probe} must ask ${path} by HTTP`;
    }
  },
  * listeners(objects) {
    const { server, admin } = configOf(objects);
    const [container] = broker(objects).pod.containers;
    for (const [name, { listen }] of [['grpc', server], ['admin', admin]]) {
      const port = container.ports.find((each) => each.name === name)?.containerPort;
      if (listen !== `0.0.0.0:${port}`) yield `${name} listens at ${listen}, not at its port ${port}`;
    }
  },
  * reload(objects) {
    const { pod } = broker(objects);
    const mounts = containersOf(pod).flatMap(({ volumeMounts }) => volumeMounts ?? []);
    for (const { name, subPath, subPathExpr } of mounts) {
      if (subPath || subPathExpr) yield `${name} is mounted by subPath and would not reload`;
    }
    for (const name of ['token-broker-config', 'token-broker-policy']) {
      if (!find(objects, 'ConfigMap', name)) yield `${name} must keep its name, to reload live`;
    }
    if (!/-[a-z0-9]{10}$/.test(settingsOf(objects)?.metadata.name)) {
      yield 'the settings must carry a hash in their name, to restart the pods';
    }
    const sources = pod.volumes.find(({ name }) => name === 'providers')?.projected?.sources ?? [];
    if (sources.length === 0 || sources.some(({ secret }) => !secret || secret.items)) {
      yield 'the providers\' secrets must be whole, to take new keys';
    }
  },
  * secrets(objects) {
    const { pod } = broker(objects);
    if (!pod.securityContext.fsGroup) yield 'no fsGroup: the broker could not read its secrets';
    for (const { name, secret, projected } of pod.volumes) {
      const secretive = secret
        ?? (projected?.sources.some((s) => s.secret || s.serviceAccountToken) && projected);
      if (secretive && secretive.defaultMode !== 0o440) yield `${name} must have the mode 0440`;
    }
    for (const object of objects) {
      if (object.kind === 'Secret') yield `${nameOf(object)}: a secret is in the manifests`;
    }
  },
  * tokens(objects) {
    for (const { owner, pod } of workloads(objects)) {
      if (pod.automountServiceAccountToken !== false) yield `${nameOf(owner)}: mounts a token unasked`;
    }
    const asks = 'service_account_tokens' in configOf(objects).server;
    const own = broker(objects).pod.volumes.flatMap(({ projected }) => projected?.sources ?? [])
      .find(({ serviceAccountToken }) => serviceAccountToken)?.serviceAccountToken;
    const bound = objects.some(({ kind, roleRef }) => kind === 'ClusterRoleBinding'
      && roleRef.name === 'system:auth-delegator');
    if (asks && !(own && !own.audience && bound)) yield 'the broker may not ask for TokenReviews';
  },
  * resources(objects) {
    for (const { owner, pod } of workloads(objects)) {
      for (const { resources } of containersOf(pod)) {
        if (!resources?.limits?.memory) yield `${nameOf(owner)}: no memory limit`;
        if (!resources?.requests?.cpu || !resources.requests.memory) yield `${nameOf(owner)}: no requests`;
        if (resources?.limits?.cpu) yield `${nameOf(owner)}: a CPU limit throttles`;
      }
    }
  },
  * network(objects) {
    const main = find(objects, 'NetworkPolicy', 'token-broker');
    if (['Ingress', 'Egress'].some((type) => !main?.spec.policyTypes.includes(type))) {
      yield 'the NetworkPolicy must close both ways';
    }
    for (const { policy, peers, ports } of rulesOf(objects, 'ingress')) {
      if (!peers?.length || ports.length === 0) yield `${policy}: lets everybody in`;
      if (ports.includes(9464) && policy !== 'token-broker-metrics') yield `${policy}: opens 9464`;
    }
    const out = rulesOf(objects, 'egress');
    const blocks = out.flatMap(({ peers, ports }) =>
      (peers ?? [{ ipBlock: { cidr: '0.0.0.0/0' } }]).filter(({ ipBlock }) => ipBlock)
        .map(({ ipBlock }) => ({ ipBlock, ports })));
    for (const address of metadataAddresses) {
      if (blocks.some(({ ipBlock }) => holds(ipBlock, address))) yield `${address} can be reached`;
    }
    if (!blocks.some(({ ipBlock, ports }) => ports.includes(443) && holds(ipBlock, elsewhere))) {
      yield 'providers cannot be reached';
    }
    if (!out.some(({ ports }) => ports.includes(53))) yield 'no name can be resolved';
    for (const [, port] of settingsOf(objects).data.REDIS_URI.matchAll(/:(\d+)/g)) {
      if (!out.some(({ ports }) => ports.includes(Number(port)))) yield `Redis at ${port} is closed`;
    }
  },
  * service(objects) {
    const service = find(objects, 'Service', 'token-broker');
    if (service?.spec.clusterIP !== 'None') yield 'the Service token-broker must be headless';
    if (service?.spec.publishNotReadyAddresses) yield 'callers would be sent to what is not ready';
  },
};

// What only an overlay for production must keep.
const productionChecks = {
  * replicas(objects) {
    const set = find(objects, 'StatefulSet', 'token-broker');
    if (set?.spec.podManagementPolicy !== 'Parallel') yield 'the replicas must start in parallel';
    const keep = set?.spec.persistentVolumeClaimRetentionPolicy;
    if (keep?.whenScaled !== 'Retain' || keep.whenDeleted !== 'Retain') {
      yield 'a spill must outlive its pod';
    }
    const claim = set?.spec.volumeClaimTemplates?.find(({ metadata }) => metadata.name === 'spill');
    if (claim?.spec.resources.requests.storage !== '1Gi') yield 'the spill must have 1 GiB';
    const scaler = find(objects, 'HorizontalPodAutoscaler', 'token-broker');
    if (!(scaler?.spec.minReplicas >= 3)) yield 'three replicas at least';
    if (set?.spec.replicas !== undefined) yield 'an apply would undo the autoscaler\'s replicas';
    const budget = find(objects, 'PodDisruptionBudget', 'token-broker');
    if (budget?.spec.maxUnavailable !== 1) yield 'one replica at a time may be evicted';
  },
  * spread(objects) {
    const keys = (broker(objects).pod.topologySpreadConstraints ?? [])
      .map(({ topologyKey }) => topologyKey);
    for (const key of ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']) {
      if (!keys.includes(key)) yield `the replicas must spread over ${key}`;
    }
  },
  * image(objects) {
    const [{ image }] = broker(objects).pod.containers;
    if (!/(:(?!latest$)[^/:]+|@sha256:[0-9a-f]{64})$/.test(image)) yield 'the image must have a version';
  },
  * store(objects) {
    const { REDIS_URI: uri, ...settings } = settingsOf(objects).data;
    if (!uri.startsWith('rediss')) yield 'Redis must be reached by TLS';
    if (!(settings.REDIS_MIN_REPLICA_ACKS >= 1)) yield 'a failover of Redis could lose a rotation';
    if (settings.REDIS_CREATE !== 'false') yield 'an empty Redis must not become a store by itself';
  },
};

export function practiceProblems(objects, { production }) {
  return Object.values({ ...checks, ...production ? productionChecks : {} })
    .flatMap((check) => [...check(objects)]);
}
