// The Kubernetes manifests without a cluster: they render, every object keeps Kubernetes' schemas to
// the letter, pods keep the restricted Pod Security Standard, what they name exists, and what the
// broker needs is so. Then mistakes are planted, and each must be found.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, suite, test } from 'node:test';

import { others, schema } from './mutations.mjs';
import { podSecurityProblems } from './pod_security.mjs';
import { practiceProblems } from './practice.mjs';
import { broughtSecrets, referenceProblems } from './references.mjs';
import { find, read, render, renderOver } from './render.mjs';
import { schemaProblems } from './schema.mjs';

const overlays = ['overlays/dev', 'overlays/production', 'examples/overlay'];

suite('the manifests', () => {
  const rendered = new Map();
  const inSchema = new Map();
  const planted = [];

  before(async () => {
    for (const each of ['base', ...overlays]) rendered.set(each, render(each));
    rendered.set('examples/caller.yaml', read('examples/caller.yaml'));
    planted.push(...schema.map(([, plant]) => mutated(plant)));
    const problems = await schemaProblems([...rendered.values(), ...planted]);
    [...rendered.keys(), ...schema.map(([name]) => name)]
      .forEach((name, index) => inSchema.set(name, problems[index]));
  });

  function mutated(plant) {
    const objects = structuredClone(rendered.get('overlays/production'));
    plant(objects);
    return objects;
  }

  for (const each of ['base', ...overlays, 'examples/caller.yaml']) {
    test(`${each} keeps the schemas`, () => assert.deepEqual(inSchema.get(each), []));
    test(`${each} keeps the restricted Pod Security Standard`, () =>
      assert.deepEqual(podSecurityProblems(rendered.get(each)), []));
  }
  for (const each of overlays) {
    test(`${each} names what exists`, () =>
      assert.deepEqual(referenceProblems(rendered.get(each)), []));
    test(`${each} is as the broker needs it`, () => assert.deepEqual(
      practiceProblems(rendered.get(each), { production: each !== 'overlays/dev' }), []));
  }

  // A pod is replaced when its owner's template changes, and only then.
  const replicas = (objects) => find(objects, 'StatefulSet', 'token-broker');

  test('a changed setting replaces the pods', () => assert.notDeepEqual(
    replicas(renderOver('overlays/production', `configMapGenerator:
  - name: token-broker-settings
    behavior: merge
    literals: [ QUOTA_WATCHES=2000 ]
`)).spec.template, replicas(rendered.get('overlays/production')).spec.template));

  test('changed providers and rules touch no pod', () => {
    const changed = renderOver('overlays/production', `configMapGenerator:
  - name: token-broker-config
    behavior: replace
    files: [ config.yaml ]
    options: { disableNameSuffixHash: true }
  - name: token-broker-policy
    behavior: replace
    files: [ policy.yaml ]
    options: { disableNameSuffixHash: true }
`, { 'config.yaml': 'providers: {}', 'policy.yaml': 'rules: []' });
    assert.equal(find(changed, 'ConfigMap', 'token-broker-policy').data['policy.yaml'], 'rules: []');
    assert.deepEqual(replicas(changed), replicas(rendered.get('overlays/production')));
  });

  test('another namespace is in the certificate, too', () => {
    const moved = renderOver('overlays/production', `namespace: elsewhere
replacements:
  - source: { kind: Service, name: token-broker, fieldPath: metadata.namespace }
    targets:
      - select: { kind: Certificate, name: token-broker }
        fieldPaths: [ "spec.dnsNames.*" ]
        options: { delimiter: ".", index: 1 }
`);
    assert.deepEqual(referenceProblems(moved), []);
    assert.equal(find(moved, 'Namespace', 'elsewhere')?.kind, 'Namespace');
  });

  test('the page for operators lists the Secrets to bring', () => {
    const page = readFileSync(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| `([\w-]+)` \|.*\| (you|`tbctl)/gm)].map(([, name]) => name);
    assert.deepEqual(listed.sort(), [...broughtSecrets].sort());
  });

  for (const [name, , expected] of schema) {
    test(`finds ${name}`, () => assert.match(inSchema.get(name).join('\n'), expected));
  }
  for (const [name, plant, expected] of others) {
    test(`finds ${name}`, () => {
      const objects = mutated(plant);
      assert.match([podSecurityProblems(objects), referenceProblems(objects),
        practiceProblems(objects, { production: true })].flat().join('\n'), expected);
    });
  }
});
