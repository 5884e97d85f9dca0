// RFC 7009: revocation.

import { absent, atLeast, between, that } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { also, ask, call, checkConfiguration, fault, logIn, until } from '../steps.mjs';

const revoke = () => call('RevokeGrant', {}, 'revoked');
const grants = () => also('the grants of the simulator', 'grants', ({ simulator }) => simulator.grants());
const asked = (times) => until(`${times} requests at /revoke`, async ({ simulator, row: { id } }) =>
  (await simulator.requests([id])).revoke.length >= times, 15_000);

export default rows('RFC 7009', 'rfc7009', [
  row('2.1', 'the_request', 'Revocation is a POST of a form with the token and a hint of its type.', {
    steps: [...logIn(), grants(), revoke()],
    then: { 'revoked.revoked_at_provider': true, 'requests.revoke.0.method': 'POST',
      'requests.revoke.0.headers.content-type': 'application/x-www-form-urlencoded',
      'requests.revoke.0.form.token': that('the refresh token', (token, seen) =>
        token === seen.grants[0].refresh_tokens.at(-1)),
      'requests.revoke.0.form.token_type_hint': 'refresh_token' } }),
  row('2.1', 'the_client_authenticates', 'A revocation is authenticated as a token request is.', {
    steps: [...logIn(), revoke()],
    then: { 'requests.revoke.0.basic.secret': 'secret',
      'requests.revoke.0.basic.id': 'rfc7009_the_client_authenticates' } }),
  row('2.1', 'a_public_client', 'A public client names itself in the body.', {
    provider: { client_authentication: 'none', client_secret_file: undefined },
    steps: [...logIn(), revoke()],
    then: { 'revoked.revoked_at_provider': true,
      'requests.revoke.0.form.client_id': 'rfc7009_a_public_client',
      'requests.revoke.0.headers.authorization': absent } }),
  row('2', 'tls', 'A revocation endpoint without TLS is refused.', {
    provider: { revocation_endpoint: 'http://id.example.com/revoke' },
    refusedConfiguration: true,
    steps: [checkConfiguration()],
    then: { 'check.line': /revocation_endpoint: is plain http/ } }),
  row('2.1', 'the_access_token_too',
    'The access token is revoked, too, for servers that let it live on.', {
      steps: [...logIn(), revoke()],
      then: { 'requests.revoke.1.form.token_type_hint': 'access_token',
        'requests.revoke.1.form.token': that('the access token', (token, { login }) =>
          token === login.token.access_token) } }),
  row('2.2', 'any_200_will_do', 'The content of a 200 is not looked at.', {
    steps: [...logIn(), fault({ endpoint: 'revoke', status: 200, body: '<html>{' }), revoke()],
    then: { 'revoked.revoked_at_provider': true } }),
  row('2.2', 'a_token_that_is_gone', 'A token that the server does not know any more is revoked.', {
    steps: [...logIn(), also('everything is revoked at the provider', 'gone',
      ({ simulator }) => simulator.revoke({ all: true })), revoke()],
    then: { 'gone.revoked': 1, 'revoked.revoked_at_provider': true } }),
  row('2.2.1', 'unsupported_token_type',
    'After unsupported_token_type nobody is told that the provider revoked the token.', {
      steps: [...logIn(), fault({ endpoint: 'revoke', status: 400,
        body: { error: 'unsupported_token_type' } }), revoke(), asked(2)],
      then: { 'revoked.ok': true, 'revoked.revoked_at_provider': false } }),
  row('2.2.1', 'busy_servers_are_asked_again',
    'After a 503 the token is taken as alive, and revoked by a later request.', {
      steps: [...logIn(), fault({ endpoint: 'revoke', status: 503,
        headers: { 'Retry-After': '1' }, body: {} }), revoke(), asked(2),
      until('it is revoked', async ({ simulator }) =>
        (await simulator.grants())[0].revoked_because === 'revocation_endpoint'), grants()],
      then: { 'revoked.revoked_at_provider': false, 'requests.revoke.length': atLeast(2),
        'grants.0.revoked_because': 'revocation_endpoint' } }),
  row('2', 'nobody_is_served_any_more', 'After a revocation no caller gets the token.', {
    steps: [...logIn(), fault({ endpoint: 'revoke', fault: 'drop' }), revoke(), ask(), asked(2)],
    then: { 'revoked.grant.state': 'GRANT_STATE_REVOKED', 'token.reason': 'REAUTHORIZATION_REQUIRED',
      'token.metadata.cause': 'revoked' } }),
  row('2', 'no_endpoint', 'Without a revocation endpoint the grant is revoked here, and nothing is claimed.', {
    provider: ({ origin }) => ({ issuer: undefined, authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token` }),
    steps: [...logIn(), revoke(), ask()],
    then: { 'revoked.revoked_at_provider': false, 'requests.revoke.length': between(0, 0),
      'token.reason': 'REAUTHORIZATION_REQUIRED' } }),
]);
