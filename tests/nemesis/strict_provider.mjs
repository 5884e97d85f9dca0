// oidc-provider as the nemesis' second provider. Prints the JSON lines that tests/e2e/oidc_provider.mjs
// prints, and one for all that its `hear` is told.
// usage: scripts/node tests/nemesis/strict_provider.mjs TTL_SECONDS CLIENT_SECRET_FILE

import { writeFileSync } from 'node:fs';

import { client, startProvider } from '../e2e/oidc_provider.mjs';

const say = (what) => console.log(JSON.stringify(what, (_, value) => (
  typeof value === 'number' ? String(value) : value)));

const [ttl, secretFile] = process.argv.slice(2);
writeFileSync(secretFile, client.client_secret, { mode: 0o600 });
const { issuer, redirectUri } = await startProvider({ ttl: Number(ttl), hear: say });
say({ event: 'client', issuer, redirect_uri: redirectUri, client_id: client.client_id });
