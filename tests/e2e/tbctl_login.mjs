// Runs `tbctl login` as a user at a terminal would.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

// Resolves when it waits for the browser. `uri` is where it sends the user, `redirectUri` where the
// browser comes back to; paste() types a line; `ended` resolves to its exit code, `text()` is all
// that it printed; kill() ends it.
export async function startLogin(tbctl, address, provider, subject, ...more) {
  const child = spawn(tbctl, ['--address', address, 'login', provider, '--subject', subject,
    '--no-browser', ...more]);
  let printed = '';
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const waits = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        printed += text;
        if (/^Waiting/m.test(printed)) resolve();
      });
    }
    ended.then((code) => reject(new Error(`tbctl ended with ${code}:\n${printed}`)));
  });
  await waits;
  const uri = printed.match(/^ *(https?:\S+)$/m)[1];
  return {
    uri,
    redirectUri: new URL(uri).searchParams.get('redirect_uri'),
    text: () => printed,
    paste: (line) => child.stdin.write(`${line}\n`),
    ended,
    kill: () => child.kill(),
  };
}
