// OpenID Connect Core and Discovery, where the broker uses them: who logged in.

import { absent, otherThan, present, sameAs } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { also, answer, ask, begin, browse, call, finish, logIn, refresh, shortLogin, tell,
  until } from '../steps.mjs';

const openid = { scopes: ['openid', 'read'] };
const revokedTokens = () => until('the tokens are revoked', async ({ simulator, row: { id } }) =>
  (await simulator.requests([id])).revoke.length >= 1);

// The ID token is not this login's: nothing is stored, and what came with it is revoked.
const refused = (name, demand, setting, cause, section = '3.1.3.7') => row(section, name, demand, {
  provider: openid,
  steps: [tell({ id_token: setting }), ...logIn(), ask(), revokedTokens()],
  then: { 'login.reason': 'ID_TOKEN_INVALID', 'login.metadata.cause': cause,
    'token.reason': 'GRANT_NOT_FOUND', 'requests.revoke.0.form.token': present } });

const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');
const jwt = (claims) => `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`;
// A login whose ID token has the right claims, but for what `change` makes of them.
const withClaims = (change) => [begin(), browse(), answer((seen, { row: { id }, simulator }) => {
  const now = Math.floor(Date.now() / 1000);
  const right = { iss: simulator.origin, sub: 'account-alice', aud: id, exp: now + 600, iat: now,
    nonce: seen.begun.query.nonce };
  return { access_token: 'at-oidc', token_type: 'Bearer', expires_in: 3600,
    id_token: jwt({ ...right, ...change({ id, now }) }) };
}), finish()];
const claims = (name, demand, change, cause) => row('3.1.3.7', name, demand, {
  provider: openid,
  steps: withClaims(change),
  then: cause ? { 'login.reason': 'ID_TOKEN_INVALID', 'login.metadata.cause': cause }
    : { 'login.ok': true, 'login.grant.account.id': 'account-alice' } });

const interaction = (error, reason = 'LOGIN_INTERACTION_REQUIRED') => row('3.1.2.6', `callback_${error}`,
  `The callback's error ${error} is ${reason}.`, {
    provider: openid,
    steps: [tell({ authorize_error: error }), ...logIn()],
    then: { 'login.reason': reason, 'login.code': 'FAILED_PRECONDITION',
      'login.metadata.provider_error': error } });

const changed = (name, demand, setting) => row('12.2', name, demand, {
  provider: openid,
  steps: [...shortLogin(), tell({ id_token_at_refresh: setting }), ...refresh(), ask({}, 'again'),
    call('GetGrant', {}, 'stored')],
  then: { 'token.reason': 'REAUTHORIZATION_REQUIRED', 'token.metadata.cause': 'identity_changed',
    'stored.grant.state': 'GRANT_STATE_REAUTHORIZATION_REQUIRED', 'requests.token.length': 2,
    'again.ok': present } });

export default rows('OpenID Connect Core', 'oidc', [
  row('3.1.2.1', 'a_nonce_with_openid', 'With the scope openid the request has a nonce.', {
    provider: openid,
    steps: [begin(), begin({}, 'second')],
    then: { 'begun.query.nonce': /^.{22,}$/, 'second.query.nonce': otherThan('begun.query.nonce') } }),
  row('3.1.2.1', 'no_nonce_without_openid', 'Without the scope openid the request has no nonce.', {
    steps: [begin()],
    then: { 'begun.ok': true, 'begun.query.nonce': absent } }),
  row('2', 'the_account', 'The account of a grant is iss and sub of the ID token.', {
    provider: openid,
    steps: [...logIn(), also('the issuer', 'issuer', ({ simulator }) => simulator.origin)],
    then: { 'login.grant.account.id': 'account-alice', 'login.grant.account.issuer': sameAs('issuer') } }),
  refused('another_iss', 'An ID token of another issuer is refused.', 'wrong_iss', 'issuer'),
  refused('another_aud', 'An ID token for another client is refused.', 'wrong_aud', 'audience'),
  refused('expired', 'An expired ID token is refused.', 'expired', 'expiry'),
  refused('another_nonce', 'An ID token with another login\'s nonce is refused.', 'wrong_nonce', 'nonce'),
  refused('no_nonce', 'An ID token without the nonce that was sent is refused.', 'missing_nonce', 'nonce'),
  refused('no_id_token', 'An answer without ID token to a login with openid is refused.', 'absent', 'absent',
    '3.1.3.3'),
  claims('aud_in_a_list', 'aud may be a list that has the client.', ({ id }) => ({ aud: [id] })),
  claims('several_aud_with_azp', 'Several audiences are fine with azp being the client.',
    ({ id }) => ({ aud: ['other', id], azp: id })),
  claims('several_aud_without_azp', 'Several audiences without azp are refused.',
    ({ id }) => ({ aud: ['other', id] }), 'authorized_party'),
  claims('another_azp', 'azp must be the client.', () => ({ azp: 'other' }), 'authorized_party'),
  claims('exp_within_the_skew', 'Clocks may differ by a few seconds.', ({ now }) => ({ exp: now - 20 })),
  claims('no_exp', 'An ID token without exp is refused.', () => ({ exp: undefined }), 'expiry'),
  claims('no_iat', 'An ID token without iat is refused.', () => ({ iat: undefined }), 'issue_time'),
  claims('iat_in_the_future', 'An ID token of the future is refused.', ({ now }) => ({ iat: now + 600 }),
    'issue_time'),
  claims('no_sub', 'An ID token without sub is refused.', () => ({ sub: undefined }), 'subject'),
  claims('a_long_sub', 'A sub of more than 255 characters is refused.', () => ({ sub: 'a'.repeat(256) }),
    'subject'),
  row('3.1.3.7', 'no_jwt', 'What is no JWT is no ID token.', {
    provider: openid,
    steps: [begin(), browse(), answer({ access_token: 'at-oidc', token_type: 'Bearer', id_token: 'a.b' }),
      finish()],
    then: { 'login.reason': 'ID_TOKEN_INVALID', 'login.metadata.cause': 'unreadable' } }),
  row('3.1.3.7', 'the_old_grant_stays', 'A failed check leaves the grant that was there as it was.', {
    provider: openid,
    steps: [...logIn({}, 'first'), tell({ id_token: 'wrong_nonce' }), ...logIn(), ask()],
    then: { 'first.ok': true, 'login.reason': 'ID_TOKEN_INVALID', 'token.ok': true,
      'token.token.access_token': /^./ } }),
  interaction('login_required'),
  interaction('consent_required'),
  interaction('interaction_required'),
  interaction('account_selection_required'),
  interaction('invalid_request_uri', 'PROVIDER_MISCONFIGURED'),
  interaction('invalid_request_object', 'PROVIDER_MISCONFIGURED'),
  interaction('request_not_supported', 'PROVIDER_MISCONFIGURED'),
  interaction('request_uri_not_supported', 'PROVIDER_MISCONFIGURED'),
  interaction('registration_not_supported', 'PROVIDER_MISCONFIGURED'),
  changed('another_sub_at_a_refresh', 'Another sub in the ID token of a refresh ends the grant.', 'wrong_sub'),
  changed('another_iss_at_a_refresh', 'Another iss in the ID token of a refresh ends the grant.', 'wrong_iss'),
  changed('another_aud_at_a_refresh', 'Another aud in the ID token of a refresh ends the grant.', 'wrong_aud'),
  row('12.2', 'the_same_at_a_refresh', 'A refresh whose ID token is of the same user goes on.', {
    provider: openid,
    steps: [...shortLogin(), tell({ id_token_at_refresh: 'right' }), ...refresh()],
    then: { 'token.ok': true, 'token.source': 'SOURCE_REFRESHED' } }),
  row('12.2', 'no_nonce_at_a_refresh', 'The ID token of a refresh need not have a nonce.', {
    provider: openid,
    steps: [...shortLogin(), tell({ id_token_at_refresh: 'missing_nonce' }), ...refresh()],
    then: { 'token.ok': true } }),
  row('12.2', 'none_at_a_refresh', 'A refresh may have no ID token.', {
    provider: openid,
    steps: [...shortLogin(), ...refresh()],
    then: { 'token.ok': true } }),
  row('2', 'another_account', 'Another account does not take the place of a subject\'s present one.', {
    provider: openid,
    steps: [...logIn({}, 'first'), tell({ auto_approve_user: 'bob' }), ...logIn(), call('GetGrant', {}, 'stored')],
    then: { 'first.ok': true, 'login.reason': 'ACCOUNT_MISMATCH', 'stored.grant.account.id': 'account-alice' } }),
  row('2', 'another_account_on_purpose', 'Another account takes that place when the login was begun to allow it.', {
    provider: openid,
    steps: [...logIn({}, 'first'), tell({ auto_approve_user: 'bob' }), ...logIn({ allow_account_change: true })],
    then: { 'login.grant.account.id': 'account-bob' } }),
  row('11', 'offline_access', 'offline_access is asked for with prompt=consent, as it is configured.', {
    provider: { scopes: ['openid', 'offline_access'], authorization_params: { prompt: 'consent' } },
    steps: [begin()],
    then: { 'begun.query.prompt': 'consent', 'begun.query.scope': /(^| )offline_access( |$)/ } }),
  row('3.1.2.1', 'login_hint', 'A caller may add a login_hint where that is allowed.', {
    provider: { ...openid, allowed_authorization_params: ['login_hint'] },
    steps: [begin({ authorization_params: { login_hint: 'alice@example.com' } })],
    then: { 'begun.query.login_hint': 'alice@example.com' } }),
]);
