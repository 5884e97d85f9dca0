// RFC 6749, what the broker asks: the authorization request, the token requests, and how the client
// says who it is.

import { absent, lacking, otherThan, present, sameAs, that } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { also, answer, ask, begin, browse, checkConfiguration, finish, logIn, refresh, shortLogin, tell }
  from '../steps.mjs';
import { redirectUri } from '../world.mjs';

const noRepeats = that('no name twice', (names) => new Set(names).size === names.length);
const oddSecret = 'p+a/s%s &w=rd:€';

export default rows('RFC 6749', 'rfc6749', [
  row('2.3', 'one_authentication_basic',
    'With the Basic scheme no other authentication is in the same request.', {
      steps: logIn(),
      then: { 'requests.token.0.basic.id': 'rfc6749_one_authentication_basic',
        'requests.token.0.form.client_secret': absent,
        'requests.token.0.form.client_assertion': absent } }),
  row('2.3', 'one_authentication_post',
    'With the secret in the body there is no Authorization header.', {
      provider: { client_authentication: 'client_secret_post' },
      steps: logIn(),
      then: { 'requests.token.0.form.client_secret': 'secret',
        'requests.token.0.headers.authorization': absent } }),
  row('2.3.1', 'basic_is_form_encoded',
    'Client id and secret are form-encoded before they are joined for the Basic scheme.', {
      provider: { client_id: 'odd: client/+1' },
      secret: oddSecret,
      steps: logIn(),
      then: { 'login.ok': true,
        'requests.token.0.basic.pair': 'odd%3A+client%2F%2B1:p%2Ba%2Fs%25s+%26w%3Drd%3A%E2%82%AC' } }),
  row('2.3.1', 'post_is_form_encoded',
    'A secret in the body arrives as it is, whatever its characters.', {
      provider: { client_authentication: 'client_secret_post' },
      secret: oddSecret,
      steps: logIn(),
      then: { 'login.ok': true, 'requests.token.0.form.client_secret': oddSecret } }),
  row('2.3.1', 'no_secret_in_the_uri',
    'Client credentials are never in a request URI.', {
      provider: { client_authentication: 'client_secret_post' },
      steps: logIn(),
      then: { 'begun.names': lacking('client_secret'), 'requests.token.0.queryText': '' } }),
  row('3.1', 'endpoint_query_is_kept',
    'The query of the authorization endpoint is retained when parameters are added.', {
      provider: ({ origin }) => ({ authorization_endpoint: `${origin}/authorize?tenant=a%20b&x=` }),
      steps: [begin()],
      then: { 'begun.queryText': /^tenant=a%20b&x=&response_type=code&/ } }),
  row('3.1', 'no_fragment_in_the_authorization_endpoint',
    'An authorization endpoint with a fragment is refused.', {
      provider: { authorization_endpoint: 'https://id.example.com/authorize#here' },
      refusedConfiguration: true,
      steps: [checkConfiguration()],
      then: { 'check.code': 2, 'check.line': /authorization_endpoint: has a fragment/ } }),
  row('3.1', 'tls_at_the_authorization_endpoint',
    'An authorization endpoint without TLS is refused.', {
      provider: { authorization_endpoint: 'http://id.example.com/authorize' },
      refusedConfiguration: true,
      steps: [checkConfiguration()],
      then: { 'check.code': 2, 'check.line': /authorization_endpoint: is plain http/ } }),
  row('3.2', 'tls_at_the_token_endpoint', 'A token endpoint without TLS is refused.', {
    provider: { token_endpoint: 'http://id.example.com/token' },
    refusedConfiguration: true,
    steps: [checkConfiguration()],
    then: { 'check.code': 2, 'check.line': /token_endpoint: is plain http/ } }),
  row('3.2', 'no_fragment_in_the_token_endpoint', 'A token endpoint with a fragment is refused.', {
    provider: { token_endpoint: 'https://id.example.com/token#here' },
    refusedConfiguration: true,
    steps: [checkConfiguration()],
    then: { 'check.code': 2, 'check.line': /token_endpoint: has a fragment/ } }),
  row('3.2', 'token_requests_are_posts', 'Both token requests are POSTs of a form.', {
    steps: [...shortLogin(), ...refresh()],
    then: { 'requests.token.length': 2,
      'requests.token.0.method': 'POST', 'requests.token.1.method': 'POST',
      'requests.token.0.headers.content-type': 'application/x-www-form-urlencoded',
      'requests.token.1.headers.content-type': 'application/x-www-form-urlencoded' } }),
  row('3.2', 'token_endpoint_query_is_kept',
    'The query of the token endpoint is retained, and nothing is added to it.', {
      provider: ({ origin }) => ({ token_endpoint: `${origin}/token?tenant=a%20b` }),
      steps: logIn(),
      then: { 'login.ok': true, 'requests.token.0.queryText': 'tenant=a%20b' } }),
  row('3.1', 'no_repeated_request_parameter',
    'No parameter is in the authorization request twice.', {
      steps: [begin({ scopes: ['more'] })],
      then: { 'begun.names': noRepeats, 'begun.ok': true } }),
  row('3.2', 'no_repeated_token_parameter', 'No parameter is in a token request twice.', {
    provider: { client_authentication: 'client_secret_post' },
    steps: [...shortLogin(), ...refresh()],
    then: { 'requests.token.0.names': noRepeats, 'requests.token.1.names': noRepeats,
      'token.ok': true } }),
  row('3.1.1', 'asks_for_a_code', 'The authorization request says response_type=code.', {
    steps: [begin()],
    then: { 'begun.query.response_type': 'code' } }),
  row('3.1.1', 'response_type_is_fixed',
    'No configuration can ask for another response_type.', {
      provider: { authorization_params: { response_type: 'token' } },
      refusedConfiguration: true,
      steps: [checkConfiguration()],
      then: { 'check.code': 2, 'check.line': /response_type: is a parameter that the broker sets/ } }),
  row('3.1.2', 'absolute_redirect_uri', 'A redirect URI that is not absolute is refused.', {
    provider: { redirect_uris: ['/callback'] },
    refusedConfiguration: true,
    steps: [checkConfiguration()],
    then: { 'check.code': 2, 'check.line': /redirect_uris\[0\]/ } }),
  row('3.1.2', 'no_fragment_in_the_redirect_uri', 'A redirect URI with a fragment is refused.', {
    provider: { redirect_uris: ['https://app.example.com/callback#here'] },
    refusedConfiguration: true,
    steps: [checkConfiguration()],
    then: { 'check.code': 2, 'check.line': /redirect_uris\[0\]: has a fragment/ } }),
  row('3.1.2.3', 'redirect_uri_is_named',
    'With several redirect URIs registered a request names the one that was chosen.', {
      provider: { redirect_uris: [redirectUri, 'https://app.example.com/other'] },
      steps: [begin({ redirect_uri: 'https://app.example.com/other' })],
      then: { 'begun.query.redirect_uri': 'https://app.example.com/other' } }),
  row('3.1.2.4', 'unlisted_redirect_uri', 'A redirect URI that is not listed is refused.', {
    steps: [begin({ redirect_uri: `${redirectUri}/other` })],
    then: { 'begun.reason': 'REDIRECT_URI_NOT_ALLOWED', 'begun.code': 'INVALID_ARGUMENT' } }),
  row('3.2.1', 'public_client_names_itself',
    'A client without secret says its client_id in the body of the token request.', {
      provider: { client_authentication: 'none', client_secret_file: undefined },
      steps: logIn(),
      then: { 'login.ok': true, 'requests.token.0.form.client_id': 'rfc6749_public_client_names_itself',
        'requests.token.0.headers.authorization': absent,
        'requests.token.0.form.client_secret': absent } }),
  row('3.3', 'scopes_are_joined_by_spaces',
    'Scopes are one list with spaces, each as it was written.', {
      steps: [begin({ scopes: ['Read', 'urn:x/y.z'] })],
      then: { 'begun.query.scope': that('read write Read urn:x/y.z in any order', (scope) =>
        scope.split(' ').sort().join() === 'Read,read,urn:x/y.z,write') } }),
  row('3.3', 'no_scope_no_parameter', 'Without scopes there is no scope parameter.', {
    provider: { scopes: [] },
    steps: [begin()],
    then: { 'begun.ok': true, 'begun.query.scope': absent } }),
  row('3.3', 'illegal_scope', 'A scope with characters that none has is refused.', {
    steps: [begin({ scopes: ['read write'] })],
    then: { 'begun.reason': 'SCOPE_INVALID' } }),
  row('4.1.1', 'state_is_sent', 'The authorization request has a state.', {
    steps: [begin()],
    then: { 'begun.query.state': sameAs('begun.state'), 'begun.state': present } }),
  row('10.10', 'state_cannot_be_guessed',
    'A state has more than 160 bits, and no two are the same.', {
      steps: [begin(), begin({}, 'second')],
      then: { 'begun.state': /^[A-Za-z0-9_-]{43,}$/, 'second.state': otherThan('begun.state') } }),
  row('4.1.3', 'the_code_is_presented',
    'The token request has grant_type=authorization_code and the very code of the callback.', {
      steps: logIn(),
      then: { 'requests.token.0.form.grant_type': 'authorization_code',
        'requests.token.0.form.code': sameAs('callback.query.code') } }),
  row('4.1.3', 'the_same_redirect_uri',
    'The redirect_uri of the token request is the one of the authorization request.', {
      steps: logIn(),
      then: { 'requests.token.0.form.redirect_uri': sameAs('begun.query.redirect_uri') } }),
  row('4.1.3', 'an_odd_code_is_encoded',
    'A code of any printable characters arrives as the provider wrote it.', {
      steps: [begin(),
        answer({ access_token: 'at-odd', token_type: 'Bearer' }),
        browse(), finish(({ callback }) => ({ callback_uri: callback.href.replace(
          /code=[^&]*/, `code=${encodeURIComponent('a+b/c=d&e %é~')}`) }))],
      then: { 'login.ok': true, 'requests.token.0.form.code': 'a+b/c=d&e %é~' } }),
  row('4.1.2', 'a_code_is_presented_once',
    'A callback that comes again does not present its code again.', {
      steps: [...logIn(), finish({}, 'again')],
      then: { 'again.ok': true, 'again.grant.generation': sameAs('login.grant.generation'),
        'requests.token.length': 1 } }),
  row('4.1.2', 'a_refused_code_is_presented_once',
    'A code that was refused is not presented again.', {
      steps: [begin(), browse(), answer({ error: 'invalid_grant' }, { status: 400 }), finish(),
        finish({}, 'again')],
      then: { 'login.reason': 'CODE_REJECTED', 'again.reason': 'CODE_REJECTED',
        'requests.token.length': 1 } }),
  row('6', 'the_refresh_request',
    'A refresh has grant_type=refresh_token and the refresh token that was issued.', {
      steps: [...shortLogin(), also('the grants of the simulator', 'grants',
        ({ simulator }) => simulator.grants()), ...refresh()],
      then: { 'requests.token.1.form.grant_type': 'refresh_token',
        'requests.token.1.form.refresh_token': sameAs('grants.0.refresh_tokens.0') } }),
  row('6', 'refreshes_authenticate', 'A refresh is authenticated as the code was.', {
    steps: [...shortLogin(), ...refresh()],
    then: { 'token.ok': true,
      'requests.token.1.headers.authorization': sameAs('requests.token.0.headers.authorization') } }),
  row('6', 'no_wider_scope', 'A refresh asks for no scope beyond what was granted.', {
    steps: [tell({ narrow_scopes_to: ['read'] }), ...shortLogin(), ...refresh()],
    then: { 'token.ok': true, 'requests.token.1.form.scope': absent } }),
  row('10.3', 'no_refresh_token_for_callers',
    'A refresh token is in no answer to a caller.', {
      steps: [...logIn(), ask(), also('the grants of the simulator', 'grants',
        ({ simulator }) => simulator.grants())],
      then: { login: that('without the refresh token', (login, { token, grants }) => {
        const secret = grants[0].refresh_tokens[0];
        return secret.length > 8 && !JSON.stringify([login, token]).includes(secret);
      }), 'token.ok': true } }),
  row('10.12', 'another_browser_is_refused',
    'A callback in another browser than the one that was sent away is refused before its code is presented.', {
      steps: [begin(), browse(), finish({ browser_state: 'another' })],
      then: { 'login.reason': 'LOGIN_NOT_BOUND', 'requests.token.length': 0 } }),
  row('10.12', 'an_unknown_state_is_refused',
    'A callback whose state was never given is refused and its code is not presented.', {
      steps: [begin(), browse(), finish(({ callback, begun }) => ({
        callback_uri: callback.href.replace(begun.state, 'A'.repeat(43)),
        browser_state: 'A'.repeat(43) }))],
      then: { 'login.reason': 'LOGIN_NOT_FOUND', 'login.code': 'NOT_FOUND',
        'requests.token.length': 0 } }),
  row('10.14', 'no_injected_parameter',
    'What a caller gives cannot add a parameter to the login URI.', {
      provider: { allowed_authorization_params: ['login_hint'] },
      steps: [begin({ authorization_params: { login_hint: 'a&client_id=evil#x' } })],
      then: { 'begun.query.login_hint': 'a&client_id=evil#x',
        'begun.query.client_id': 'rfc6749_no_injected_parameter',
        'begun.names': noRepeats } }),
  row('10.14', 'reserved_parameters', 'A caller cannot set a parameter of the protocol.', {
    steps: [begin({ authorization_params: { redirect_uri: 'https://evil.example' } })],
    then: { 'begun.reason': 'FIELD_INVALID',
      'begun.metadata.field': 'authorization_params.redirect_uri' } }),
]);
