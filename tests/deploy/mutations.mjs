// Mistakes planted into the production overlay, and what must be said of each. A mistake that is not
// found means that a check does not check.

import { parse, stringify } from 'yaml';

import { find } from './render.mjs';

// Walks "spec.template.spec.containers.0.image"; sets the value, or removes what has none.
function set(object, path, value) {
  const keys = path.split('.');
  const last = keys.pop();
  let at = object;
  for (const key of keys) at = at[key] ??= {};
  if (value === undefined) delete at[last];
  else at[last] = value;
}

const on = (kind, name, path, value) => (objects) => set(find(objects, kind, name), path, value);
const pod = (path, value) => on('StatefulSet', 'token-broker', `spec.template.spec.${path}`, value);
const container = (path, value) => pod(`containers.0.${path}`, value);
const security = (path, value) => container(`securityContext.${path}`, value);
const scaler = (path, value) => on('HorizontalPodAutoscaler', 'token-broker', path, value);
const policy = (path, value) => on('NetworkPolicy', 'token-broker', path, value);
const claim = (path, value) => on('StatefulSet', 'token-broker', path, value);
const volume = (name, change) => (objects) =>
  change(find(objects, 'StatefulSet', 'token-broker').spec.template.spec.volumes
    .find((each) => each.name === name));
const config = (change) => (objects) => {
  const { data } = find(objects, 'ConfigMap', 'token-broker-config');
  const content = parse(data['config.yaml']);
  change(content);
  data['config.yaml'] = stringify(content);
};
const setting = (name, value) => (objects) => {
  objects.find(({ metadata }) => metadata.name.startsWith('token-broker-settings')).data[name] = value;
};
const rename = (kind, from, to) => (objects) => { find(objects, kind, from).metadata.name = to; };
const drop = (kind, name) => (objects) => {
  objects.splice(objects.indexOf(find(objects, kind, name)), 1);
};

export const schema = [
  ['a field that nobody knows', container('imagePullPolice', 'Always'), /imagePullPolice/],
  ['a field at the wrong depth', claim('spec.containers', []), /containers.* does not exist/],
  ['a text for a number', pod('terminationGracePeriodSeconds', '60'), /must be integer/],
  ['a word that is none of the allowed', claim('spec.podManagementPolicy', 'Together'),
    /must be equal to one of the allowed/],
  ['a missing required field', on('Service', 'token-broker', 'spec.ports.0.port', undefined),
    /must have required property port/],
  ['an unknown field of the autoscaler', scaler('spec.minimum', 3), /minimum/],
  ['a wrong API version', (objects) => { find(objects, 'PodDisruptionBudget', 'token-broker')
    .apiVersion = 'policy/v2'; }, /no schema of policy\/v2/],
  ['an unknown field of a Certificate', on('Certificate', 'token-broker', 'spec.dnsName', 'a'),
    /dnsName/],
  ['an unknown usage of a Certificate', on('Certificate', 'token-broker', 'spec.usages', ['serving']),
    /usages\/0|serving/],
  ['an unknown field of a ServiceMonitor', on('ServiceMonitor', 'token-broker',
    'spec.endpoints.0.every', '15s'), /every/],
  ['an alert without expression', on('PrometheusRule', 'token-broker', 'spec.groups.0.rules',
    [{ alert: 'A' }]), /expr/],
];

export const others = [
  ['host network', pod('hostNetwork', true), /restricted: Host Namespaces/],
  ['a folder of the node', volume('config', (v) => { v.hostPath = { path: '/' }; }),
    /restricted: HostPath Volumes/],
  ['a kind of volume', volume('config', (v) => { delete v.projected; v.nfs = {}; }),
    /restricted: Volume Types/],
  ['an unsafe sysctl', pod('securityContext.sysctls', [{ name: 'kernel.msgmax', value: '1' }]),
    /restricted: Sysctls/],
  ['a process of a Windows host', security('windowsOptions', { hostProcess: true }),
    /restricted: HostProcess/],
  ['privileged', security('privileged', true), /restricted: Privileged Containers/],
  ['a port of the host', container('ports.0.hostPort', 8443), /restricted: Host Ports/],
  ['a probe of another host', container('livenessProbe.httpGet.host', '10.0.0.1'),
    /restricted: Host Probes/],
  ['no AppArmor', security('appArmorProfile', { type: 'Unconfined' }), /restricted: AppArmor/],
  ['an SELinux type', security('seLinuxOptions', { type: 'spc_t' }), /restricted: SELinux/],
  ['an unmasked /proc', security('procMount', 'Unmasked'), /restricted: \/proc Mount Type/],
  ['privilege escalation left open', security('allowPrivilegeEscalation', undefined),
    /restricted: Privilege Escalation/],
  ['root allowed', pod('securityContext.runAsNonRoot', undefined), /restricted: Running as Non-root /],
  ['the user 0', security('runAsUser', 0), /restricted: Running as Non-root user/],
  ['no seccomp profile', pod('securityContext.seccompProfile', undefined), /restricted: Seccomp/],
  ['seccomp off in a container', security('seccompProfile', { type: 'Unconfined' }),
    /restricted: Seccomp/],
  ['capabilities kept', security('capabilities.drop', ['NET_RAW']), /restricted: Capabilities/],
  ['a capability added', security('capabilities.add', ['SYS_PTRACE']), /restricted: Capabilities/],
  ['an init container without security', pod('initContainers', [{ name: 'init', image: 'a:1' }]),
    /restricted: Capabilities \(init\)/],

  ['a Secret that nobody brings', volume('keyring', (v) => { v.secret.secretName = 'keyring'; }),
    /there is no Secret\/keyring/],
  ['a ConfigMap that is not there', drop('ConfigMap', 'token-broker-policy'),
    /there is no ConfigMap\/token-broker-policy/],
  ['a service account that is not there', pod('serviceAccountName', 'broker'),
    /there is no ServiceAccount\/broker/],
  ['a mount without a volume', container('volumeMounts.0.name', 'configuration'), /no volume config/],
  ['an autoscaler of nothing', scaler('spec.scaleTargetRef.kind', 'Deployment'),
    /there is no Deployment\/token-broker/],
  ['pods that their owner does not select', claim('spec.template.metadata.labels', { app: 'a' }),
    /selects not its own pods/],
  ['a Service without pods', on('Service', 'token-broker', 'spec.selector', { app: 'a' }),
    /Service\/token-broker: selects no pod/],
  ['a budget without pods', on('PodDisruptionBudget', 'token-broker', 'spec.selector.matchLabels',
    { app: 'a' }), /PodDisruptionBudget\/token-broker: selects no pod/],
  ['a NetworkPolicy without pods', policy('spec.podSelector.matchLabels', { app: 'a' }),
    /NetworkPolicy\/token-broker: selects no pod/],
  ['a Service for no port', on('Service', 'token-broker', 'spec.ports.0.targetPort', 'rpc'),
    /no port rpc/],
  ['a probe of no port', container('readinessProbe.httpGet.port', 'http'), /asks at no port/],
  ['a monitor of no port', on('ServiceMonitor', 'token-broker', 'spec.endpoints.0.port', 'metrics'),
    /no Service with the port metrics/],
  ['an object in another namespace', on('Service', 'token-broker', 'metadata.namespace', 'default'),
    /is in another namespace/],
  ['rights for another namespace', on('ClusterRoleBinding', 'token-broker-token-review',
    'subjects.0.namespace', 'default'), /names another namespace/],
  ['a certificate for other names', on('Certificate', 'token-broker', 'spec.dnsNames', ['a.b.svc']),
    /is not for the Service token-broker/],

  ['too short a grace', pod('terminationGracePeriodSeconds', 35), /grace must be over 35/],
  ['a longer drain than the grace', config((c) => { c.server.drain_timeout = '2m'; }),
    /grace must be over 125/],
  ['no pause before SIGTERM', container('lifecycle', undefined), /no pause/],
  ['a gRPC probe', container('livenessProbe', { grpc: { port: 8443 } }), /livenessProbe must ask/],
  ['an admin listener on loopback', config((c) => { c.admin.listen = '127.0.0.1:9464'; }),
    /admin listens at/],
  ['a mount by subPath', container('volumeMounts.0.subPath', 'config.yaml'), /by subPath/],
  ['a hash for what reloads live', rename('ConfigMap', 'token-broker-config',
    'token-broker-config-abcdefghij'), /token-broker-config must keep its name/],
  ['chosen keys of the secrets', volume('providers', (v) => {
    v.projected.sources[0].secret.items = [{ key: 'spotify', path: 'spotify' }]; }), /must be whole/],
  ['a key that everybody may read', volume('keyring', (v) => { v.secret.defaultMode = 0o444; }),
    /keyring must have the mode 0440/],
  ['secrets that only root reads', pod('securityContext.fsGroup', undefined), /no fsGroup/],
  ['a secret in Git', (objects) => objects.push({ kind: 'Secret', apiVersion: 'v1',
    metadata: { name: 'a', namespace: 'auth' } }), /a secret is in the manifests/],
  ['a token by automount', pod('automountServiceAccountToken', undefined), /mounts a token unasked/],
  ['no right to ask', drop('ClusterRoleBinding', 'token-broker-token-review'), /may not ask/],
  ['a CPU limit', container('resources.limits.cpu', '1'), /CPU limit/],
  ['no memory limit', container('resources.limits', undefined), /no memory limit/],
  ['no requests', container('resources.requests', undefined), /no requests/],
  ['egress left open', policy('spec.policyTypes', ['Ingress']), /close both ways/],
  ['ingress for everybody', policy('spec.ingress.0.from', undefined), /lets everybody in/],
  ['metrics for callers', policy('spec.ingress.0.ports.0.port', 9464), /opens 9464/],
  ['the machine\'s credentials', policy('spec.egress.1.to.0.ipBlock.except', []),
    /169\.254\.169\.254 can be reached/],
  ['the machine\'s credentials by IPv6', policy('spec.egress.1.to.1.ipBlock.except', []),
    /fd00:ec2::254 can be reached/],
  ['egress to everywhere', policy('spec.egress.1.to', undefined), /can be reached/],
  ['no way to providers', policy('spec.egress.1.ports', [{ port: 80 }]), /providers cannot/],
  ['no way to DNS', policy('spec.egress.0.ports', [{ port: 80 }]), /no name can be resolved/],
  ['another port of Redis', setting('REDIS_URI', 'rediss://r:6390'), /Redis at 6390 is closed/],
  ['a Service with an address', on('Service', 'token-broker', 'spec.clusterIP', undefined),
    /must be headless/],
  ['callers sent to what starts', on('Service', 'token-broker', 'spec.publishNotReadyAddresses', true),
    /not ready/],

  ['one replica after the other', claim('spec.podManagementPolicy', 'OrderedReady'), /in parallel/],
  ['a spill deleted at scale-down', claim('spec.persistentVolumeClaimRetentionPolicy.whenScaled',
    'Delete'), /outlive/],
  ['no volume for the spill', claim('spec.volumeClaimTemplates', []), /must have 1 GiB/],
  ['two replicas', scaler('spec.minReplicas', 2), /three replicas/],
  ['replicas beside an autoscaler', claim('spec.replicas', 3), /undo the autoscaler/],
  ['no eviction at all', on('PodDisruptionBudget', 'token-broker', 'spec.maxUnavailable', 0),
    /one replica at a time/],
  ['all replicas on a node', pod('topologySpreadConstraints', []), /spread over kubernetes/],
  ['the newest image', container('image', 'a/token-broker:latest'), /must have a version/],
  ['an image without version', container('image', 'a:5000/token-broker'), /must have a version/],
  ['Redis in plaintext', setting('REDIS_URI', 'redis://r:6379'), /by TLS/],
  ['no acknowledgement', setting('REDIS_MIN_REPLICA_ACKS', '0'), /lose a rotation/],
  ['an empty Redis taken', setting('REDIS_CREATE', 'true'), /by itself/],
];
