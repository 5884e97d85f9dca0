// The suite's own test: rows that prove nothing are found, a wrong expectation fails, and
// docs/conformance.md is what the table says. Starts the programs for a handful of rows.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { isUpToDate } from './document.mjs';
import { absent, between, containing, lacking, matches, not, oneOf, otherThan, present, sameAs, that, vacuous }
  from './expectations.mjs';
import { flaws, row, rows } from './row.mjs';
import { begin, fault, logIn, pause, tell } from './steps.mjs';
import { table } from './table.mjs';
import { World } from './world.mjs';

test('every row has a source, a demand of one sentence, and something that could fail', () => {
  assert.deepEqual(flaws(table), []);
});

test('docs/conformance.md is what the table says', () => {
  assert.ok(isUpToDate(), 'run scripts/node tests/conformance/document.mjs --write');
});

const sound = { demand: 'It is so.', steps: [pause(0)], then: { a: 1 } };
for (const [what, change, problem] of [
  ['no source', { source: ' ' }, /names no source/],
  ['no demand', { demand: undefined }, /no demand/],
  ['a demand that is no sentence', { demand: 'it' }, /no demand/],
  ['no expectation', { then: {} }, /expects nothing/],
  ['no step', { steps: [] }, /does nothing/],
  ['a name that is no provider\'s', { name: 'With Spaces' }, /no name of a provider/],
]) {
  test(`a row with ${what} is found`, () => {
    const [made] = rows('RFC 1', 'rfc1', [row('1', 'a', 'It is so.', { ...sound, ...change })]);
    const flawed = { ...made, ...('source' in change ? change : {}),
      ...('name' in change ? { id: change.name } : {}) };
    assert.deepEqual(flaws([{ ...made, id: 'sound' }]).length, 'source' in change || 'name' in change ? 0 : 1);
    assert.match(flaws([flawed]).join(), problem);
  });
}

test('two rows of one name are found', () => {
  const twice = rows('RFC 1', 'rfc1', [row('1', 'a', 'It is so.', sound), row('2', 'a', 'It is so.', sound)]);
  assert.match(flaws(twice).join(), /is there twice/);
});

const seen = { a: 'text', b: 'text', c: 3, list: ['x'] };
for (const [expected, good, bad] of [
  ['text', 'text', 'texts'],
  [{ x: [1] }, { x: [1] }, { x: [2] }],
  [/^t/, 'text', 'no'],
  [absent, undefined, null],
  [present, 'x', ''],
  [oneOf(1, 2), 2, 3],
  [between(1, 3), 2, 4],
  [between(1, 3), 2, '2'],
  [containing('x'), ['x'], ['y']],
  [lacking('x'), 'y', 'x'],
  [lacking('x'), 'y', undefined],
  [sameAs('a'), 'text', 'other'],
  [sameAs('nothing'), null, undefined],
  [otherThan('a'), 'other', 'text'],
  [otherThan('a'), 'other', undefined],
  [that('three', (value) => value === 3), 3, 4],
  [that('with a length', ({ length }) => length > 0), 'x', undefined],
  [not('x'), 'y', 'x'],
]) {
  test(`${JSON.stringify(bad)} does not match ${expected.text ?? JSON.stringify(expected)}`, () => {
    assert.equal(matches(expected, bad, seen), false);
    if (good !== null) assert.equal(matches(expected, good, seen), true);
  });
}

test('an expectation that always holds is found', () => {
  assert.deepEqual(vacuous({ a: that('anything', () => true), b: 'text' }, seen), []);
  assert.deepEqual(vacuous({ a: oneOf(undefined, null, 'planted', -1, false, 'text') }, seen), ['a']);
  assert.deepEqual(vacuous({ a: not('other') }, seen), ['a']);
});

// Rows about the real programs in which something is wrong, and what must be said of each.
const planted = rows('planted', 'planted', [
  ['a value that is another', [begin()], { 'begun.query.response_type': 'token' }, /response_type is "code"/],
  ['a parameter that is there', [begin()], { 'begun.query.code_challenge': absent }, /code_challenge is/],
  ['a refusal that does not come', logIn(), { 'login.reason': 'CODE_REJECTED' }, /reason is undefined/],
  ['a refusal of another reason', [tell({ iss: 'wrong' }), ...logIn()],
    { 'login.reason': 'LOGIN_DENIED' }, /"ISSUER_MISMATCH"/],
  ['a refusal that nobody expects', [tell({ iss: 'wrong' }), ...logIn()],
    { 'requests.token.length': 0 }, /login was refused: FAILED_PRECONDITION ISSUER_MISMATCH/],
  ['a request that was never made', [begin()], { 'requests.token.0.method': 'POST' }, /method is undefined/],
  ['a request too many', logIn(), { 'requests.token.length': 0 }, /length is 1/],
  ['a fault that nothing meets', [fault({ endpoint: 'revoke', status: 503 }), ...logIn()],
    { 'login.ok': true }, /never met/],
  ['a simulator that behaves', logIn(), { 'login.ok': false }, /login.ok is true/],
].map(([demand, steps, then, problem], index) =>
  row('planted', `number_${index}`, `${demand}.`, { steps, then, problem })));

let world;
before(async () => {
  world = await World.open(planted,
    { broker: process.env.TOKEN_BROKER, simulator: process.env.PROVIDER_SIMULATOR });
});
after(() => world?.close());

for (const one of planted) {
  test(`planted: ${one.demand}`, async () => {
    assert.match((await world.run(one)).wrong.join('\n'), one.problem);
  });
}

test('with their expectations turned round, rows that hold fail', async () => {
  const chosen = rows('planted', 'planted', [
    row('planted', 'number_0', 'It asks for a code.', { steps: [begin()],
      then: { 'begun.query.response_type': 'code' } }),
    row('planted', 'number_1', 'A login works.', { steps: logIn(),
      then: { 'login.ok': true, 'requests.token.length': 1, 'requests.token.0.form.client_secret': absent } }),
  ]);
  for (const one of chosen) {
    assert.deepEqual((await world.run(one)).wrong, []);
    for (const [path, expected] of Object.entries(one.then)) {
      const { wrong } = await world.run({ ...one, then: { ...one.then, [path]: not(expected) } });
      assert.equal(wrong.length, 1, path);
      assert.ok(wrong[0].startsWith(path), wrong[0]);
    }
  }
});
