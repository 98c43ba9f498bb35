import { allPackages } from './program.mjs';

/** @typedef {'node10' | 'node16' | 'nodenext' | 'bundler'} Resolution */

// Where types don't resolve, everything is `any`, which no compiler complains about. So each entry
// point has a line that must not compile.
const main = `
import { CircuitBreakerPolicy, type CircuitState } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { Fleet, quorum } from '@highway/fleet';
import { MemoryStore } from '@highway/fleet/memory';
import { RedisStore } from '@highway/fleet/redis';
import { PostgresStore } from '@highway/fleet/postgres';
import { storeContract } from '@highway/fleet/testing';
import { Highway } from '@highway/workflow';

const clock = new ManualClock();
const breaker = new CircuitBreakerPolicy({ name: 'typed', failureThreshold: '1/1', clock });
const state: CircuitState = breaker.state;
const double = breaker(async (n: number) => 2 * n);
if (state !== 'CLOSED' || (await double(2)) !== 4) throw new Error('the breaker does not work');

const fleet = new Fleet({ store: new MemoryStore() });
fleet.attach(breaker, { trip: quorum('1/2') });

const highway = new Highway({ name: 'typed' });
export const greet = highway.workflow('greet', async (name: string, ctx) =>
  ctx.step('greet', () => 'Hello, ' + name),
);

// @ts-expect-error
export const a: number = breaker.state;
// @ts-expect-error
export const b: string = double(2);
// @ts-expect-error
export const c: boolean = clock.now();
// @ts-expect-error
export const d: number = fleet.nodeId;
// @ts-expect-error
export const e: number = MemoryStore;
// @ts-expect-error
export const f: number = RedisStore;
// @ts-expect-error
export const g: number = PostgresStore;
// @ts-expect-error
export const h: number = storeContract;
// @ts-expect-error
export const i: number = greet;
`;

// From 5.8 on, a CommonJS file may import an ES module, as Node does.
const commonJs = `
import { CircuitBreakerPolicy } from '@highway/resilience';
import { MemoryStore } from '@highway/fleet/memory';
import { Highway } from '@highway/workflow';

if (new CircuitBreakerPolicy().state !== 'CLOSED') throw new Error('the breaker does not work');
export const store: MemoryStore = new MemoryStore();
export const highway: Highway = new Highway({ name: 'typed' });
// @ts-expect-error
export const wrong: number = store;
`;

/**
 * @param {Resolution} resolution
 * @param {boolean} deprecated whether the compiler warns of it
 */
function tsconfig(resolution, deprecated, file = 'main.mts') {
  const module = resolution === 'node16' || resolution === 'nodenext' ? resolution : 'esnext';
  return JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      lib: ['es2022', 'dom'],
      module,
      moduleResolution: resolution,
      ...(deprecated ? { ignoreDeprecations: '6.0' } : {}),
      strict: true,
      // Also checks the declarations of the packages, and all those that they import.
      skipLibCheck: false,
      types: ['node'],
      rootDir: '.',
      outDir: `out/${resolution}`,
    },
    files: [file],
  });
}

/**
 * @param {string} version
 * @param {readonly Resolution[]} resolutions
 * @returns {import('./index.mjs').App}
 */
function app(version, resolutions) {
  const configs = resolutions.map((resolution) => [
    `tsconfig.${resolution}.json`,
    tsconfig(resolution, resolution === 'node10' && version.startsWith('6.')),
  ]);
  /** @type {import('./index.mjs').Variant[]} */
  const variants = resolutions.map((resolution) => ({
    variant: resolution,
    steps: [
      ['tsc', '--project', `tsconfig.${resolution}.json`],
      ['node', `out/${resolution}/main.mjs`],
    ],
  }));
  if (!version.startsWith('5.')) {
    configs.push(['tsconfig.cjs.json', tsconfig('nodenext', false, 'main.cts')]);
    const steps = [
      ['tsc', '--project', 'tsconfig.cjs.json'],
      ['node', 'out/nodenext/main.cjs'],
    ];
    variants.push({ variant: 'nodenext, CommonJS', steps });
  }
  return {
    name: `TypeScript ${version}`,
    dependencies: { ...allPackages, typescript: version, '@types/node': '20.19.43' },
    files: { 'main.mts': main, 'main.cts': commonJs, ...Object.fromEntries(configs) },
    variants,
  };
}

/** TypeScript 7 has no `node10`. */
export const typescriptApps = [
  app('5.4.5', ['node10', 'node16', 'nodenext', 'bundler']),
  app('6.0.3', ['node10', 'node16', 'nodenext', 'bundler']),
  app('7.0.2', ['node16', 'nodenext', 'bundler']),
];
