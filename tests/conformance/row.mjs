// What a row is: where its demand comes from, the demand in one sentence, and how it is shown.
//
//   rows('RFC 6749', 'rfc6749', [
//     row('4.1.1', 'asks_for_a_code', 'The authorization request says response_type=code.', {
//       steps: [begin()],
//       then: { 'begun.query.response_type': 'code' } }),
//   ])
//
// Besides `steps` (steps.mjs) and `then` (expectations.mjs) a row may have
//   provider: keys of its provider in the broker's configuration, or a function of the simulator
//   secret: the client's secret
//   twoIssuers: true when the simulator's second issuer has a part, whose requests are `elsewhere`
//   refusedConfiguration: true when the broker must refuse that section
//   fails: what the broker does instead, where a row has found a bug; such a row must fail

export const row = (section, name, demand, content) => ({ section, name, demand, ...content });

export function rows(document, prefix, list) {
  return list.map(({ section, name, ...rest }) => ({
    steps: [],
    ...rest,
    document,
    source: /^\d/.test(section) ? `${document} section ${section}` : section,
    id: `${prefix}_${name}`,
  }));
}

// Why `all` are not rows that prove something, one sentence each.
export function flaws(all) {
  const found = [];
  const ids = new Set();
  for (const { id, source, demand, then, steps, refusedConfiguration } of all) {
    const say = (problem) => found.push(`${id}: ${problem}`);
    if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(id)) say('is no name of a provider');
    if (ids.has(id)) say('is there twice');
    ids.add(id);
    if (!source?.trim()) say('names no source');
    if (!/^[^|\n]+\.$/.test(demand ?? '')) say('has no demand of one sentence');
    if (Object.keys(then ?? {}).length === 0) say('expects nothing');
    if (steps.length === 0 && !refusedConfiguration) say('does nothing');
  }
  return found;
}
