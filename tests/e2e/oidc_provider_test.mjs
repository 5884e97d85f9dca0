// The authorization server and the login driver by themselves: what the end-to-end test relies on.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { logIn } from './login.mjs';
import { client, startProvider } from './oidc_provider.mjs';

let provider;
let metadata;
before(async () => {
  provider = await startProvider();
  const answer = await fetch(`${provider.issuer}/.well-known/openid-configuration`);
  metadata = await answer.json();
});
after(() => provider.stop());

const verifier = randomBytes(32).toString('base64url');

function loginUri(changes = {}) {
  const uri = new URL(metadata.authorization_endpoint);
  const parameters = {
    client_id: client.client_id, redirect_uri: provider.redirectUri, response_type: 'code',
    scope: 'openid offline_access', prompt: 'consent', state: 'the-state', nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256', ...changes,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) uri.searchParams.set(name, value);
  }
  return uri.href;
}

async function tokenRequest(parameters, encode = encodeURIComponent) {
  const credentials = `${encode(client.client_id)}:${encode(client.client_secret)}`;
  const answer = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams(parameters),
  });
  return { status: answer.status, body: await answer.json() };
}

async function exchange() {
  const callback = new URL(await logIn(loginUri()));
  return tokenRequest({ grant_type: 'authorization_code', redirect_uri: provider.redirectUri,
    code: callback.searchParams.get('code'), code_verifier: verifier });
}

const refresh = (token) => tokenRequest({ grant_type: 'refresh_token', refresh_token: token });

test('a login through the pages comes back with code, state and iss', async () => {
  const callback = new URL(await logIn(loginUri()));
  assert.equal(callback.origin + callback.pathname, provider.redirectUri);
  assert.ok(callback.searchParams.get('code'));
  assert.equal(callback.searchParams.get('state'), 'the-state');
  assert.equal(callback.searchParams.get('iss'), provider.issuer);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
});

test('a login without PKCE is refused', async () => {
  const callback = new URL(await logIn(
    loginUri({ code_challenge: undefined, code_challenge_method: undefined })));
  assert.equal(callback.searchParams.get('error'), 'invalid_request');
});

test('a code buys a token of a few seconds that names the user who logged in', async () => {
  const { status, body } = await exchange();
  assert.equal(status, 200);
  assert.equal(body.expires_in, 5);
  const user = await fetch(metadata.userinfo_endpoint,
    { headers: { authorization: `Bearer ${body.access_token}` } });
  assert.deepEqual(await user.json(), { sub: 'alice' });
});

test('every refresh rotates, and a second use revokes the family', async () => {
  const first = (await exchange()).body.refresh_token;
  const second = (await refresh(first)).body.refresh_token;
  assert.ok(second && second !== first);
  const third = (await refresh(second)).body.refresh_token;
  assert.ok(third && third !== second);
  const revokedBefore = provider.seen.familiesRevoked;
  assert.equal((await refresh(first)).body.error, 'invalid_grant');
  assert.equal(provider.seen.familiesRevoked, revokedBefore + 1);
  assert.equal((await refresh(third)).body.error, 'invalid_grant');
});

test('a revoked grant cannot be refreshed', async () => {
  const token = (await exchange()).body.refresh_token;
  await provider.revokeGrants();
  assert.equal((await refresh(token)).body.error, 'invalid_grant');
});

test('a secret that is not form-encoded is refused', async () => {
  const { status } = await tokenRequest({ grant_type: 'refresh_token', refresh_token: 'any' },
    (text) => text);
  assert.ok(status === 400 || status === 401, `answered ${status}`);
});
