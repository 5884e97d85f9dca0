// Holds one user's token by a stream: no call per use, and a new token as soon as there is one.
//
//   node watch_token.mjs ADDRESS PROVIDER SUBJECT [CA CERTIFICATE KEY]
//
// Prints what happens, a line each; ends when the broker refuses to be asked.

import { pathToFileURL } from 'node:url';

import { BrokerError, connect } from './token_broker.mjs';

// gRPC's codes that trying again does not mend.
const HOPELESS = ['INVALID_ARGUMENT', 'PERMISSION_DENIED', 'UNAUTHENTICATED', 'UNIMPLEMENTED'];
const LONGEST_PAUSE = 30_000;

export class TokenHolder {
  #broker;
  #request;
  #tell;
  #token;
  #state = 'GRANT_STATE_UNSPECIFIED';
  #stream;
  #failures = 0;
  #pause;

  // `tell(event)` hears of each token and state, and of the error that ended it all.
  constructor(broker, { provider, subject, tenant }, tell = () => {}) {
    this.#broker = broker;
    this.#request = { provider, subject, tenant };
    this.#tell = tell;
    this.#watch();
  }

  // The token, or undefined when there is none that is good; state() says why.
  token() {
    const { expire_time: expiry } = this.#token ?? {};
    const over = expiry && Number(expiry.seconds) * 1000 <= Date.now();
    return over ? undefined : this.#token?.access_token;
  }

  state() { return this.#state; }

  close() {
    clearTimeout(this.#pause);
    this.#stream.cancel();
  }

  #watch() {
    // What we have already is not sent again.
    const known_generation = this.#token?.generation ?? 0;
    this.#stream = this.#broker.WatchToken({ ...this.#request, known_generation });
    this.#stream.on('data', (message) => this.#take(message));
    this.#stream.on('error', (error) => this.#ended(new BrokerError(error)));
  }

  #take({ token, status }) {
    this.#failures = 0;
    if (token) {
      this.#token = token;
      this.#state = 'GRANT_STATE_ACTIVE';
      this.#tell({ token: token.generation });
      return;
    }
    this.#state = status.state;
    // The last token of a grant that must be authorized anew may be used until it expires.
    if (['GRANT_STATE_REVOKED', 'GRANT_STATE_ABSENT'].includes(status.state)) this.#token = undefined;
    this.#tell({ state: status.state, reason: status.state_reason });
  }

  // The broker restarts, a connection is cut: that is no event. The pause grows, and is drawn by
  // lot, so that many watchers do not come back at once.
  #ended(error) {
    if (error.code === 'CANCELLED') return;
    if (HOPELESS.includes(error.code)) {
      this.#tell({ error: error.reason ?? error.code });
      return;
    }
    const pause = Math.random() * Math.min(LONGEST_PAUSE, 100 * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 20);
    this.#pause = setTimeout(() => this.#watch(), pause);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [address, provider, subject, ca, certificate, key] = process.argv.slice(2);
  const broker = connect(address, ca && { ca, certificate, key });
  const holder = new TokenHolder(broker, { provider, subject }, (event) => {
    console.log(JSON.stringify(event));
    if (event.error) process.exit(1);
    // The user's turn: somebody must send them to the login.
    if (event.state === 'GRANT_STATE_REAUTHORIZATION_REQUIRED') {
      console.log(JSON.stringify({ log_in_again: subject, good_until_then: Boolean(holder.token()) }));
    }
  });
}
