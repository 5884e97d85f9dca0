// RFC 7636: PKCE.

import { createHash } from 'node:crypto';

import { absent, otherThan, that } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { begin, browse, checkConfiguration, finish, logIn, tell } from '../steps.mjs';

const s256 = (verifier) => createHash('sha256').update(verifier).digest('base64url');

export default rows('RFC 7636', 'rfc7636', [
  row('4.1', 'the_verifier', 'The verifier is 43 to 128 unreserved characters.', {
    steps: logIn(),
    then: { 'requests.token.0.form.code_verifier': /^[A-Za-z0-9._~-]{43,128}$/ } }),
  row('4.1', 'a_new_verifier_each_time', 'Each login has a verifier of its own.', {
    steps: [...logIn(), ...logIn({}, 'second')],
    then: { 'requests.token.1.form.code_verifier': otherThan('requests.token.0.form.code_verifier'),
      'second.ok': true } }),
  row('4.2', 'the_challenge', 'The challenge is the base64url SHA-256 of the verifier, without padding.', {
    steps: logIn(),
    then: { 'begun.query.code_challenge': that('S256 of the verifier', (challenge, { requests }) =>
      challenge === s256(requests.token[0].form.code_verifier)) } }),
  row('4.3', 'the_method', 'The authorization request says code_challenge_method=S256.', {
    steps: [begin()],
    then: { 'begun.query.code_challenge_method': 'S256', 'begun.query.code_challenge': /^[\w-]{43}$/ } }),
  row('4.5', 'the_verifier_stays_here', 'The verifier is in no request but the code\'s.', {
    steps: logIn(),
    then: { 'begun.names': that('no verifier', (names) => !names.includes('code_verifier')),
      'requests.authorize.0.query.code_verifier': absent,
      'requests.token.0.form.code_verifier': /^.{43,}$/ } }),
  row('4.4.1', 'a_server_without_pkce',
    'A server that refuses the challenge is an error of the configuration, never a login without it.', {
      steps: [tell({ authorize_error: 'invalid_request' }), ...logIn(), begin({}, 'next')],
      then: { 'login.reason': 'PROVIDER_MISCONFIGURED',
        'next.query.code_challenge_method': 'S256' } }),
  row('4.6', 'a_failed_verification', 'A verifier that does not match ends the login.', {
    steps: [begin(), begin({}, 'other'), browse({ from: 'other', as: 'stolen' }),
      finish(({ begun, stolen }) => ({ callback_uri:
        stolen.href.replace(stolen.query.state, begun.state) }))],
    then: { 'login.reason': 'CODE_REJECTED', 'login.metadata.provider_error': 'invalid_grant' } }),
  row('5', 'servers_that_ignore_it', 'A server that knows no PKCE serves the login as ever.', {
    steps: [tell({ pkce_required: false }), ...logIn()],
    then: { 'login.ok': true, 'requests.token.0.form.code_verifier': /^.{43,}$/ } }),
  row('7.2', 'never_plain', 'Nothing makes the broker use the method plain.', {
    provider: { authorization_params: { code_challenge_method: 'plain' } },
    refusedConfiguration: true,
    steps: [checkConfiguration()],
    then: { 'check.line': /code_challenge_method: is a parameter that the broker sets itself/ } }),
]);
