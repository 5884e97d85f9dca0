// RFC 6749, what the broker is answered: the callback, tokens, and errors.

import { atLeast, between, lacking, otherThan, sameAs } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { also, answer, ask, begin, browse, call, errorAnswer, finish, logIn, refresh, refreshGrant, shortLogin,
  tell, until } from '../steps.mjs';
import { redirectUri } from '../world.mjs';

const misconfigured = { reason: 'PROVIDER_MISCONFIGURED', code: 'FAILED_PRECONDITION' };
// A success that cannot be read: the code may be spent.
const unknownOutcome = { reason: 'LOGIN_OUTCOME_UNKNOWN', code: 'FAILED_PRECONDITION' };
const unavailable = { reason: 'PROVIDER_UNAVAILABLE', code: 'UNAVAILABLE' };

const under = (name, expected) => Object.fromEntries(
  Object.entries(expected).map(([key, value]) => [`${name}.${key}`, value]));

const inCallback = (error, expected) => row('4.1.2.1', `callback_${error}`,
  `The callback's error ${error} ends the login as ${expected.reason}, and no code is presented.`, {
    steps: [tell({ authorize_error: error }), ...logIn()],
    then: { ...under('login', expected), 'login.metadata.provider_error': error,
      'requests.token.length': 0 } });

const onCode = (error, status, expected) => row('5.2', `code_${error}_${status}`,
  `The error ${error} (${status}) to a code ends the login as ${expected.reason}.`, {
    steps: [begin(), browse(), errorAnswer(error, status), finish()],
    then: { ...under('login', expected), 'login.metadata.provider_error': error } });

const onRefresh = (error, status, expected) => row('5.2', `refresh_${error}_${status}`,
  `The error ${error} (${status}) to a refresh is ${expected.reason}.`, {
    steps: [...shortLogin(), errorAnswer(error, status), ...refresh()],
    then: { ...under('token', expected), 'token.metadata.provider_error': error,
      'requests.token.length': 2 } });

const token = (fields) => ({ access_token: 'at-scripted', token_type: 'Bearer', ...fields });

export default rows('RFC 6749', 'rfc6749', [
  row('4.1.2', 'unknown_callback_parameters',
    'Callback parameters that are not known are ignored.', {
      steps: [begin(), browse(),
        finish(({ callback }) => ({ callback_uri: `${callback.href}&session_state=a.b&x[]=1` }))],
      then: { 'login.ok': true } }),
  row('3.1', 'repeated_callback_parameter', 'A callback that repeats a parameter is refused.', {
    steps: [begin(), browse(),
      finish(({ callback }) => ({ callback_uri: `${callback.href}&code=another` }))],
    then: { 'login.reason': 'CALLBACK_MALFORMED', 'requests.token.length': 0 } }),
  row('4.1.2', 'code_and_error', 'A callback with both a code and an error is refused.', {
    steps: [begin(), browse(),
      finish(({ callback }) => ({ callback_uri: `${callback.href}&error=access_denied` }))],
    then: { 'login.reason': 'CALLBACK_MALFORMED', 'requests.token.length': 0 } }),
  row('4.1.2', 'neither_code_nor_error', 'A callback with neither code nor error is refused.', {
    steps: [begin(), finish(({ begun }) => ({ callback_uri: `${redirectUri}?state=${begun.state}` }))],
    then: { 'login.reason': 'CALLBACK_MALFORMED' } }),
  row('4.1.2', 'state_is_required', 'A callback without state is refused.', {
    steps: [begin(), finish({ callback_uri: `${redirectUri}?code=abc` })],
    then: { 'login.reason': 'CALLBACK_MALFORMED', 'login.metadata.cause': 'state' } }),
  inCallback('access_denied', { reason: 'LOGIN_DENIED', code: 'FAILED_PRECONDITION' }),
  inCallback('invalid_request', misconfigured),
  inCallback('unauthorized_client', misconfigured),
  inCallback('unsupported_response_type', misconfigured),
  inCallback('invalid_scope', { reason: 'SCOPE_INVALID', code: 'INVALID_ARGUMENT' }),
  inCallback('server_error', unavailable),
  inCallback('temporarily_unavailable', unavailable),
  row('4.1.2.1', 'nothing_foreign_is_quoted',
    'The text of error_description and of an unknown error reaches no caller.', {
      steps: [begin(), browse(), finish(({ callback }) => ({ callback_uri: callback.href.replace(
        /code=[^&]*/, 'error=call_me&error_description=at+0900+evil') }))],
      then: { 'login.reason': 'LOGIN_DENIED', 'login.message': lacking('0900'),
        'login.metadata.provider_error': 'unregistered_error' } }),
  row('5.1', 'unknown_answer_fields', 'Fields of a token answer that are not known are ignored.', {
    steps: [tell({ extra_answer_fields: { ext: { a: [1, null] }, expires_on: 'never' } }), ...logIn()],
    then: { 'login.ok': true, 'login.life': between(3500, 3600) } }),
  row('5.1', 'token_type_in_any_case', 'The token type is compared without regard to case.', {
    steps: [tell({ token_type: 'BEARER' }), ...logIn()],
    then: { 'login.ok': true, 'login.token.token_type': 'Bearer' } }),
  row('7.1', 'unknown_token_type', 'A token of a type that is not understood is not used.', {
    steps: [begin(), browse(), answer(token({ token_type: 'mac', mac_key: 'k' })), finish(), ask()],
    then: { 'login.ok': false, 'token.reason': 'GRANT_NOT_FOUND' } }),
  row('5.1', 'token_type_is_required', 'An answer without token_type is no token.', {
    steps: [begin(), browse(), answer(token({ token_type: undefined })), finish(), ask()],
    then: { 'login.ok': false, 'token.reason': 'GRANT_NOT_FOUND' } }),
  row('5.1', 'access_token_is_required', 'An answer without access_token is no token.', {
    steps: [begin(), browse(), answer({ token_type: 'Bearer', expires_in: 3600 }), finish(), ask()],
    then: { ...under('login', unknownOutcome), 'token.reason': 'GRANT_NOT_FOUND' } }),
  row('5.1', 'the_token_is_opaque',
    'An access token of 4,000 characters of any kind that RFC 6749 A.12 allows is handed out as it came.', {
      steps: [begin(), browse(),
        answer(token({ access_token: `!#$%&'*+-./:;<=>?@[]^_{|}~${'a1'.repeat(1987)}` })), finish(), ask()],
      then: { 'token.ok': true, 'token.token.access_token':
        `!#$%&'*+-./:;<=>?@[]^_{|}~${'a1'.repeat(1987)}` } }),
  row('RFC 6749 appendix A.12', 'control_characters',
    'An access token with a control character is refused.', {
      steps: [begin(), browse(), answer(token({ access_token: 'at-1\r\nX-Evil: 1' })), finish(), ask()],
      then: { 'login.ok': false, 'token.reason': 'GRANT_NOT_FOUND' } }),
  row('4.2.2', 'expires_in_is_seconds', 'expires_in is seconds from the request.', {
    steps: [tell({ access_token_lifetime: 600 }), ...logIn()],
    then: { 'login.life': between(580, 600) } }),
  row('5.1', 'no_expires_in', 'Without expires_in no expiry is made up.', {
    steps: [tell({ expires_in: 'absent' }), ...logIn(), ask()],
    then: { 'login.token.expire_time': null, 'token.ok': true, 'token.source': 'SOURCE_CACHE' } }),
  row('5.1', 'scope_as_requested', 'An answer without scope grants what was asked for.', {
    steps: [tell({ scope: 'absent' }), ...logIn({ scopes: ['more'] })],
    then: { 'login.grant.scopes': ['more', 'read', 'write'] } }),
  row('3.3', 'scope_as_issued', 'An answer with another scope than asked for is what counts.', {
    steps: [tell({ narrow_scopes_to: ['read'] }), ...logIn(), ask({ required_scopes: ['write'] })],
    then: { 'login.grant.scopes': ['read'], 'token.reason': 'SCOPE_MISSING',
      'token.metadata.missing_scopes': 'write' } }),
  row('6', 'scope_of_a_refresh', 'A refresh without scope leaves the scopes as they were.', {
    steps: [tell({ narrow_scopes_to: ['read'] }), ...shortLogin(), tell({ scope: 'absent' }), ...refresh()],
    then: { 'token.token.scopes': ['read'] } }),
  row('3.2', 'repeated_answer_field', 'An answer that says a field twice is not believed.', {
    steps: [begin(), browse(), answer('{"access_token":"a","access_token":"b","token_type":"Bearer"}'),
      finish(), ask()],
    then: { ...under('login', unknownOutcome), 'token.reason': 'GRANT_NOT_FOUND' } }),
  row('3.2', 'fields_without_value', 'A field without a value is as good as not there.', {
    steps: [begin(), browse(), answer(token({ refresh_token: '', scope: '', expires_in: '' })), finish()],
    then: { 'login.ok': true, 'login.grant.refreshable': false,
      'login.grant.scopes': ['read', 'write'], 'login.token.expire_time': null } }),
  onCode('invalid_request', 400, misconfigured),
  onCode('invalid_client', 400, misconfigured),
  onCode('invalid_client', 401, misconfigured),
  onCode('invalid_grant', 400, { reason: 'CODE_REJECTED', code: 'FAILED_PRECONDITION' }),
  onCode('unauthorized_client', 400, misconfigured),
  onCode('unsupported_grant_type', 400, misconfigured),
  onCode('invalid_scope', 400, { reason: 'SCOPE_INVALID', code: 'INVALID_ARGUMENT' }),
  onRefresh('invalid_request', 400, misconfigured),
  onRefresh('invalid_client', 400, misconfigured),
  onRefresh('invalid_client', 401, misconfigured),
  onRefresh('invalid_grant', 400, { reason: 'REAUTHORIZATION_REQUIRED', code: 'FAILED_PRECONDITION',
    'metadata.cause': 'provider_says_dead' }),
  onRefresh('unauthorized_client', 400, misconfigured),
  onRefresh('unsupported_grant_type', 400, misconfigured),
  onRefresh('invalid_scope', 400, misconfigured),
  row('5.2', 'a_grant_survives_invalid_client',
    'An invalid_client is about the client: the grant works once the secret is right again.', {
      steps: [...shortLogin(), also('the secret is changed at the provider', 'changed',
        ({ simulator, row: { id } }) => simulator.putClient(id, { secret: 'rotated' })),
      ...refresh('refused'), call('GetGrant', {}, 'frozen'), also('and then here', 'mended',
        ({ world, row: { id } }) => world.writeSecret(id, 'rotated')),
      until('a token is served', async ({ client, row: { id } }) => client.call('GetFreshToken',
        { provider: id, subject: 'alice', min_ttl: { seconds: 30 } }).catch(() => false)), ask()],
      then: { 'refused.reason': 'PROVIDER_MISCONFIGURED', 'frozen.grant.state': 'GRANT_STATE_FROZEN',
        'token.ok': true, 'token.source': 'SOURCE_CACHE' } }),
  row('5.2', 'a_dead_refresh_token_rests',
    'A refresh token that was refused is not presented again by callers.', {
      steps: [...shortLogin(), errorAnswer('invalid_grant'), ...refresh('refused'),
        ask({ min_ttl: { seconds: 30 } }, 'again')],
      then: { 'refused.reason': 'REAUTHORIZATION_REQUIRED', 'again.reason': 'REAUTHORIZATION_REQUIRED',
        'requests.token.length': 2 } }),
  row('6', 'a_new_refresh_token_replaces', 'A new refresh token takes the place of the old one.', {
    steps: [...shortLogin(), tell({ access_token_lifetime: 1.2 }), ...refreshGrant('first'),
      ...refreshGrant('second'), ...refreshGrant('third')],
    then: { 'first.ok': true, 'second.ok': true, 'third.ok': true,
      'requests.token.length': 4,
      'requests.token.3.form.refresh_token': otherThan('requests.token.2.form.refresh_token'),
      'requests.token.2.form.refresh_token': otherThan('requests.token.1.form.refresh_token') } }),
  row('6', 'no_new_refresh_token', 'Without a new refresh token the old one stays in use.', {
    steps: [tell({ refresh_token_at_refresh: 'absent' }), ...shortLogin(),
      tell({ access_token_lifetime: 1.2 }), ...refreshGrant('first'), ...refreshGrant('second')],
    then: { 'first.ok': true, 'second.ok': true, 'requests.token.1.form.refresh_token': /^.{8,}$/,
      'requests.token.2.form.refresh_token': sameAs('requests.token.1.form.refresh_token') } }),
  row('4.1.4', 'no_refresh_token', 'A login without refresh token is good until its token ends.', {
    steps: [tell({ refresh_token_at_login: 'absent', access_token_lifetime: 2 }), ...logIn(), ask({}, 'young'),
      ask({ min_ttl: { seconds: 30 } })],
    then: { 'login.grant.refreshable': false, 'young.ok': true,
      'token.reason': 'REAUTHORIZATION_REQUIRED', 'token.metadata.cause': 'no_refresh_token',
      'requests.token.length': 1 } }),
  row('5.1', 'answers_are_bounded', 'An answer of 2 MiB is not read to its end.', {
    steps: [begin(), browse(), answer(token({ padding: 'x'.repeat(2 * 1024 * 1024) })), finish()],
    then: under('login', unknownOutcome) }),
  row('RFC 9110 section 10.2.3', 'retry_after', 'A Retry-After of the provider is what the caller is told.', {
    steps: [...shortLogin(), errorAnswer('temporarily_unavailable', 503, { headers: { 'Retry-After': '7' } }),
      ...refresh()],
    then: { ...under('token', unavailable), 'token.retryDelay': atLeast(5) } }),
]);
