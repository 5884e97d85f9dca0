// RFC 7523: clients that prove by a signed JWT who they are (private_key_jwt). The simulator knows no
// such clients, so its answers are scripted; what it received is verified here with the public key.

import { constants, verify } from 'node:crypto';

import { absent, between, otherThan, sameAs, that } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { also, answer, begin, browse, call, fault, finish, refresh } from '../steps.mjs';

const signed = (key, more = {}) => ({ client_authentication: 'private_key_jwt',
  client_secret_file: undefined, private_key_file: key, ...more });

const tokens = (more) => answer({ access_token: 'at-jwt', token_type: 'Bearer', refresh_token: 'rt-jwt',
  expires_in: 3600, ...more });
const login = () => [begin(), browse(), tokens(), finish()];

const json = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
function assertionOf({ form }) {
  const [header, claims, signature] = form.client_assertion.split('.');
  return { header: json(header), claims: json(claims), input: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url') };
}
// Request `index` to `endpoint`, its assertion taken apart.
const assertion = (as = 'assertion', index = 0, endpoint = 'token') => also('its assertion', as,
  async ({ simulator, row: { id } }) => assertionOf((await simulator.requests([id]))[endpoint][index]));
const verified = (file, options) => also('the signature, by the public key', 'verified',
  ({ world, seen: { assertion: { input, signature } } }) =>
    verify('sha256', Buffer.from(input), { key: world.keys[file].publicKey, ...options }, signature));

export default rows('RFC 7523', 'rfc7523', [
  row('2.2', 'the_parameters', 'The token request has client_assertion_type and client_assertion.', {
    provider: signed('rsa.pem'),
    steps: login(),
    then: { 'login.ok': true, 'requests.token.0.form.client_assertion_type':
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    'requests.token.0.form.client_assertion': /^[\w-]+\.[\w-]+\.[\w-]+$/ } }),
  row('RFC 7521 section 4.2', 'no_second_authentication', 'There is no other client authentication beside it.', {
    provider: signed('rsa.pem'),
    steps: login(),
    then: { 'requests.token.0.headers.authorization': absent,
      'requests.token.0.form.client_secret': absent,
      'requests.token.0.form.client_id': 'rfc7523_no_second_authentication' } }),
  row('3', 'iss_and_sub', 'iss and sub are the client_id.', {
    provider: signed('rsa.pem'),
    steps: [...login(), assertion()],
    then: { 'assertion.claims.iss': 'rfc7523_iss_and_sub', 'assertion.claims.sub': 'rfc7523_iss_and_sub' } }),
  row('3', 'aud_is_the_issuer', 'aud is one string: the issuer.', {
    provider: signed('rsa.pem'),
    steps: [...login(), assertion(), also('its metadata', 'issuer', ({ simulator }) => simulator.origin)],
    then: { 'assertion.claims.aud': sameAs('issuer') } }),
  row('3', 'aud_without_an_issuer', 'aud of a provider without an issuer is its token endpoint.', {
    provider: ({ origin }) => signed('rsa.pem', { issuer: undefined,
      authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token` }),
    steps: [...login(), assertion(), also('its endpoint', 'endpoint', ({ simulator }) =>
      `${simulator.origin}/token`)],
    then: { 'assertion.claims.aud': sameAs('endpoint') } }),
  row('3', 'it_expires_soon', 'An assertion has an exp, a minute ahead.', {
    provider: signed('rsa.pem'),
    steps: [...login(), assertion(), also('how long it lives', 'life', ({ seen }) =>
      seen.assertion.claims.exp - Math.floor(Date.now() / 1000))],
    then: { life: between(30, 61), 'assertion.claims.iat': that('now', (iat) =>
      Math.abs(iat - Date.now() / 1000) < 30) } }),
  row('OpenID Connect Core section 9', 'never_twice', 'Each request has an assertion of its own, by its jti.', {
    provider: signed('rsa.pem'),
    steps: [begin(), browse(), tokens({ expires_in: 1.2 }), finish(),
      tokens({ access_token: 'at-2' }), ...refresh(), assertion(), assertion('second', 1)],
    then: { 'token.ok': true, 'second.claims.jti': otherThan('assertion.claims.jti'),
      'assertion.claims.jti': /^.{16,}$/ } }),
  row('2.2', 'refreshes_too', 'A refresh is authenticated by an assertion, too.', {
    provider: signed('ec.pem'),
    steps: [begin(), browse(), tokens({ expires_in: 1.2 }), finish(), tokens({ access_token: 'at-2' }),
      ...refresh(), assertion('second', 1)],
    then: { 'token.token.access_token': 'at-2', 'second.claims.sub': 'rfc7523_refreshes_too' } }),
  row('RFC 7009 section 2.1', 'revocations_too', 'A revocation is authenticated by an assertion, too.', {
    provider: signed('ec.pem'),
    steps: [...login(), fault({ endpoint: 'revoke', status: 200, times: 2 }),
      call('RevokeGrant', {}, 'revoked'), assertion('assertion', 0, 'revoke')],
    then: { 'revoked.revoked_at_provider': true,
      'assertion.claims.sub': 'rfc7523_revocations_too' } }),
  row('3', 'signed_rs256', 'An RSA key signs RS256, and the signature is good.', {
    provider: signed('rsa.pem', { key_id: 'key-1' }),
    steps: [...login(), assertion(), verified('rsa.pem', {})],
    then: { verified: true, 'assertion.header.alg': 'RS256', 'assertion.header.kid': 'key-1' } }),
  row('RFC 7518 section 3.5', 'signed_ps256', 'PS256 has a salt as long as its hash.', {
    provider: signed('rsa.pem', { signing_algorithm: 'ps256' }),
    steps: [...login(), assertion(),
      verified('rsa.pem', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })],
    then: { verified: true, 'assertion.header.alg': 'PS256' } }),
  row('RFC 7518 section 3.4', 'signed_es256', 'ES256 is r and s in 64 bytes.', {
    provider: signed('ec.pem'),
    steps: [...login(), assertion(), verified('ec.pem', { dsaEncoding: 'ieee-p1363' })],
    then: { verified: true, 'assertion.header.alg': 'ES256', 'assertion.signature.length': 64 } }),
  row('3.2', 'a_refused_assertion', 'invalid_client to an assertion is an error of the configuration.', {
    provider: signed('rsa.pem'),
    steps: [begin(), browse(), answer({ error: 'invalid_client' }, { status: 401 }), finish()],
    then: { 'login.reason': 'PROVIDER_MISCONFIGURED' } }),
]);
