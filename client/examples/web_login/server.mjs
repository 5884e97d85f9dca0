// A login behind the caller's own web server: the user of this application connects an account, and
// the broker keeps the grant. Three routes of a service that has users already:
//
//   GET /login?return_to=/PATH   sends the user to the provider
//   GET /callback                where the provider sends the user back to
//   GET /                        who is connected
//
//   node server.mjs --broker ADDRESS --provider NAME --origin https://app.example.com --port N
//
// The origin's /callback must be among the provider's redirect_uris in the broker's configuration.
// HTTPS is the load balancer's; on one machine http://127.0.0.1:N will do.

import http from 'node:http';
import { parseArgs } from 'node:util';

import { BrokerError, call, connect } from '../node/token_broker.mjs';

// `__Host-`: sent by this host's pages over HTTPS only, and set by no other host (RFC 6265bis 4.1.3).
const LOGIN_COOKIE = '__Host-login';

const { values: options } = parseArgs({ options: {
  broker: { type: 'string', default: '127.0.0.1:8443' },
  provider: { type: 'string' },
  origin: { type: 'string' },
  port: { type: 'string', default: '0' },
} });
const broker = connect(options.broker);

const cookie = (request, name) => request.headers.cookie?.split(/; */)
  .find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);

// Stands for the application's own session: whoever is signed in to it.
const signedInUser = (request) => cookie(request, 'session');

// Only a path of ours: another site's address would make an open redirector of us.
const isOurPath = (path) => /^\/(?![/\\])[\x21-\x7e]*$/.test(path);

const escapeHtml = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function redirect(response, location, setCookie) {
  response.writeHead(302, { location, 'cache-control': 'no-store', ...(setCookie
    && { 'set-cookie': setCookie }) });
  response.end();
}

function page(response, status, title, text, again) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store', 'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer' });
  const link = again ? `<p><a href="${escapeHtml(again)}">Connect</a></p>` : '';
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}`
    + `</title><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${link}`);
}

const loginPath = (returnTo) => `/login?return_to=${encodeURIComponent(returnTo)}`;

async function login(request, response, url, user) {
  const returnTo = url.searchParams.get('return_to') ?? '/';
  const { login_uri: loginUri, state } = await call(broker, 'BuildLoginUri', {
    provider: options.provider,
    subject: user,
    redirect_uri: `${options.origin}/callback`,
    // Comes back with the grant, and with the error: no store of ours needs to remember it.
    caller_context: Buffer.from(isOurPath(returnTo) ? returnTo : '/'),
  });
  // Binds the login to this browser: nobody can be made to finish a login that another began.
  redirect(response, loginUri,
    `${LOGIN_COOKIE}=${state}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600`);
}

async function callback(request, response, user) {
  const { caller_context: context } = await call(broker, 'ExchangeCode', {
    callback_uri: `${options.origin}${request.url}`,
    browser_state: cookie(request, LOGIN_COOKIE),
    // Either would do: the browser that was sent away, or the user who began. What is given must fit.
    subject: user,
  });
  redirect(response, context.toString(),
    `${LOGIN_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`);
}

// What a user is shown when a login did not work.
function explain(response, error) {
  const context = Buffer.from(error.metadata.caller_context ?? '', 'base64url').toString();
  const again = loginPath(isOurPath(context) ? context : '/');
  switch (error.reason) {
    case 'LOGIN_DENIED':
      return page(response, 200, 'Not connected', 'You said no. Nothing was changed.', again);
    case 'LOGIN_NOT_BOUND':
    case 'LOGIN_NOT_FOUND':
    case 'LOGIN_ALREADY_USED':
      return page(response, 400, 'This login cannot go on',
        'It was begun in another browser, or too long ago.', again);
    case 'ACCOUNT_MISMATCH':
      return page(response, 409, 'Another account',
        'You are connected with another account already.', again);
    default:
      console.error(JSON.stringify({ event: 'login_failed', code: error.code,
        reason: error.reason }));
      return page(response, 502, 'The login failed', 'Please try again in a few minutes.', again);
  }
}

async function connection(response, user) {
  try {
    await call(broker, 'GetFreshToken', { provider: options.provider, subject: user });
    page(response, 200, 'Connected', `${options.provider} is connected.`);
  } catch (error) {
    if (!['GRANT_NOT_FOUND', 'REAUTHORIZATION_REQUIRED'].includes(error.reason)) throw error;
    page(response, 200, 'Not connected', `Connect ${options.provider} to go on.`, loginPath('/'));
  }
}

async function answer(request, response) {
  const url = new URL(request.url, options.origin);
  const user = signedInUser(request);
  if (!user) return page(response, 401, 'Sign in first', 'You are not signed in here.');
  try {
    if (request.method !== 'GET') return page(response, 405, 'Not so', 'Only GET.');
    if (url.pathname === '/login') return await login(request, response, url, user);
    if (url.pathname === '/callback') return await callback(request, response, user);
    if (url.pathname === '/') return await connection(response, user);
    return page(response, 404, 'Nothing here', 'There is no such page.');
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return explain(response, error);
  }
}

const server = http.createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(JSON.stringify({ event: 'failed', error: error.message }));
    if (!response.headersSent) page(response, 500, 'Something is wrong', 'Please try again.');
  });
});
server.listen(Number(options.port), '127.0.0.1', () => {
  options.origin ??= `http://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify({ event: 'listening', origin: options.origin }));
});
