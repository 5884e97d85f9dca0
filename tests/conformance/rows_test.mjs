// Runs the table: the real broker against the real simulator, row by row. TOKEN_BROKER and
// PROVIDER_SIMULATOR name the programs; ROWS, a regular expression, picks rows by their names.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { vacuous } from './expectations.mjs';
import { table } from './table.mjs';
import { World } from './world.mjs';

// Rows wait more than they work: so many brokers, each with its simulator, share the rows.
const pairs = 4;
const chosen = table.filter(({ id }) => new RegExp(process.env.ROWS ?? '').test(id));
let worlds = [];
let free;

async function inSomeWorld(use) {
  const world = free.pop();
  try {
    return await use(world);
  } finally {
    free.push(world);
  }
}

describe('the table', { concurrency: pairs }, () => {
  before(async () => {
    worlds = await Promise.all(Array.from({ length: Math.min(pairs, chosen.length) }, () => World.open(chosen,
      { broker: process.env.TOKEN_BROKER, simulator: process.env.PROVIDER_SIMULATOR })));
    free = [...worlds];
  });
  after(() => Promise.all(worlds.map((world) => world.close())));

  for (const row of chosen) {
    test(`${row.id}: ${row.demand} (${row.source})`, async () => {
      const { seen, wrong } = await inSomeWorld((world) => world.run(row));
      if (row.fails) {
        assert.notDeepEqual(wrong, [], `it holds by now: take away its "fails: ${row.fails}"`);
        return;
      }
      assert.deepEqual(wrong, []);
      assert.deepEqual(vacuous(row.then, seen), [], 'these would hold whatever is seen');
    });
  }
});
