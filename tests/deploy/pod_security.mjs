// The Pod Security Standards' profile `restricted` (and `baseline`, which it includes), one entry
// for each of the standard's controls, under its name there.

import { containersOf, nameOf, workloads } from './render.mjs';

const allowedVolumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral',
  'persistentVolumeClaim', 'projected', 'secret'];
const safeSysctls = ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'];
const seLinuxTypes = [undefined, '', 'container_t', 'container_init_t', 'container_kvm_t',
  'container_engine_t'];
const appArmorTypes = [undefined, 'RuntimeDefault', 'Localhost'];
const seccompTypes = ['RuntimeDefault', 'Localhost'];

// A container may say it, or the pod for all that do not.
const both = (pod, container, key) => container.securityContext?.[key] ?? pod.securityContext?.[key];

const handlers = (container) => ['livenessProbe', 'readinessProbe', 'startupProbe']
  .map((probe) => container[probe])
  .concat(container.lifecycle?.preStop, container.lifecycle?.postStart).filter(Boolean);

// Each answers whether the pod, or the container in it, keeps the control.
const ofPod = {
  'Host Namespaces': (pod) => !pod.hostNetwork && !pod.hostPID && !pod.hostIPC,
  'HostPath Volumes': (pod) => !pod.volumes?.some((volume) => volume.hostPath),
  Sysctls: (pod) => (pod.securityContext?.sysctls ?? [])
    .every(({ name }) => safeSysctls.includes(name)),
  'Volume Types': (pod) => (pod.volumes ?? []).every((volume) => Object.keys(volume)
    .every((key) => key === 'name' || allowedVolumes.includes(key))),
};
const ofContainer = {
  HostProcess: (pod, container) => !both(pod, container, 'windowsOptions')?.hostProcess,
  'Privileged Containers': (pod, { securityContext }) => !securityContext?.privileged,
  'Host Ports': (pod, { ports }) => (ports ?? []).every(({ hostPort }) => !hostPort),
  'Host Probes / Lifecycle Hooks': (pod, container) => handlers(container)
    .every((handler) => !handler.httpGet?.host && !handler.tcpSocket?.host),
  AppArmor: (pod, container) => [pod, container]
    .every((at) => appArmorTypes.includes(at.securityContext?.appArmorProfile?.type)),
  SELinux: (pod, container) => [pod, container].map((at) => at.securityContext?.seLinuxOptions)
    .every((options) => seLinuxTypes.includes(options?.type) && !options?.user && !options?.role),
  '/proc Mount Type': (pod, { securityContext }) =>
    [undefined, 'Default'].includes(securityContext?.procMount),
  'Privilege Escalation': (pod, { securityContext }) =>
    securityContext?.allowPrivilegeEscalation === false,
  'Running as Non-root': (pod, container) => both(pod, container, 'runAsNonRoot') === true,
  'Running as Non-root user': (pod, container) =>
    [pod, container].every((at) => at.securityContext?.runAsUser !== 0),
  Seccomp: (pod, container) => {
    const types = [pod, container].map((at) => at.securityContext?.seccompProfile?.type)
      .filter((type) => type !== undefined);
    return types.length > 0 && types.every((type) => seccompTypes.includes(type));
  },
  Capabilities: (pod, { securityContext }) => {
    const { add = [], drop = [] } = securityContext?.capabilities ?? {};
    return drop.includes('ALL') && add.every((name) => name === 'NET_BIND_SERVICE');
  },
};

export function podSecurityProblems(objects) {
  const broken = (controls, ...subject) => Object.entries(controls)
    .filter(([, keeps]) => !keeps(...subject)).map(([control]) => control);
  return workloads(objects).flatMap(({ owner, pod }) => [
    ...broken(ofPod, pod).map((control) => `${nameOf(owner)}: restricted: ${control}`),
    ...containersOf(pod).flatMap((container) => broken(ofContainer, pod, container)
      .map((control) => `${nameOf(owner)}: restricted: ${control} (${container.name})`)),
  ]);
}
