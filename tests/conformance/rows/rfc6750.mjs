// RFC 6750: the broker presents a bearer token at one place, where it asks for the account, and
// tells its callers how to present theirs.

import { absent, lacking, otherThan, that } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { answer, ask, begin, browse, checkConfiguration, fault, finish, logIn, pause, shortLogin } from '../steps.mjs';

const withAccount = ({ origin }) => ({
  account: { userinfo_endpoint: `${origin}/v1/me`, id_pointer: '/id' } });

export default rows('RFC 6750', 'rfc6750', [
  row('2.1', 'in_the_header', 'A bearer token is sent in the Authorization header.', {
    provider: withAccount,
    steps: logIn(),
    then: { 'login.grant.account.id': 'account-alice',
      'requests.userinfo.0.headers.authorization': that('Bearer and the token', (header, { login }) =>
        header === `Bearer ${login.token.access_token}`) } }),
  row('2.3', 'not_in_the_uri', 'A bearer token is neither in a URI nor in a body.', {
    provider: withAccount,
    steps: logIn(),
    then: { 'requests.userinfo.0.method': 'GET', 'requests.userinfo.0.queryText': '',
      'requests.userinfo.0.body': '' } }),
  row('2.1', 'no_space_in_a_token', 'A token that cannot stand in the header is refused.', {
    steps: [begin(), browse(), answer({ access_token: 'at 1', token_type: 'Bearer' }), finish(), ask()],
    then: { 'login.ok': false, 'token.reason': 'GRANT_NOT_FOUND' } }),
  row('5.3', 'no_cookies', 'A token is never sent as a cookie, nor is any cookie of the provider kept.', {
    provider: withAccount,
    steps: [begin(), browse(),
      fault({ status: 200, headers: { 'Content-Type': 'application/json',
        'Set-Cookie': 'sid=1; Path=/' }, body: { access_token: 'at-cookie', token_type: 'Bearer' } }),
      fault({ endpoint: 'userinfo', status: 200, headers: { 'Content-Type': 'application/json' },
        body: { id: 'account-alice' } }), finish()],
    then: { 'login.ok': true, 'requests.userinfo.0.headers.cookie': absent,
      'requests.userinfo.0.headers.authorization': 'Bearer at-cookie' } }),
  row('3.1', 'an_invalid_token_is_renewed',
    'When the resource server answers invalid_token a new access token can be had with the refresh token.', {
      steps: [...shortLogin(), pause(150),
        ask(({ login }) => ({ rejected_generation: login.token.generation }))],
      then: { 'token.ok': true, 'token.source': 'SOURCE_REFRESHED',
        'token.token.access_token': otherThan('login.token.access_token') } }),
  row('3.1', 'a_young_token_is_not_renewed',
    'A resource server that refuses every token does not make the broker hammer the provider.', {
      steps: [...logIn(), ask(({ login }) => ({ rejected_generation: login.token.generation }))],
      then: { 'token.reason': 'TOKEN_KEEPS_BEING_REJECTED', 'requests.token.length': 1,
        'token.pushback': /^[1-9]\d*$/ } }),
  row('3.1', 'userinfo_refuses_the_token',
    'A userinfo endpoint that refuses the token leaves the account unknown, and the login stands.', {
      provider: withAccount,
      steps: [fault({ endpoint: 'userinfo', status: 401, times: 2,
        headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' }, body: {} }), ...logIn()],
      then: { 'login.ok': true, 'login.grant.account': null, 'requests.userinfo.length': 2 } }),
  row('5.3', 'tls_for_bearer_tokens', 'A userinfo endpoint without TLS is refused.', {
    provider: { account: { userinfo_endpoint: 'http://api.example.com/me' } },
    refusedConfiguration: true,
    steps: [checkConfiguration()],
    then: { 'check.line': /userinfo_endpoint: is plain http/ } }),
  row('5.3', 'no_token_in_the_log', 'No access token is in the log.', {
    steps: [...logIn(), ask(), { text: 'the log', run: ({ world, seen }) => {
      seen.log = world.broker.log();
      seen.clean = !seen.log.includes(seen.token.token.access_token);
    } }],
    then: { 'token.ok': true, clean: true, log: lacking('at-cookie') } }),
]);
