// One Python process for all rows: a line out, a line back.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

// `folder` is where protoc may write.
export async function startPython(folder, address) {
  await promisify(execFile)('protoc', ['-I', here('../../proto'), `--python_out=${folder}`,
    'tokenbroker/v1/token_broker.proto', 'tokenbroker/v1/grant.proto', 'tokenbroker/rpc/v1/status.proto']);
  const child = spawn('/usr/bin/python3', ['-B', here('python_caller.py'), folder, address],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('the Python client has ended');
      return JSON.parse(value);
    },
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
