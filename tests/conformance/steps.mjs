// What a row does: tells the simulator, sends a browser, asks the broker. What comes of it is in
// `seen` under the step's name; a refusal too, with ok false, code, reason and metadata.

import { setTimeout as sleep } from 'node:timers/promises';

import { BrokerError, millis } from '../e2e/node_client.mjs';

// Of the first token of `shortLogin`, in seconds. A tenth of it must pass before a refresh.
const shortLife = 1.2;

const step = (text, run) => ({ text, run });
// A value, or what a function makes of what was seen.
const resolve = (value, seen, place) => (typeof value === 'function' ? value(seen, place) : value);

async function outcome(promise) {
  try {
    return { ok: true, ...await promise };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { ok: false, message: error.message, ...error };
  }
}

// RPC `name` about the row's grant.
export const call = (name, request = {}, as = 'answer', options = {}) => step(
  `${name} ${typeof request === 'function' ? '' : JSON.stringify(request)}`,
  async ({ client, row, seen, subjects, simulator }) => {
    const asked = { provider: row.id, subject: 'alice', ...resolve(request, seen, { simulator }) };
    if (asked.subject) subjects.add(asked.subject);
    seen[as] = await outcome(client.call(name, asked, options));
  });

export const tell = (settings, issuer) => step(`simulator: ${JSON.stringify(settings)}`,
  ({ simulator, seen }) => simulator.configure(resolve(settings, seen), issuer));

// The next request to `endpoint` (token, if not said) is answered so.
export const fault = (content) => step(
  `simulator: ${typeof content === 'function' ? 'a scripted answer' : JSON.stringify(content)}`,
  ({ simulator, seen, row }) => simulator.addFault(resolve(content, seen, { simulator, row })));

export const answer = (body, { status = 200, headers = {}, ...rest } = {}) => fault((seen, place) => ({
  status, headers: { 'Content-Type': 'application/json', ...headers }, ...rest,
  body: resolve(body, seen, place) }));

export const errorAnswer = (error, status = 400, rest = {}) => fault({ status,
  headers: { 'Content-Type': 'application/json' }, body: { error }, ...rest });

// BuildLoginUri, and its login_uri taken apart.
export const begin = (request = {}, as = 'begun') => step(
  `BuildLoginUri ${typeof request === 'function' ? '' : JSON.stringify(request)}`,
  async ({ client, row, seen, subjects }) => {
    const asked = { provider: row.id, subject: 'alice', ...resolve(request, seen) };
    subjects.add(asked.subject);
    const begun = await outcome(client.call('BuildLoginUri', asked));
    if (begun.ok) {
      const uri = new URL(begun.login_uri);
      begun.endpoint = uri.origin + uri.pathname;
      begun.queryText = uri.search.slice(1);
      begun.names = [...uri.searchParams.keys()];
      begun.query = Object.fromEntries(uri.searchParams);
    }
    seen[as] = begun;
  });

// The browser follows the login URI to the page of the application.
export const browse = ({ from = 'begun', as = 'callback', uri } = {}) => step('the user logs in',
  async ({ seen }) => {
    const response = await fetch(uri ? uri(seen) : seen[from].login_uri, { redirect: 'manual' });
    const location = response.headers.get('location');
    if (!location) throw new Error(`the login page answered ${response.status}`);
    const url = new URL(location);
    seen[as] = { href: url.href, queryText: url.search.slice(1),
      query: Object.fromEntries(url.searchParams) };
  });

// ExchangeCode with the browser's callback, or with what `request` makes of it.
export const finish = (request = {}, as = 'login', { begun = 'begun', callback = 'callback' } = {}) =>
  step('ExchangeCode', async ({ client, seen }) => {
    const asked = { callback_uri: seen[callback]?.href, browser_state: seen[begun].state,
      ...resolve(request, seen) };
    seen[as] = await outcome(client.call('ExchangeCode', asked));
    seen[as].time = Date.now();
    describeToken(seen[as]);
  });

// The whole login; `as` is its name, `begun` and `callback` as the steps have them.
export const logIn = (request = {}, as = 'login') =>
  [begin(request), browse(), finish({}, as)];

// A login whose token may soon be refreshed, by tokens of an hour.
export const shortLogin = (request = {}) => [
  tell({ access_token_lifetime: shortLife }), ...logIn(request), tell({ access_token_lifetime: 3600 })];

function describeToken(result) {
  const token = result.token;
  if (!token) return;
  result.life = token.expire_time
    ? Math.round((millis(token.expire_time) - Date.now()) / 1000) : undefined;
  token.generation = Number(token.generation);
}

// GetFreshToken.
export const ask = (request = {}, as = 'token') => step('GetFreshToken',
  async ({ client, row, seen }) => {
    seen[as] = await outcome(client.call('GetFreshToken',
      { provider: row.id, subject: 'alice', ...resolve(request, seen) }));
    describeToken(seen[as]);
  });

// GetFreshToken for longer than the short token lives, once that is old enough: a refresh.
export const refresh = (as = 'token', request = {}) => [
  pause(shortLife * 100 + 30), ask({ min_ttl: { seconds: 30 }, ...request }, as)];

// RefreshGrant, which needs no min_ttl.
export const refreshGrant = (as = 'refreshed') => [
  pause(shortLife * 100 + 80), call('RefreshGrant', {}, as)];

export const pause = (milliseconds) => step(`after ${milliseconds} ms`, () => sleep(milliseconds));

// Asks again until `done`, at most `limit` ms.
export const until = (text, done, limit = 10_000) => step(`until ${text}`, async (place) => {
  for (const end = Date.now() + limit; Date.now() < end; await sleep(50)) {
    if (await done(place)) return;
  }
  throw new Error(`never: ${text}`);
});

// Anything else; what it returns is in `seen` under `as`.
export const also = (text, as, run) => step(text, async (place) => {
  place.seen[as] = await run(place);
});

// What `token-broker --check` says of the row's section.
export const checkConfiguration = () => step('token-broker --check', ({ world, row, seen }) => {
  const { code, lines } = world.complaints[row.id];
  seen.check = { code, line: lines[0] };
});
