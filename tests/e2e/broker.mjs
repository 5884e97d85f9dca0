// Starts a token-broker and stops it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve as absolute } from 'node:path';
import { createInterface } from 'node:readline';

// Resolves when the broker listens. `log()` is all that it wrote so far; stop() sends SIGTERM, or
// another signal, and resolves to its exit code, or to the signal when that ended it. With
// `coreDumps` the shell's limit allows them, in the folder `cwd`.
export async function startBroker(binary, configFile, { cwd, coreDumps = false } = {}) {
  const words = [absolute(binary), '--config', configFile];
  const [program, ...rest] = coreDumps
    ? ['/bin/sh', '-c', 'ulimit -c unlimited; exec "$0" "$@"', ...words] : words;
  const child = spawn(program, rest, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const addresses = {};
  // When both streams are read to their ends, too.
  const exited = once(child, 'close');
  await new Promise((resolve, reject) => {
    exited.then(([code]) => reject(new Error(
      `token-broker exited with ${code} before it listened:\n${lines.join('\n')}`)));
    child.once('error', reject);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const event = parse(line);
        if (event?.event === 'listening') addresses[event.name] = event.address;
        if (addresses.grpc && addresses.admin) resolve();
      });
    }
  });
  return {
    address: addresses.grpc,
    admin: addresses.admin,
    pid: child.pid,
    log: () => lines.join('\n'),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const [code, ending] = await exited;
      return code ?? ending;
    },
  };
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
