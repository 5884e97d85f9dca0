// RFC 9700, the best current practice: its demands on a client, shown as the attacks that they stop.

import { absent, otherThan, present, that } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { also, ask, begin, browse, fault, finish, logIn, pause, refresh, shortLogin, tell }
  from '../steps.mjs';
import { redirectUri } from '../world.mjs';

const counters = () => also('the counters of the simulator', 'counters',
  ({ simulator }) => simulator.counters());

// A token endpoint that redirects: what it was sent must not go to the other issuer.
const redirected = (status) => row('4.12', `not_redirected_${status}`,
  `A token request that is answered with ${status} is not sent on.`, {
    twoIssuers: true,
    steps: [begin(), browse(), fault((seen, { simulator }) => ({ status,
      headers: { Location: `${simulator.origin2}/token` } })), finish()],
    then: { 'login.ok': false, 'login.reason': status === 308
      ? 'PROVIDER_MISCONFIGURED' : 'PROVIDER_UNAVAILABLE',
    'requests.token.length': 1, 'elsewhere.all.length': 0 } });

export default rows('RFC 9700', 'rfc9700', [
  row('2.1', 'no_prefix_of_redirect_uris', 'A redirect URI that only begins like a listed one is refused.', {
    steps: [begin({ redirect_uri: `${redirectUri}/../evil` })],
    then: { 'begun.reason': 'REDIRECT_URI_NOT_ALLOWED' } }),
  row('2.1.1', 'pkce_for_confidential_clients', 'Clients with a secret use PKCE, too.', {
    steps: logIn(),
    then: { 'requests.token.0.basic.secret': 'secret', 'begun.query.code_challenge_method': 'S256',
      'requests.token.0.form.code_verifier': /^.{43,}$/ } }),
  row('2.1.1', 'bound_to_the_transaction', 'Challenge, state and nonce are new for every login.', {
    provider: { scopes: ['openid'] },
    steps: [begin(), begin({}, 'second')],
    then: { 'second.query.code_challenge': otherThan('begun.query.code_challenge'),
      'second.query.nonce': otherThan('begun.query.nonce'),
      'second.query.state': otherThan('begun.query.state') } }),
  row('4.4', 'mix_up', 'A code of one issuer is never sent to another one\'s token endpoint.', {
    twoIssuers: true,
    steps: [begin(), tell({ auto_approve_user: 'alice' }, 'provider2'),
      also('the attacker sends the browser to its own server', 'attacker', ({ simulator }) => simulator.origin2),
      browse({ uri: ({ begun, attacker }) =>
        `${attacker}/authorize?${begun.queryText}` }), finish()],
    then: { 'callback.query.code': present, 'login.reason': 'ISSUER_MISMATCH',
      'requests.token.length': 0, 'elsewhere.token.length': 0 } }),
  row('4.5', 'an_injected_code', 'A stolen code in another login brings no grant.', {
    steps: [begin(), begin({ subject: 'bob' }, 'victim'), browse({ from: 'victim', as: 'stolen' }),
      finish(({ begun, stolen }) => ({ callback_uri: stolen.href.replace(stolen.query.state, begun.state) })),
      ask()],
    then: { 'login.reason': 'CODE_REJECTED', 'token.reason': 'GRANT_NOT_FOUND' } }),
  row('4.7', 'login_csrf', 'An attacker\'s callback in a victim\'s browser is refused.', {
    steps: [begin({ subject: 'mallory' }, 'attack'), browse({ from: 'attack' }), begin({}, 'begun'),
      finish({})],
    then: { 'login.reason': 'LOGIN_NOT_BOUND', 'requests.token.length': 0 } }),
  row('4.7', 'another_subject', 'A callback that comes to another signed-in user is refused.', {
    steps: [begin(), browse(), finish({ browser_state: '', subject: 'mallory' })],
    then: { 'login.reason': 'LOGIN_NOT_BOUND', 'requests.token.length': 0 } }),
  row('4.7', 'one_login_per_state', 'A state that was used is no good for another code.', {
    steps: [...logIn(), browse(), finish({}, 'again')],
    then: { 'login.ok': true, 'again.reason': 'LOGIN_ALREADY_USED', 'requests.token.length': 1 } }),
  redirected(302),
  redirected(307),
  redirected(308),
  row('4.12', 'refreshes_are_not_redirected', 'A refresh that is answered with 307 is not sent on.', {
    twoIssuers: true,
    steps: [...shortLogin(), fault((seen, { simulator }) => ({ status: 307,
      headers: { Location: `${simulator.origin2}/token` } })), ...refresh()],
    then: { 'token.reason': 'PROVIDER_UNAVAILABLE', 'elsewhere.all.length': 0 } }),
  row('4.14.2', 'one_use_of_a_refresh_token',
    'However many callers ask at once, a refresh token that rotates is presented once.', {
      steps: [tell({ latency: { token: 0.2 } }), ...shortLogin(), pause(150), also('50 callers', 'tokens',
        ({ client, row: { id } }) => Promise.all(Array.from({ length: 50 }, () =>
          client.call('GetFreshToken', { provider: id, subject: 'alice', min_ttl: { seconds: 30 } })
            .then(({ token }) => token.access_token)))), counters()],
      then: { tokens: that('one token for all', (tokens) => new Set(tokens).size === 1),
        'counters.refreshes': 1, 'counters.max_presented': 1, 'counters.families_revoked_by_reuse': 0 } }),
  row('4.14.2', 'a_lost_answer_is_not_repeated',
    'When the answer to a rotation is lost the old refresh token is not presented again.', {
      steps: [...shortLogin(), fault({ fault: 'lost_response' }), ...refresh(),
        ask({ min_ttl: { seconds: 30 } }, 'again'), counters()],
      then: { 'token.code': 'UNAVAILABLE', 'again.code': 'UNAVAILABLE', 'counters.max_presented': 1,
        'counters.families_revoked_by_reuse': 0 } }),
  row('4.14.2', 'a_revoked_family', 'A family that was revoked for reuse needs a new login, which works.', {
    steps: [...shortLogin(), also('the family is revoked', 'gone', ({ simulator }) =>
      simulator.revoke({ all: true })), ...refresh(), ...logIn({}, 'next'), ask({}, 'after')],
    then: { 'token.reason': 'REAUTHORIZATION_REQUIRED', 'token.metadata.cause': 'provider_says_dead',
      'next.ok': true, 'after.ok': true } }),
  row('2.3', 'no_scope_that_nobody_asked_for',
    'A login asks for the scopes that were configured or asked for, no other.', {
    provider: { scopes: ['read'] },
    steps: [begin({ scopes: ['write'] })],
    then: { 'begun.query.scope': that('read and write', (scope) =>
      scope.split(' ').sort().join() === 'read,write') } }),
  row('2.4', 'no_password_grant', 'No grant type is used but authorization_code and refresh_token.', {
    steps: [...shortLogin(), ...refresh(), counters()],
    then: { 'token.ok': true,
      'counters.grant_types': { authorization_code: 1, refresh_token: 1 } } }),
  row('4.11', 'no_open_redirector', 'A callback to another path than the login\'s is refused.', {
    steps: [begin(), browse(), finish(({ callback }) => ({
      callback_uri: callback.href.replace('/callback', '/elsewhere') }))],
    then: { 'login.reason': 'CALLBACK_MALFORMED', 'requests.token.length': 0 } }),
  row('4.2.4', 'the_referrer', 'No request to the provider has a Referer.', {
    steps: logIn(),
    then: { 'login.ok': true, 'requests.token.0.headers.referer': absent,
      'requests.metadata.0.headers.referer': absent } }),
]);
