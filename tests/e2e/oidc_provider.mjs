// oidc-provider as a strict authorization server on 127.0.0.1: refresh tokens rotate at every use and
// a second use of one revokes the family; PKCE is required; `iss` comes with every callback; access
// tokens live for seconds; client_secret_basic takes only a form-encoded secret (RFC 6749 2.3.1).
//
// As a program: scripts/node tests/e2e/oidc_provider.mjs [--port N] [--ttl SECONDS]
//   [--redirect-uri URI]; prints one JSON line when it listens, and one with the client.

import { once } from 'node:events';
import http from 'node:http';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Provider } from 'oidc-provider';

export const client = {
  client_id: 'broker',
  // Everything that form-encoding must not lose, in VSCHAR (RFC 6749 appendix A.2).
  client_secret: 's3cr:t %41+&=/?#;"\'~ with-every-trap',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

// Keeps everything. The built-in one forgets what was not used lately, tokens in use among it.
class Memory {
  static entries = new Map();

  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    Memory.entries.set(this.key(id), payload);
  }

  async find(id) {
    const payload = Memory.entries.get(this.key(id));
    return payload?.exp && payload.exp * 1000 < Date.now() ? undefined : payload;
  }

  async findByUid(uid) {
    return [...Memory.entries.values()].find((payload) => payload.uid === uid);
  }

  async consume(id) {
    const payload = Memory.entries.get(this.key(id));
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    Memory.entries.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of Memory.entries) {
      if (payload.grantId === grantId) Memory.entries.delete(key);
    }
  }
}

function configuration(ttl) {
  return {
    adapter: Memory,
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
    ttl: { AccessToken: ttl, IdToken: 600, RefreshToken: 86400, Grant: 86400, Session: 86400,
      Interaction: 600, AuthorizationCode: 60 },
    scopes: ['openid', 'offline_access'],
    features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
    // Only what the pages and the tests need: no secret of a deployment.
    cookies: { keys: ['end-to-end-tests'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  };
}

// What happened at the server, counted, the refresh tokens that it gave, which nobody but the broker
// may ever see, and all that is secret of what it gave and was sent, by kind.
function observe(provider) {
  const seen = { codes: 0, refreshes: 0, errors: [], familiesRevoked: 0, refreshTokens: new Map(),
    secrets: { code: new Set(), 'access token': new Set(), 'refresh token': new Set(),
      'ID token': new Set(), 'PKCE verifier': new Set() } };
  const issued = (kind) => ({ jti }) => seen.secrets[kind].add(jti);
  provider.on('authorization_code.saved', issued('code'));
  provider.on('access_token.saved', issued('access token'));
  provider.on('refresh_token.saved', issued('refresh token'));
  provider.use(async (ctx, next) => {
    await next();
    const verifier = ctx.oidc?.params?.code_verifier;
    if (verifier) seen.secrets['PKCE verifier'].add(verifier);
    if (ctx.body?.id_token) seen.secrets['ID token'].add(ctx.body.id_token);
  });
  provider.on('grant.success', (ctx) => {
    if (ctx.oidc.params.grant_type === 'refresh_token') seen.refreshes += 1;
    else seen.codes += 1;
  });
  provider.on('grant.error', (_, error) => seen.errors.push(error.error));
  provider.on('grant.revoked', () => { seen.familiesRevoked += 1; });
  provider.on('refresh_token.saved', (token) => seen.refreshTokens.set(token.jti, token.grantId));
  return seen;
}

// Tells `hear` of each token request, once it was answered or its connection has gone, and of each
// account whose grant a reuse has ended.
function report(provider, hear) {
  const accounts = new Map();
  provider.on('refresh_token.saved', (token) => accounts.set(token.grantId, token.accountId));
  provider.on('grant.revoked', (_, grantId) => {
    hear({ event: 'revoked', account: accounts.get(grantId) ?? '' });
  });
  provider.use(async (ctx, next) => {
    const begun = Date.now();
    const over = once(ctx.res, 'close').then(() => Date.now());
    await next();
    if (ctx.path !== '/token') return;
    const request = { event: 'token_request', begun, presented: ctx.oidc?.params?.refresh_token,
      account: ctx.oidc?.account?.accountId, access_token: ctx.body?.access_token,
      refresh_token: ctx.body?.refresh_token };
    over.then((ended) => hear({ ...request, ended }));
  });
}

// `providers` of a broker's configuration, as YAML: this server under the name "oidc".
export function providersYaml({ issuer, redirectUri }, secretFile) {
  return `
providers:
  oidc:
    issuer: ${issuer}
    client_id: ${client.client_id}
    client_secret_file: ${secretFile}
    client_authentication: client_secret_basic
    redirect_uris: [ "${redirectUri}" ]
    scopes: [ openid, offline_access ]
    authorization_params: { prompt: consent }
    refresh: { rotation: single_use }
`;
}

// Starts a server that knows `clients`. `seen` says what happened there; revokeGrants() makes every
// refresh token invalid; setClientSecret() changes what the default client must show;
// `hear` is told what happens: see report(). interceptTokenRequests() has every token request wait for `intercept(request, response)`, which
// answers it unless it resolves to nothing; stop() ends it and its connections.
export async function startProvider({ port = 0, ttl = 5,
  redirectUri = 'http://127.0.0.1:8765/callback', clients = [client], hear } = {}) {
  const server = http.createServer();
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration(ttl));
  const know = (one) => new Memory('Client').upsert(one.client_id,
    { ...one, redirect_uris: [redirectUri] });
  const setClientSecret = (secret) => know({ ...client, client_secret: secret });
  for (const one of clients) await know(one);
  const seen = observe(provider);
  if (hear) report(provider, hear);
  const serve = provider.callback();
  let interceptToken;
  server.on('request', async (request, response) => {
    const answered = interceptToken && request.url === '/token'
      && await interceptToken(request, response);
    if (!answered) serve(request, response);
  });
  return {
    issuer,
    redirectUri,
    seen,
    setClientSecret,
    interceptTokenRequests: (intercept) => { interceptToken = intercept; },
    revokeGrants: async () => {
      for (const grantId of new Set(seen.refreshTokens.values())) {
        await provider.RefreshToken.revokeByGrantId(grantId);
      }
    },
    stop: async () => {
      const closed = new Promise((resolve) => { server.close(resolve); });
      server.closeAllConnections();
      await closed;
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: {
    port: { type: 'string', default: '0' },
    ttl: { type: 'string', default: '5' },
    'redirect-uri': { type: 'string' },
  } });
  const { issuer, redirectUri } = await startProvider({ port: Number(values.port),
    ttl: Number(values.ttl), redirectUri: values['redirect-uri'] });
  console.log(JSON.stringify({ event: 'listening', name: 'oidc-provider',
    address: new URL(issuer).host }));
  console.log(JSON.stringify({ event: 'client', issuer, redirect_uri: redirectUri,
    client_id: client.client_id, client_secret: client.client_secret }));
}
