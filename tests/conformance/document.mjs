// docs/conformance.md: the table, written out.
//
//   scripts/node tests/conformance/document.mjs --write    writes it anew
//   scripts/node tests/conformance/document.mjs            fails when it is not what the table says

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { flaws } from './row.mjs';
import { table } from './table.mjs';

const file = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

const introduction = `# Conformance

What the broker is held to, and by which row of \`tests/conformance\` it is shown: the real
\`token-broker\` against the provider simulator, and real gRPC clients. Written by
\`scripts/node tests/conformance/document.mjs --write\`; the suite fails when it is out of date.

    ctest --test-dir build/dev -R conformance --output-on-failure
    ROWS='rfc9207' ctest --test-dir build/dev -R conformance_rows --output-on-failure    # some of them

Quirks are those that providers were seen with: S in the source of somebody's client, D in
documentation, I in an issue, U not confirmed. Rows that do not hold say so, with what happens instead;
the suite fails when one of them holds after all. What has no row because the broker has no key for it:
another URL or other parameters for refreshes, token requests in JSON, tokens in milliseconds, grants
of another name (Facebook's \`fb_exchange_token\`), one refresh token for several resources.
`;

const cell = (text) => text.replaceAll('|', '\\|');

function section(document, rows) {
  const lines = rows.map(({ source, demand, id, fails }) =>
    `| ${cell(source)} | ${cell(demand)}${fails ? ` **Does not hold**: ${cell(fails)}.` : ''} | \`${id}\` |`);
  return ['', `## ${document}`, '', '| source | demand | row |', '|---|---|---|', ...lines].join('\n');
}

export function render(rows) {
  const documents = [...new Set(rows.map(({ document }) => document))];
  const sections = documents.map((name) => section(name, rows.filter(({ document }) => document === name)));
  return `${introduction}${sections.join('\n')}\n`;
}

export const isUpToDate = () => {
  try {
    return readFileSync(file, 'utf8') === render(table);
  } catch {
    return false;
  }
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = flaws(table);
  for (const flaw of found) console.error(flaw);
  if (found.length > 0) process.exit(1);
  if (process.argv[2] === '--write') writeFileSync(file, render(table));
  else if (!isUpToDate()) {
    console.error('docs/conformance.md is out of date: run it with --write');
    process.exitCode = 1;
  }
}
