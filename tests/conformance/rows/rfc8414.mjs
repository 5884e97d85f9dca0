// RFC 8414 and OpenID Connect Discovery: metadata.

import { absent, atLeast, that } from '../expectations.mjs';
import { row, rows } from '../row.mjs';
import { begin, checkConfiguration, fault, logIn } from '../steps.mjs';

// Nothing more than what is needed, of another issuer than the simulator's own.
const metadata = (issuer, origin, more = {}) => ({ issuer, authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`, ...more });
const answered = (endpoint, body, rest = {}) => fault((seen, { simulator }) => ({ endpoint, status: 200,
  headers: { 'Content-Type': 'application/json' }, body: body(simulator.origin), ...rest }));
const missing = (endpoint) => fault({ endpoint, status: 404 });

const refused = (section, name, demand, issuer, line) => row(section, name, demand, {
  provider: { issuer }, refusedConfiguration: true, steps: [checkConfiguration()],
  then: { 'check.code': 2, 'check.line': line } });

// The metadata that the simulator answers with makes the provider unusable.
const unusable = (section, name, demand, body, rest = {}) => row(section, name, demand, {
  steps: [answered('metadata', body, rest), begin()],
  then: { 'begun.reason': 'PROVIDER_MISCONFIGURED', 'begun.code': 'FAILED_PRECONDITION',
    'requests.authorize.length': 0 } });

export default rows('RFC 8414', 'rfc8414', [
  row('3.1', 'a_get', 'Metadata is asked for by GET, with no credentials.', {
    steps: [begin()],
    then: { 'requests.metadata.0.method': 'GET', 'requests.metadata.0.headers.authorization': absent,
      'requests.metadata.0.path': '/.well-known/openid-configuration' } }),
  row('OpenID Connect Discovery section 4.1', 'path_before_the_suffix',
    'For an issuer with a path the OpenID document lies behind that path.', {
      provider: ({ origin }) => ({ issuer: `${origin}/tenant` }),
      steps: [answered('other', (origin) => metadata(`${origin}/tenant`, origin)), begin()],
      then: { 'begun.ok': true,
        'requests.other.0.path': '/tenant/.well-known/openid-configuration' } }),
  row('3', 'suffix_before_the_path',
    'For an issuer with a path the OAuth document lies at the well-known suffix before that path.', {
      provider: ({ origin }) => ({ issuer: `${origin}/tenant` }),
      steps: [missing('other'), answered('other', (origin) => metadata(`${origin}/tenant`, origin)), begin()],
      then: { 'begun.ok': true,
        'requests.other.1.path': '/.well-known/oauth-authorization-server/tenant' } }),
  row('3.1', 'terminating_slash', 'A slash at the issuer\'s end is removed before the suffix is added.', {
    provider: ({ origin }) => ({ issuer: `${origin}/tenant/` }),
    steps: [missing('other'), answered('other', (origin) => metadata(`${origin}/tenant/`, origin)), begin()],
    then: { 'begun.ok': true,
      'requests.other.0.path': '/tenant/.well-known/openid-configuration',
      'requests.other.1.path': '/.well-known/oauth-authorization-server/tenant' } }),
  row('3', 'no_openid_document', 'A server without an OpenID document is found by its OAuth document.', {
    steps: [missing('metadata'), begin()],
    then: { 'begun.ok': true,
      'requests.metadata.1.path': '/.well-known/oauth-authorization-server' } }),
  row('3.2', 'endpoints_are_taken', 'The endpoints are those of the document.', {
    steps: [answered('metadata', (origin) => ({ ...metadata(origin, origin),
      authorization_endpoint: `${origin}/authorize?from=metadata` })), begin()],
    then: { 'begun.queryText': /^from=metadata&/ } }),
  row('2', 'unknown_metadata', 'Metadata that is not known is ignored.', {
    steps: [answered('metadata', (origin) => metadata(origin, origin, { x: [{ y: 1 }], mtls_endpoint_aliases: {} })),
      begin()],
    then: { 'begun.ok': true } }),
  unusable('3.3', 'another_issuer', 'A document of another issuer is not used.',
    (origin) => metadata('https://evil.example', origin)),
  unusable('3.3', 'almost_the_issuer', 'A slash more is another issuer.',
    (origin) => metadata(`${origin}/`, origin)),
  unusable('3.3', 'no_issuer', 'A document without an issuer is not used.',
    (origin) => metadata(undefined, origin), { times: 2 }),
  unusable('2', 'no_authorization_endpoint',
    'Without an authorization_endpoint in the document or the configuration there is no login.',
    (origin) => ({ issuer: origin, token_endpoint: `${origin}/token` })),
  unusable('2', 'no_token_endpoint', 'Without a token_endpoint in the document or the configuration there is no login.',
    (origin) => ({ issuer: origin, authorization_endpoint: `${origin}/authorize` })),
  unusable('6.1', 'an_endpoint_without_tls', 'An endpoint without TLS is not taken from a document.',
    (origin) => metadata(origin, origin, { token_endpoint: 'http://id.example.com/token' })),
  unusable('3.2', 'no_json', 'What is no JSON is no metadata.', () => '<html>welcome</html>', { times: 2 }),
  unusable('3.2', 'json_but_no_object', 'JSON that is no object is no metadata.', () => '[]', { times: 2 }),
  row('6.2', 'redirects_are_not_followed', 'A redirect of the metadata request is not followed.', {
    twoIssuers: true,
    steps: [fault((seen, { simulator }) => ({ endpoint: 'metadata', status: 302, times: 2,
      headers: { Location: `${simulator.origin2}/.well-known/openid-configuration` } })), begin()],
    then: { 'begun.reason': 'PROVIDER_MISCONFIGURED', 'elsewhere.all.length': 0 } }),
  row('3.2', 'trouble_is_trouble', 'A server that cannot tell its metadata now is asked again later.', {
    steps: [fault({ endpoint: 'metadata', status: 503, times: 2 }), begin()],
    then: { 'begun.reason': 'PROVIDER_UNAVAILABLE', 'begun.code': 'UNAVAILABLE',
      'begun.retryDelay': that('about a second', (delay) => delay > 0 && delay < 3) } }),
  row('3', 'remembered', 'The document is fetched once, not at every login.', {
    steps: [...logIn(), ...logIn({}, 'second')],
    then: { 'second.ok': true, 'requests.metadata.length': 1 } }),
  row('2', 'configuration_first', 'An endpoint in the configuration is used in place of the document\'s.', {
    provider: ({ origin }) => ({ token_endpoint: `${origin}/token?configured=1` }),
    steps: logIn(),
    then: { 'login.ok': true, 'requests.token.0.queryText': 'configured=1',
      'requests.metadata.length': atLeast(1) } }),
  refused('2', 'issuer_without_tls', 'An issuer without TLS is refused.', 'http://id.example.com',
    /issuer: is plain http/),
  refused('2', 'issuer_with_a_query', 'An issuer with a query is refused.', 'https://id.example.com?x=1',
    /issuer: has a query/),
  refused('2', 'issuer_with_a_fragment', 'An issuer with a fragment is refused.', 'https://id.example.com#x',
    /issuer: has a fragment/),
]);
