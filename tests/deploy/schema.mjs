// Checks objects against Kubernetes' own schemas, strictly. Two readings of the same OpenAPI
// documents, as neither is enough alone: the models' validators know patterns, required fields and
// types, but let unknown fields pass; TypeScript takes an object literal only if each of its fields
// is known, but knows no patterns.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

import { nameOf } from './render.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const extensions = {
  'cert-manager.io': '@kubernetes-models/cert-manager',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

function moduleOf({ apiVersion, kind }) {
  const own = extensions[apiVersion.split('/')[0]];
  return `${own ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

// Its class, or nothing. The older packages name no exports, so that their files' endings count.
async function modelOf(object) {
  for (const ending of ['', '.mjs']) {
    try {
      return (await import(`${moduleOf(object)}${ending}`))[object.kind];
    } catch (error) {
      if (!['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED',
        'ERR_UNSUPPORTED_DIR_IMPORT'].includes(error.code)) throw error;
    }
  }
  return undefined;
}

function byValidator(object, Model) {
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return (error.errors ?? [error]).map(({ instancePath, message }) =>
      `${nameOf(object)}: schema: ${instancePath ?? ''} ${message}`);
  }
}

// One compilation for all of them, as it has to read thousands of declarations.
function byType(objects) {
  const sources = new Map(objects.map((object, index) => [join(here, `object_${index}.ts`),
    `import type { I${object.kind} } from "${moduleOf(object)}";\n`
    + `export const object: I${object.kind} = ${JSON.stringify(object, undefined, 1)};\n`]));
  const options = { strict: true, noEmit: true, skipLibCheck: true, types: [],
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler };
  const host = ts.createCompilerHost(options);
  const fallback = { read: host.getSourceFile.bind(host), exists: host.fileExists.bind(host) };
  host.getSourceFile = (file, ...rest) => (sources.has(file)
    ? ts.createSourceFile(file, sources.get(file), options.target) : fallback.read(file, ...rest));
  host.fileExists = (file) => sources.has(file) || fallback.exists(file);
  const program = ts.createProgram([...sources.keys()], options, host);
  const files = [...sources.keys()];
  return ts.getPreEmitDiagnostics(program).map((found) => {
    const object = found.file && objects[files.indexOf(found.file.fileName)];
    return { object, text: `${object ? nameOf(object) : 'all'}: type: `
      + ts.flattenDiagnosticMessageText(found.messageText, ' ').replace(/\s+/g, ' ').slice(0, 400) };
  });
}

// What is wrong, for each of the lists of objects.
export async function schemaProblems(lists) {
  const models = new Map();
  for (const object of lists.flat()) models.set(object, await modelOf(object));
  const types = byType([...models.keys()].filter((object) => models.get(object)));
  const everywhere = types.filter(({ object }) => !object).map(({ text }) => text);
  return lists.map((list) => [...everywhere, ...list.flatMap((object) => {
    const model = models.get(object);
    if (!model) {
      return [`${nameOf(object)}: schema: no schema of ${object.apiVersion} ${object.kind}`];
    }
    return [...byValidator(object, model),
      ...types.filter((found) => found.object === object).map(({ text }) => text)];
  })]);
}
