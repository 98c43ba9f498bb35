// What every sample app does: it imports each entry point and uses it.

/** @typedef {Readonly<Record<string, readonly string[]>>} Imports names by entry point */

/** @type {Imports} What runs anywhere, browsers included. */
const portable = {
  '@highway/resilience': ['CircuitBreakerPolicy', 'RetryPolicy'],
  '@highway/resilience/testing': ['ManualClock'],
  '@highway/fleet': ['Fleet', 'quorum'],
  '@highway/fleet/memory': ['MemoryStore'],
};

/** @type {Imports} What needs Node. */
const serverOnly = {
  '@highway/fleet/redis': ['RedisStore'],
  '@highway/fleet/postgres': ['PostgresStore'],
  '@highway/fleet/testing': ['storeContract'],
  '@highway/workflow': ['Highway'],
};

const usePortable = `
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({ name: 'sample', failureThreshold: '1/1', clock });
  await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
  if (breaker.state !== 'OPEN') throw new Error('the circuit did not open');

  let attempts = 0;
  const retry = new RetryPolicy({ maxRetries: 1, clock });
  const retried = retry.execute(async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('once');
    return attempts;
  });
  await clock.advance('1m');
  if ((await retried) !== 2) throw new Error('the call was not retried');

  const fleet = new Fleet({ store: new MemoryStore() });
  fleet.attach(new CircuitBreakerPolicy({ name: 'shared' }), { trip: quorum('1/2') });
  await fleet.join();
  await fleet.leave();
`;

const useServerOnly = `
  if (typeof RedisStore !== 'function') throw new Error('no RedisStore');
  if (typeof PostgresStore !== 'function') throw new Error('no PostgresStore');
  if (storeContract.length === 0) throw new Error('no store contract');

  const highway = new Highway({ name: 'sample' });
  const greet = highway.workflow('greet', async (name, ctx) =>
    ctx.step('greet', () => 'Hello, ' + name));
  await highway.start();
  const run = await greet.start('world');
  if ((await run.result()) !== 'Hello, world') throw new Error('the workflow gave something else');
  await highway.stop();
`;

/** @typedef {'import' | 'dynamic import' | 'require'} Style */

/**
 * @param {Style} style
 * @param {string} specifier
 * @param {readonly string[]} names
 * @returns {string}
 */
function importLine(style, specifier, names) {
  const list = `{ ${names.join(', ')} }`;
  if (style === 'import') return `import ${list} from '${specifier}';`;
  if (style === 'require') return `const ${list} = require('${specifier}');`;
  return `const ${list} = await import('${specifier}');`;
}

/**
 * A module or script that defines `check()`, which rejects where something doesn't work.
 *
 * @param {Style} style
 * @param {{ server?: boolean }} [options] whether it uses what needs Node too
 * @returns {string}
 */
export function program(style, { server = false } = {}) {
  const imports = Object.entries({ ...portable, ...(server ? serverOnly : {}) }).map(
    ([specifier, names]) => importLine(style, specifier, names),
  );
  const head = imports.join('\n');
  const use = usePortable + (server ? useServerOnly : '');
  return style === 'dynamic import'
    ? `async function check() {\n${head}\n${use}}\n`
    : `${head}\nasync function check() {${use}}\n`;
}

/** For programs: runs the check, and fails the process where it fails. */
export const runCheck = `
check().then(
  () => console.log('works'),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
`;

/** The packages as npm finds them in the registry. */
export const portablePackages = { '@highway/resilience': 'latest', '@highway/fleet': 'latest' };
export const allPackages = { ...portablePackages, '@highway/workflow': 'latest' };
