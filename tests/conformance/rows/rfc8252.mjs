// RFC 8252: redirect URIs of native applications.

import { absent, sameAs } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { begin, browse, finish, logIn } from '../steps.mjs';

const loopback = { redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback',
  'https://app.example.com/callback', 'com.example.app:/oauth/callback'] };

const refused = (section, name, demand, uri) => row(section, name, demand, {
  provider: loopback,
  steps: [begin({ redirect_uri: uri })],
  then: { 'begun.reason': 'REDIRECT_URI_NOT_ALLOWED', 'begun.code': 'INVALID_ARGUMENT' } });

export default rows('RFC 8252', 'rfc8252', [
  row('7.3', 'any_port', 'A loopback redirect URI may have any port.', {
    provider: loopback,
    steps: [begin({ redirect_uri: 'http://127.0.0.1:51004/callback' }), browse(), finish()],
    then: { 'login.ok': true, 'begun.query.redirect_uri': 'http://127.0.0.1:51004/callback',
      'requests.token.0.form.redirect_uri': sameAs('begun.query.redirect_uri') } }),
  row('7.3', 'any_port_of_ipv6', 'An IPv6 loopback redirect URI may have any port.', {
    provider: loopback,
    steps: [begin({ redirect_uri: 'http://[::1]:61023/callback' }), browse(), finish()],
    then: { 'login.ok': true,
      'requests.token.0.form.redirect_uri': 'http://[::1]:61023/callback' } }),
  refused('7.3', 'another_path', 'The port alone is free: another path is refused.',
    'http://127.0.0.1:51004/other'),
  refused('7.3', 'another_query', 'A query that is not listed is refused.',
    'http://127.0.0.1:51004/callback?x=1'),
  refused('7.3', 'another_scheme', 'https on loopback is another URI.',
    'https://127.0.0.1:51004/callback'),
  refused('7.3', 'no_such_port', 'What is no port is refused.', 'http://127.0.0.1:65536/callback'),
  refused('8.10', 'userinfo_after_the_address',
    'An address that is only the user name of another host is refused.',
    'http://127.0.0.1:80@evil.example/callback'),
  refused('8.10', 'a_name_that_begins_alike', 'A host that only begins like the address is refused.',
    'http://127.0.0.1.evil.example/callback'),
  refused('8.3', 'not_localhost', 'The name localhost is not a loopback literal.',
    'http://localhost:51004/callback'),
  refused('7.2', 'no_other_port_for_https', 'A claimed https URI allows no other port.',
    'https://app.example.com:8443/callback'),
  row('7.1', 'private_use_scheme', 'A private-use scheme works as it is listed.', {
    provider: loopback,
    steps: [begin({ redirect_uri: 'com.example.app:/oauth/callback' }), browse(), finish()],
    then: { 'login.ok': true,
      'requests.token.0.form.redirect_uri': 'com.example.app:/oauth/callback' } }),
  row('8.4', 'public_clients_have_no_secret',
    'A native application\'s client is public: it sends no secret.', {
      provider: { ...loopback, client_authentication: 'none', client_secret_file: undefined },
      steps: [begin({ redirect_uri: 'http://127.0.0.1:51004/callback' }), browse(), finish()],
      then: { 'login.ok': true, 'requests.token.0.form.client_secret': absent,
        'requests.token.0.headers.authorization': absent } }),
  row('8.1', 'public_clients_use_pkce', 'A public client\'s login has PKCE.', {
    provider: { client_authentication: 'none', client_secret_file: undefined },
    steps: logIn(),
    then: { 'begun.query.code_challenge_method': 'S256',
      'requests.token.0.form.code_verifier': /^.{43,}$/ } }),
]);
