// The field study's section 5: what providers do that no RFC says, one class of quirk after the
// other. Evidence is as the study tags it: S read in source, D documentation, I an issue, U unconfirmed.

import { absent, atLeast, between, lacking, otherThan, sameAs, that } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { also, answer, ask, begin, browse, call, checkConfiguration, errorAnswer, fault, finish, logIn, pause,
  refresh, refreshGrant, shortLogin, tell, until } from '../steps.mjs';

const study = (what, who) => `field study section 5, ${what}: ${who}`;
const seconds = ({ seconds: s }) => Number(s);
const counters = () => also('the counters of the simulator', 'counters',
  ({ simulator }) => simulator.counters());
const untilServed = () => until('a new token is served', async ({ client, row: { id }, seen }) => {
  seen.token = await client.call('GetFreshToken',
    { provider: id, subject: 'alice', min_ttl: { seconds: 30 } }).catch(() => undefined);
  return seen.token;
});

const omitted = (how, who) => row(study('RT omitted on refresh', who), `refresh_token_${how}`,
  `A refresh token that is ${how} in the answer to a refresh takes nobody's place.`, {
    steps: [tell({ refresh_token_at_refresh: how }), ...shortLogin(), tell({ access_token_lifetime: 1.2 }),
      ...refreshGrant('first'), ...refreshGrant('second')],
    then: { 'second.grant.refreshable': true, 'requests.token.1.form.refresh_token': /^.{8,}$/,
      'requests.token.2.form.refresh_token': sameAs('requests.token.1.form.refresh_token') } });

const expiresIn = (name, value, demand, expected, who, provider = {}) => row(
  study('`expires_in` odd type', who), `expires_in_${name}`, demand, {
    provider,
    steps: [begin(), browse(), answer({ access_token: 'at-odd', token_type: 'Bearer', expires_in: value }),
      finish(), ask()],
    then: { 'login.life': expected, 'token.ok': true } });

// An error under 200, to a refresh or to a code.
const errorIn200 = (name, body, expected, who) => row(study('error in HTTP 200', who), name,
  `${JSON.stringify(body)} under 200 is an error: ${expected.reason}.`, {
    steps: expected.reason === 'CODE_REJECTED'
      ? [begin(), browse(), answer(body), finish({}, 'refused')]
      : [...shortLogin(), answer(body), ...refresh('refused')],
    then: Object.fromEntries(Object.entries(expected).map(([key, value]) => [`refused.${key}`, value])) });

const dead = { reason: 'REAUTHORIZATION_REQUIRED', 'metadata.cause': 'provider_says_dead' };
const days = (count) => count * 24 * 3600;

export default rows('field study', 'quirk', [
  omitted('absent', 'Spotify D, Google U (RFC 6749 section 6 allows it)'),
  omitted('empty', 'souz#711 I'),
  omitted('null', 'souz#711 I'),
  row(study('absolute RT life', 'Spotify D developer.spotify.com/blog/2026-06-18-refresh-token-expiration'),
    'absolute_life', 'The end of a refresh token counts from the login, and no refresh moves it.', {
      provider: { refresh: { active_window: '1ms', refresh_token_lifetime: '4320h' } },
      steps: [...shortLogin(), call('GetGrant', {}, 'before'), ...refresh(), call('GetGrant', {}, 'stored')],
      then: { 'before.grant.reauthorize_time': that('180 days ahead', (time) =>
        Math.abs(seconds(time) - Date.now() / 1000 - days(180)) < 60),
      'token.source': 'SOURCE_REFRESHED',
      'stored.grant.reauthorize_time': sameAs('before.grant.reauthorize_time') } }),
  row(study('idle RT life', 'Google 6 months D, Atlassian 90 d S, Box 60 d D, QBO 100 d D'), 'idle_life',
    'A grant that nobody uses is refreshed before its refresh token dies of that.', {
      provider: { refresh: { active_window: '1ms', idle_lifetime: '1440h' } },
      steps: [tell({ expires_in: 'absent' }), ...logIn(), call('GetGrant', {}, 'stored')],
      then: { 'stored.grant.next_refresh_time': that('within 60 days', (time) => {
        const ahead = seconds(time) - Date.now() / 1000;
        return ahead > days(20) && ahead < days(60);
      }) } }),
  row(study('RT count cap', 'Google drops the oldest of 100 S'), 'newest_login_counts',
    'After another login of a subject it is the newest refresh token that is used.', {
      steps: [...logIn({}, 'first'), ...shortLogin(), also('the grants of the simulator', 'grants',
        ({ simulator }) => simulator.grants()), ...refresh()],
      then: { 'token.ok': true, 'requests.token.2.form.refresh_token': sameAs('grants.1.refresh_tokens.0'),
        'first.ok': true } }),
  row(study('RT only with flags', 'Google access_type=offline and prompt=consent S'), 'flags_for_a_refresh_token',
    'The flags that make a provider give a refresh token are in every login URI.', {
      provider: { authorization_params: { access_type: 'offline', prompt: 'consent' } },
      steps: [begin()],
      then: { 'begun.query.access_type': 'offline', 'begun.query.prompt': 'consent' } }),
  row(study('RT only with flags', 'Google S'), 'login_without_refresh_token',
    'A login without refresh token leaves the older one of the same account in use.', {
      provider: { scopes: ['openid', 'read'] },
      steps: [...logIn({}, 'first'), also('the grants of the simulator', 'grants',
        ({ simulator }) => simulator.grants()), tell({ refresh_token_at_login: 'absent' }), ...shortLogin(),
      ...refresh()],
      then: { 'login.grant.refreshable': true, 'first.ok': true,
        'requests.token.2.form.refresh_token': sameAs('grants.0.refresh_tokens.0') } }),
  row(study('strict single-use rotation', 'Box, Slack, Spotify PKCE D'), 'single_use',
    'A chain of rotations presents every refresh token once, the newest each time.', {
      steps: [...shortLogin(), tell({ access_token_lifetime: 1.2 }), ...refreshGrant('first'),
        ...refreshGrant('second'), ...refreshGrant('third'), counters()],
      then: { 'third.ok': true, 'counters.max_presented': 1, 'counters.refreshes': 3,
        'counters.families_revoked_by_reuse': 0 } }),
  row(study('rotation with grace', 'Atlassian 10 min D, Okta D'), 'grace',
    'When an answer is lost the old refresh token is used again within the grace.', {
      provider: { request_timeout: '5s',
        refresh: { active_window: '1ms', rotation: 'grace', rotation_grace: '600s' } },
      steps: [tell({ rotation: 'grace', rotation_grace: 600 }), ...shortLogin(),
        fault({ fault: 'lost_response' }), ...refresh('lost'), untilServed(), counters()],
      then: { 'lost.code': 'UNAVAILABLE', 'token.token.access_token': otherThan('login.token.access_token'),
        'counters.max_presented': 2, 'counters.families_revoked_by_reuse': 0 } }),
  row(study('rotation with grace', 'Google and Spotify do not rotate D'), 'no_rotation',
    'Where nothing rotates a lost answer is asked for again.', {
      provider: { refresh: { active_window: '1ms', rotation: 'none' } },
      steps: [tell({ rotation: 'none' }), ...shortLogin(), fault({ fault: 'lost_response' }),
        ...refresh('lost'), untilServed()],
      then: { 'lost.code': 'UNAVAILABLE', 'requests.token.2.form.refresh_token':
        sameAs('requests.token.1.form.refresh_token'), 'token.source': 'SOURCE_REFRESHED' } }),
  row(study('RT value may change daily', 'QuickBooks I airbyte#7296'), 'changes_now_and_then',
    'A refresh token that comes after many answers without one is the one to use.', {
      steps: [tell({ refresh_token_at_refresh: 'absent' }), ...shortLogin(), tell({ access_token_lifetime: 1.2 }),
        ...refreshGrant('first'), tell({ refresh_token_at_refresh: 'present' }), ...refreshGrant('second'),
        ...refreshGrant('third')],
      then: { 'third.ok': true, 'requests.token.2.form.refresh_token':
        sameAs('requests.token.1.form.refresh_token'),
      'requests.token.3.form.refresh_token': otherThan('requests.token.2.form.refresh_token') } }),
  row(study('no RT, AT eternal', 'Notion U, GitHub OAuth App, Slack without rotation'), 'eternal_token',
    'A token without expiry and refresh token is served, not taken as expired.', {
      steps: [begin(), browse(), answer({ access_token: 'at-ever', token_type: 'Bearer' }), finish(), ask()],
      then: { 'token.token.access_token': 'at-ever', 'token.token.expire_time': null,
        'token.source': 'SOURCE_CACHE', 'requests.token.length': 1 } }),
  row(study('no RT, AT eternal', 'validate on 401'), 'eternal_token_refused',
    'When the resource server refuses such a token the user must log in again.', {
      steps: [begin(), browse(), answer({ access_token: 'at-ever', token_type: 'Bearer' }), finish(),
        ask(({ login }) => ({ rejected_generation: login.token.generation }))],
      then: { 'token.reason': 'REAUTHORIZATION_REQUIRED', 'token.metadata.cause': 'no_refresh_token' } }),
  row(study('no `expires_in`', 'Salesforce, Zendesk (vault-oauthapp PR#75), Stripe App S'), 'default_lifetime',
    'default_token_lifetime is the life of a token that does not tell its own.', {
      provider: { default_token_lifetime: '600s' },
      steps: [tell({ expires_in: 'absent' }), ...logIn()],
      then: { 'login.life': between(570, 600) } }),
  expiresIn('text', '600', 'expires_in may be a text.', between(570, 600), 'parseInt everywhere S'),
  expiresIn('fraction', '600.0', 'expires_in may have a fraction.', between(570, 600), 'S'),
  expiresIn('zero', 0, 'An expires_in of 0 is none.', between(570, 600), 'S',
    { default_token_lifetime: '600s' }),
  expiresIn('negative', -5, 'A negative expires_in is none.', between(570, 600), 'S', { default_token_lifetime: '600s' }),
  expiresIn('clock', '177:05:38', 'An expires_in that is no number of seconds is none.', between(570, 600), 'Tableau S',
    { default_token_lifetime: '600s' }),
  expiresIn('null', null, 'An expires_in of null is none.', absent, 'S'),
  expiresIn('huge', 1e15, 'An absurd expires_in is clamped.', between(days(300), days(4000)),
    'sanity clamp'),
  errorIn200('github_refresh', { error: 'bad_refresh_token' }, dead, 'GitHub I golang/oauth2#441'),
  errorIn200('github_code', { error: 'bad_verification_code' }, { reason: 'CODE_REJECTED' },
    'GitHub I golang/oauth2#441'),
  errorIn200('github_client', { error: 'incorrect_client_credentials' }, { reason: 'PROVIDER_MISCONFIGURED',
    'metadata.provider_error': 'invalid_client' }, 'GitHub I golang/oauth2#441'),
  errorIn200('slack_refresh', { ok: false, error: 'invalid_refresh_token' }, dead, 'Slack D'),
  errorIn200('slack_unknown', { ok: false, error: 'fatal_error' }, { reason: 'PROVIDER_UNAVAILABLE' }, 'Slack D'),
  row(study('form-encoded reply by default', 'GitHub without Accept, Salesforce D'), 'asks_for_json',
    'Every request to the provider says Accept: application/json.', {
      steps: logIn(),
      then: { 'requests.token.0.headers.accept': 'application/json',
        'requests.metadata.0.headers.accept': 'application/json' } }),
  row(study('form-encoded reply by default', 'GitHub D'), 'form_answer',
    'An answer that is a form is read all the same.', {
      steps: [tell({ answer_format: 'form' }), ...shortLogin(), ...refresh()],
      then: { 'login.grant.scopes': ['read', 'write'], 'token.ok': true, 'token.life': between(3500, 3600) } }),
  row(study('form-encoded reply by default', 'GitHub D'), 'form_error', 'An error that is a form is read all the same.', {
    steps: [begin(), browse(), fault({ status: 200,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: 'error=bad_verification_code&error_description=x' }), finish()],
    then: { 'login.reason': 'CODE_REJECTED' } }),
  row(study('nested or renamed token', 'Slack authed_user.* S'), 'nested_token',
    'A user token within authed_user is the access token.', {
      provider: { token_pointer: '/authed_user' },
      steps: [begin(), browse(), answer({ ok: true, access_token: 'xoxb-1', token_type: 'bot',
        authed_user: { access_token: 'xoxp-1', token_type: 'Bearer' } }), finish()],
      then: { 'login.ok': true, 'login.token.access_token': 'xoxp-1' } }),
  row(study('nested or renamed token', 'Slack: an answer to a refresh has it at the top D'), 'nested_token_refreshed',
    'An answer without the object that token_pointer names is read from the top.', {
      provider: { token_pointer: '/authed_user' },
      steps: [...shortLogin(), ...refresh()],
      then: { 'token.source': 'SOURCE_REFRESHED' } }),
  row(study('nested or renamed token', 'Slack authed_user.* S'), 'nested_token_is_not_misread',
    'An answer whose token is elsewhere stores nothing.', {
      steps: [begin(), browse(), answer({ ok: true, authed_user: { access_token: 'xoxp-1', token_type: 'Bearer' } }),
        finish(), ask()],
      then: { 'login.reason': 'LOGIN_OUTCOME_UNKNOWN', 'token.reason': 'GRANT_NOT_FOUND' } }),
  row(study('non-2xx success', '201 from some I oauth2c#136'), 'success_201', 'A 201 is a success.', {
    steps: [begin(), browse(), answer({ access_token: 'at-201', token_type: 'Bearer' }, { status: 201 }), finish()],
    then: { 'login.token.access_token': 'at-201' } }),
  row(study('client authentication', 'never autodetect, I golang/oauth2#274'), 'no_trial',
    'After an invalid_client no other way of authentication is tried.', {
      steps: [begin(), browse(), errorAnswer('invalid_client', 401), finish(), pause(200)],
      then: { 'login.reason': 'PROVIDER_MISCONFIGURED', 'requests.token.length': 1 } }),
  row(study('scope separator', '`,` 19 of 344 (Slack, Figma, Strava, GitHub) S'), 'scopes_by_comma',
    'Scopes that come with commas between them are several.', {
      provider: { scope_separator: 'comma' },
      steps: [tell({ extra_answer_fields: { scope: 'read,write' } }), ...logIn()],
      then: { 'login.grant.scopes': ['read', 'write'] } }),
  row(study('scope separator', '`,` 19 of 344 (Slack, Figma, Strava, GitHub) S'), 'asks_with_commas',
    'With scope_separator comma the login URI has commas between scopes.', {
      provider: { scope_separator: 'comma', scopes: ['read', 'write'] },
      steps: [begin()],
      then: { 'begun.query.scope': 'read,write' } }),
  row(study('scope separator', 'a list in JSON, Twitch D'), 'scopes_in_a_list',
    'Scopes may come as a JSON list.', {
      steps: [tell({ scope: 'array', narrow_scopes_to: ['read'] }), ...logIn()],
      then: { 'login.grant.scopes': ['read'] } }),
  row(study('templated hosts', '75 token URLs S: SSRF guard'), 'ssrf_by_configuration',
    'A token endpoint at a cloud\'s metadata address is refused.', {
      provider: { token_endpoint: 'https://169.254.169.254/token' },
      refusedConfiguration: true,
      steps: [checkConfiguration()],
      then: { 'check.line': /token_endpoint: is at a link-local, metadata or otherwise special address/ } }),
  row(study('templated hosts', '75 token URLs S: SSRF guard'), 'ssrf_by_metadata',
    'A token endpoint there that the provider\'s metadata names is not called.', {
      steps: [fault((seen, { simulator: { origin } }) => ({ endpoint: 'metadata', status: 200,
        headers: { 'Content-Type': 'application/json' }, body: { issuer: origin,
          authorization_endpoint: `${origin}/authorize`, token_endpoint: 'https://169.254.169.254/token' } })),
      ...logIn()],
      then: { 'login.reason': 'PROVIDER_UNAVAILABLE',
        'login.metadata.provider_error': 'address_not_allowed' } }),
  row(study('callback carries data', 'QuickBooks realmId, Zoho accounts-server S'), 'callback_data',
    'A listed parameter of the callback is kept with the grant and given to callers.', {
      provider: { attributes: ['realmId'] },
      steps: [begin(), browse(), finish(({ callback }) => ({ callback_uri: `${callback.href}&realmId=912&other=1` })),
        ask()],
      then: { 'login.grant.attributes': { realmId: '912' }, 'token.token.attributes': { realmId: '912' } } }),
  row(study('response carries data', 'Salesforce instance_url, Pipedrive api_domain S'), 'response_data',
    'A listed field of the answer is kept with the grant through refreshes, and no other.', {
      provider: { attributes: ['instance_url'] },
      steps: [tell({ extra_answer_fields: { instance_url: 'https://eu1.example', other: 1 } }), ...shortLogin(),
        tell({ extra_answer_fields: {} }), ...refresh()],
      then: { 'token.token.attributes': { instance_url: 'https://eu1.example' },
        'token.source': 'SOURCE_REFRESHED' } }),
  row(study('PKCE breaks some', '86 of 344 (LinkedIn, Slack, Figma) S'), 'pkce_disabled',
    'With pkce disabled neither challenge nor verifier is sent.', {
      provider: { pkce: 'disabled' },
      steps: [tell({ pkce_required: false }), ...logIn()],
      then: { 'login.ok': true, 'begun.names': that('no challenge', (names) =>
        !names.some((name) => name.startsWith('code_challenge'))),
      'requests.token.0.form.code_verifier': absent } }),
  row(study('margin too early refused', 'Exact Online 30 s I nango#747'), 'own_margin',
    'A provider\'s own margin decides how long before its expiry a token is refreshed.', {
      provider: { refresh: { margin: '30s' } },
      steps: [tell({ access_token_lifetime: 600 }), ...logIn()],
      then: { 'login.token': that('refreshed 26 to 34 s before its expiry', ({ expire_time: end, refresh_time: due }) =>
        Math.abs(seconds(end) - seconds(due) - 30) <= 4) } }),
  row(study('invalid_grant is ambiguous', 'AADSTS70043 I'), 'nothing_of_it_is_quoted',
    'A dead grant is told by the code alone; the provider\'s text is not passed on.', {
      steps: [...shortLogin(), answer({ error: 'invalid_grant', suberror: 'bad_token',
        error_description: 'AADSTS70043: trace 0f3e' }, { status: 400 }), ...refresh()],
      then: { 'token.reason': 'REAUTHORIZATION_REQUIRED', 'token.metadata.provider_error': 'invalid_grant',
        'token.message': lacking('AADSTS') } }),
  row(study('invalid_grant is ambiguous', 'a gateway may say it'), 'a_gateways_invalid_grant',
    'An invalid_grant under 502 condemns no grant.', {
      steps: [...shortLogin(), errorAnswer('invalid_grant', 502), ...refresh(), call('GetGrant', {}, 'stored')],
      then: { 'token.code': 'UNAVAILABLE', 'stored.grant.state': 'GRANT_STATE_ACTIVE' } }),
  row(study('RT count cap', 'Zoho 10 refreshes in 10 min D'), 'rate_limit',
    'A 429 is the provider\'s throttling, and its Retry-After is what callers are told.', {
      steps: [...shortLogin(), answer({ error: 'access_denied' }, { status: 429, headers: { 'Retry-After': '30' } }),
        ...refresh(), call('GetGrant', {}, 'stored')],
      then: { 'token.reason': 'PROVIDER_THROTTLED', 'token.retryDelay': atLeast(20),
        'stored.grant.state': 'GRANT_STATE_ACTIVE' } }),
  row(study('absolute RT life', 'Spotify D'), 'spotify',
    'The preset spotify: Basic, the account of /v1/me, refresh tokens that stay and end after 180 days.', {
      provider: ({ origin }) => ({ issuer: undefined, preset: 'spotify', authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`, account: { userinfo_endpoint: `${origin}/v1/me` } }),
      steps: [tell({ rotation: 'none', refresh_token_at_refresh: 'absent' }),
        ...shortLogin({ authorization_params: { show_dialog: 'true' } }), ...refresh()],
      then: { 'login.grant.account.id': 'account-alice', 'begun.query.show_dialog': 'true',
        'requests.token.0.basic.secret': 'secret', 'token.source': 'SOURCE_REFRESHED',
        'token.token.reauthorize_time': that('180 days ahead', (time) =>
          Math.abs(seconds(time) - Date.now() / 1000 - days(180)) < 60) } }),
]);
