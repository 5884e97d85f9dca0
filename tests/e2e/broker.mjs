// Starts a token-broker and stops it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

// Resolves when the broker listens. `log()` is all that it wrote so far; stop() sends SIGTERM and
// resolves to its exit code.
export async function startBroker(binary, configFile) {
  const child = spawn(binary, ['--config', configFile], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const exited = once(child, 'exit');
  const address = await new Promise((resolve, reject) => {
    exited.then(([code]) => reject(new Error(
      `token-broker exited with ${code} before it listened:\n${lines.join('\n')}`)));
    child.once('error', reject);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const event = parse(line);
        if (event?.event === 'listening' && event.name === 'grpc') resolve(event.address);
      });
    }
  });
  return {
    address,
    log: () => lines.join('\n'),
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
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
