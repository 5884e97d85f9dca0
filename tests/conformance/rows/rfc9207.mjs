// RFC 9207: the issuer in the authorization response.

import { row, rows } from '../row.mjs';
import { begin, browse, finish, logIn, tell } from '../steps.mjs';
import { redirectUri } from '../world.mjs';

const mismatch = (cause) => ({ 'login.reason': 'ISSUER_MISMATCH', 'login.code': 'FAILED_PRECONDITION',
  'login.metadata.cause': cause, 'requests.token.length': 0 });
// The callback with another iss.
const withIss = (change) => [begin(), browse(), finish(({ callback }) => {
  const url = new URL(callback.href);
  url.searchParams.set('iss', change(url.searchParams.get('iss')));
  return { callback_uri: url.href };
})];

export default rows('RFC 9207', 'rfc9207', [
  row('2.4', 'the_right_issuer', 'A callback with the issuer of the login is accepted.', {
    steps: logIn(),
    then: { 'login.ok': true, 'callback.query.iss': /^http:/ } }),
  row('2.4', 'another_issuer', 'A callback of another issuer is refused before its code is presented.', {
    steps: [tell({ iss: 'wrong' }), ...logIn()],
    then: mismatch('different') }),
  row('2.4', 'missing_where_announced', 'A callback without iss is refused where the metadata announces it.', {
    steps: [tell({ iss: 'missing' }), ...logIn()],
    then: mismatch('missing') }),
  row('2.4', 'missing_where_not_announced', 'A callback without iss is accepted where the metadata does not announce it.', {
    steps: [tell({ iss: 'missing', announce_iss: false }), ...logIn()],
    then: { 'login.ok': true } }),
  row('2.4', 'another_where_not_announced', 'An iss that comes unannounced is compared, too.', {
    steps: [tell({ iss: 'wrong', announce_iss: false }), ...logIn()],
    then: mismatch('different') }),
  row('2.4', 'another_issuer_of_an_error', 'An error of another issuer does not end the login.', {
    steps: [tell({ iss: 'wrong', authorize_error: 'access_denied' }), begin(), browse(), finish({}, 'attack'),
      tell({ iss: 'right', authorize_error: null }), browse(), finish()],
    then: { 'attack.reason': 'ISSUER_MISMATCH', 'login.ok': true } }),
  row('2.4', 'a_mismatch_spends_nothing', 'A callback of another issuer leaves the login to be finished.', {
    steps: [tell({ iss: 'wrong' }), begin(), browse(), finish({}, 'attack'), tell({ iss: 'right' }), browse(),
      finish()],
    then: { 'attack.reason': 'ISSUER_MISMATCH', 'login.ok': true, 'requests.token.length': 1 } }),
  row('2.4', 'a_slash_more', 'Issuers are compared as strings: a slash more is another one.', {
    steps: withIss((iss) => `${iss}/`),
    then: mismatch('different') }),
  row('2.4', 'upper_case', 'Issuers are compared as strings: one in upper case is another one.', {
    steps: withIss((iss) => iss.replace('http', 'HTTP')),
    then: mismatch('different') }),
  row('2.4', 'an_empty_issuer', 'An empty iss is none of ours.', {
    steps: withIss(() => ''),
    then: mismatch('different') }),
  row('2.4', 'two_issuers', 'A callback with iss twice is refused.', {
    steps: [begin(), browse(), finish(({ callback }) => ({
      callback_uri: `${callback.href}&iss=https%3A%2F%2Fevil.example` }))],
    then: { 'login.reason': 'CALLBACK_MALFORMED', 'requests.token.length': 0 } }),
  row('2.4', 'decoded_first', 'The iss is decoded before it is compared.', {
    steps: [begin(), browse(), finish(({ callback, begun }) => {
      const { code, iss } = callback.query;
      const every = [...Buffer.from(iss)].map((byte) => `%${byte.toString(16)}`).join('');
      return { callback_uri: `${redirectUri}?code=${code}&state=${begun.state}&iss=${every}` };
    })],
    then: { 'login.ok': true } }),
  row('2.4', 'issuer_among_the_parts', 'A callback that is given in its parts needs its iss, too.', {
    steps: [begin(), browse(), finish(({ callback, begun }) => ({ callback_uri: '', state: begun.state,
      code: callback.query.code }), 'without'), finish(({ callback, begun }) => ({ callback_uri: '',
      state: begun.state, code: callback.query.code, issuer: callback.query.iss }))],
    then: { 'without.reason': 'ISSUER_MISMATCH', 'login.ok': true } }),
]);
