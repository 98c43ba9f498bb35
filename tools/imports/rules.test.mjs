import { describe, expect, it } from 'vitest';
import { listFiles } from '../lib/files.mjs';
import { publishedFolders } from '../lib/workspaces.mjs';
import { roomRules } from './rules.mjs';
import { tables } from './tables.mjs';

const rules = Object.entries(tables).flatMap(([folder, table]) => roomRules(folder, table));

/**
 * The rooms that a file is in.
 *
 * @param {string} file
 */
function roomsOf(file) {
  return rules.filter(({ from }) => new RegExp(String(from.path)).test(file));
}

/**
 * Judges an import as dependency-cruiser does.
 *
 * @param {string} file
 * @param {string} target where the import leads
 */
function isForbidden(file, target) {
  return roomsOf(file).some(({ from, to }) => {
    const [, folder = ''] = new RegExp(String(from.path)).exec(file) ?? [];
    const paths = /** @type {string[]} */ (to.pathNot).map((path) => path.replace('$1', folder));
    return !paths.some((path) => new RegExp(path).test(target));
  });
}

const core = 'packages/resilience/src/';

describe('the tables', () => {
  it('have a row for every package that is published', () => {
    expect(
      Object.keys(tables)
        .map((folder) => `packages/${folder}`)
        .sort(),
    ).toEqual(publishedFolders().sort());
  });

  it('put every source file into exactly one room', () => {
    const files = listFiles('packages', /\.ts$/).filter((file) =>
      /^[^/]+\/[^/]+\/src\//.test(file),
    );
    const tested = files.filter((file) => !file.endsWith('.test.ts'));
    expect(tested.filter((file) => roomsOf(file).length !== 1)).toEqual([]);
  });
});

describe('the rules', () => {
  it.each([
    [`${core}index.ts`, `${core}policies/retry/index.ts`],
    [`${core}policies/retry/policy.ts`, `${core}policies/retry/options.ts`],
    [`${core}compose/failsafe/order.ts`, `${core}policies/retry/index.ts`],
    [`${core}compose/registry/registry.ts`, `${core}compose/failsafe/index.ts`],
    ['packages/fleet/src/fleet.ts', 'packages/resilience/dist/index.js'],
    ['packages/fleet/src/fleet.ts', '@highway/resilience'],
    ['packages/fleet/src/postgres/pg-client.ts', 'node_modules/pg/esm/index.mjs'],
    ['packages/workflow/src/dbos/engine.ts', 'node_modules/@dbos-inc/dbos-sdk/dist/src/index.js'],
    ['packages/workflow/src/cli/program.ts', 'packages/workflow/node_modules/commander/esm.mjs'],
  ])('let %s import %s', (file, target) => {
    expect(isForbidden(file, target)).toBe(false);
  });

  it.each([
    [`${core}policies/retry/policy.ts`, `${core}policies/circuit-breaker/index.ts`],
    [`${core}policies/retry/policy.ts`, `${core}compose/failsafe/index.ts`],
    [`${core}policies/retry/policy.ts`, `${core}index.ts`],
    [`${core}policies/retry/policy.ts`, `${core}testing/index.ts`],
    [`${core}testing/chaos.ts`, `${core}policies/retry/policy.ts`],
    [`${core}policies/retry/policy.ts`, 'packages/resilience/test/support/clock.ts'],
    [`${core}support/options.ts`, `${core}pipeline/stage.ts`],
    [`${core}policies/retry/policy.ts`, 'timers'],
    [`${core}policies/retry/policy.ts`, 'node_modules/tslib/tslib.js'],
    ['packages/fleet/src/redis/redis-store.ts', 'packages/fleet/src/postgres/postgres-store.ts'],
    ['packages/fleet/src/fleet.ts', 'packages/workflow/dist/index.js'],
    ['packages/fleet/src/fleet.ts', 'node_modules/pg-pool/index.js'],
    ['packages/workflow/src/engine/step/plan.ts', 'fs'],
    [
      'packages/workflow/src/engine/step/plan.ts',
      'node_modules/@dbos-inc/dbos-sdk/dist/src/index.js',
    ],
  ])('forbid %s to import %s', (file, target) => {
    expect(isForbidden(file, target)).toBe(true);
  });
});
