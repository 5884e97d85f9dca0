// What a row expects: a path into what was seen ('login.reason', 'requests.token.0.form.code') and
// the value there, or a matcher of it. Pure: no process, no network.

import { isDeepStrictEqual } from 'node:util';

class Matcher {
  constructor(text, holds) {
    this.text = text;
    this.holds = holds;
  }
}

export const absent = new Matcher('absent', (value) => value === undefined);
export const present = new Matcher('present', (value) => value !== undefined && value !== null && value !== '');
export const oneOf = (...values) => new Matcher(`one of ${values.join(', ')}`,
  (value) => values.some((one) => isDeepStrictEqual(one, value)));
export const between = (least, most) => new Matcher(`between ${least} and ${most}`,
  (value) => typeof value === 'number' && value >= least && value <= most);
export const atLeast = (least) => new Matcher(`at least ${least}`,
  (value) => typeof value === 'number' && value >= least);
export const containing = (part) => new Matcher(`containing ${part}`,
  (value) => typeof value?.includes === 'function' && value.includes(part));
export const lacking = (part) => new Matcher(`lacking ${part}`,
  (value) => typeof value?.includes === 'function' && !value.includes(part));
export const sameAs = (path) => new Matcher(`the same as ${path}`, (value, seen) => {
  const other = at(seen, path);
  return other !== undefined && isDeepStrictEqual(value, other);
});
export const otherThan = (path) => new Matcher(`another than ${path}`, (value, seen) => {
  const other = at(seen, path);
  return value != null && other !== undefined && !isDeepStrictEqual(value, other);
});
// `check` of the value and of all that was seen.
export const that = (text, check) => new Matcher(text,
  (value, seen) => value != null && check(value, seen) === true);
export const not = (expected) => new Matcher(`not ${describe(expected)}`,
  (value, seen) => !matches(expected, value, seen));

export function at(seen, path) {
  return path.split('.').reduce((value, key) => value?.[key], seen);
}

export function describe(expected) {
  if (expected instanceof Matcher) return expected.text;
  return expected instanceof RegExp ? String(expected) : JSON.stringify(expected);
}

export function matches(expected, value, seen) {
  if (expected instanceof Matcher) return holds(expected, value, seen);
  if (expected instanceof RegExp) return typeof value === 'string' && expected.test(value);
  return isDeepStrictEqual(value, expected);
}

// A value of another kind than a matcher knows does not match.
function holds(matcher, value, seen) {
  try {
    return matcher.holds(value, seen);
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

// Why a call that should have been answered was not.
function why(path, seen) {
  const { code, reason = '', message } = at(seen, path.replace(/\.ok$/, '')) ?? {};
  return path.endsWith('.ok') && code ? ` (${code} ${reason}: ${message})` : '';
}

// What does not hold, one sentence each.
export function failures(then, seen) {
  return Object.entries(then)
    .filter(([path, expected]) => !matches(expected, at(seen, path), seen))
    .map(([path, expected]) => `${path} is ${JSON.stringify(at(seen, path))}${why(path, seen)}, `
      + `expected: ${describe(expected)}`);
}

// The expectations that hold whatever is seen: the row proves nothing by them.
export function vacuous(then, seen) {
  return Object.entries(then).filter(([path, expected]) => {
    const real = at(seen, path);
    const others = [undefined, null, 'planted', -1, typeof real === 'number' ? real + 1 : !real];
    return others.every((value) => isDeepStrictEqual(value, real) || matches(expected, value, seen));
  }).map(([path]) => path);
}
