// The code that decides, part by part, and the fast tests that are to hold it. What only passes
// calls on is held by the behaviour tests alone.

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} [package] the folder of its package; `packages/resilience` where there is none
 * @property {readonly string[]} mutate globs of the sources, relative to the package's `src`
 * @property {readonly string[]} tests globs of the tests, relative to the package
 */

/**
 * @param {string} folder of a policy
 * @param {string} names how its tests outside of its folder begin
 */
function testsOf(folder, names = folder) {
  return [
    `src/policies/${folder}/*.test.ts`,
    `test/{behaviour,property}/${names}*.test.ts`,
    // What is promised of every policy.
    'test/behaviour/{cancelled-calls,disarm,events,events-table,listening}.test.ts',
    'test/behaviour/{options,permit,rejection-messages,sync}.test.ts',
  ];
}

/** @type {readonly Part[]} */
export const parts = [
  {
    name: 'breaker',
    mutate: ['policies/circuit-breaker/{machine,ramp,states,trials}.ts'],
    tests: [
      'src/policies/circuit-breaker/machine*.test.ts',
      'test/{behaviour,property}/{breaker,circuit,ramp,supervision}*.test.ts',
      'test/behaviour/thresholds.test.ts',
    ],
  },
  {
    name: 'breaker-rules',
    mutate: ['policies/circuit-breaker/{options,rate,shared-rules,snapshot,thresholds}.ts'],
    tests: [
      'src/policies/circuit-breaker/{options,shared-rules,snapshot,thresholds}.test.ts',
      'test/{behaviour,property}/{options,thresholds}.test.ts',
      'test/behaviour/breaker-{open,snapshot,windows}.test.ts',
    ],
  },
  {
    name: 'breaker-gate',
    mutate: ['policies/circuit-breaker/{breaker-supervision,gate,history,policy}.ts'],
    tests: testsOf('circuit-breaker', '{breaker,circuit,supervision,thresholds}'),
  },
  {
    name: 'windows',
    mutate: ['support/{count-window,outcomes,time-window}.ts'],
    tests: [
      'src/support/*-window.test.ts',
      'src/policies/circuit-breaker/snapshot.test.ts',
      'test/property/windows.test.ts',
      'test/behaviour/breaker-{history,snapshot,windows}.test.ts',
    ],
  },
  {
    name: 'backoff',
    mutate: ['values/backoff.ts'],
    tests: ['src/values/backoff.test.ts', 'test/{behaviour,property}/backoff.test.ts'],
  },
  {
    name: 'retry',
    mutate: ['policies/retry/{machine,options,policy,reactor}.ts'],
    tests: testsOf('retry'),
  },
  {
    name: 'retry-budget',
    mutate: ['values/retry-budget.ts'],
    tests: ['src/values/retry-budget.test.ts', 'test/{behaviour,property}/retry-budget.test.ts'],
  },
  {
    name: 'timeout',
    mutate: ['policies/timeout/{gate,options,policy}.ts', 'support/{deadlines,heap}.ts'],
    tests: [...testsOf('timeout'), 'test/property/deadlines.test.ts'],
  },
  {
    name: 'bulkhead',
    mutate: ['policies/bulkhead/{gate,options}.ts', 'pipeline/wait-queue.ts'],
    tests: [...testsOf('bulkhead'), 'src/pipeline/wait-queue.test.ts'],
  },
  {
    name: 'rate-limiter',
    mutate: ['policies/rate-limiter/{gate,machine,options}.ts'],
    tests: testsOf('rate-limiter'),
  },
  {
    name: 'hedge',
    mutate: ['policies/hedge/{latency-quantile,machine,options,race}.ts'],
    tests: testsOf('hedge'),
  },
  {
    name: 'cache',
    mutate: ['policies/cache/{flight,flight-index,options,store,wrapper}.ts'],
    tests: testsOf('cache'),
  },
  {
    name: 'fallback',
    mutate: ['policies/fallback/{options,policy,reactor}.ts'],
    tests: testsOf('fallback'),
  },
  {
    name: 'adaptive-limiter',
    mutate: ['policies/adaptive-limiter/{latency-window,machine}.ts'],
    tests: testsOf('adaptive-limiter', 'adaptive'),
  },
  {
    name: 'adaptive-throttler',
    mutate: ['policies/adaptive-throttler/machine.ts'],
    tests: testsOf('adaptive-throttler', 'adaptive'),
  },
  {
    name: 'fleet-node',
    package: 'packages/fleet',
    mutate: ['coordination/{breaker-control,decide,held-slots,live-members,node-circuit}.ts'],
    tests: ['src/coordination/*.test.ts'],
  },
  {
    name: 'fleet-store',
    package: 'packages/fleet',
    mutate: ['coordination/{merge,operator,pool,record,trial-slots,view}.ts'],
    tests: [
      'src/coordination/merge.test.ts',
      'test/contract/memory.test.ts',
      'test/operators.test.ts',
    ],
  },
];

/**
 * Where a part's package lies.
 *
 * @param {Part} part
 */
export function packageOf({ package: folder = 'packages/resilience' }) {
  return folder;
}

/**
 * Where the copy of the repository lies that the mutants are put into, while they are tried.
 *
 * @param {string} name of the part
 */
export function sandboxOf(name) {
  return `reports/mutation/sandbox-${name}`;
}

/**
 * The parts with these names, in the table's order; all of them where none is named.
 *
 * @param {readonly string[]} names
 * @returns {readonly Part[]}
 */
export function partsNamed(names) {
  const known = parts.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(
      `There is no part ${unknown.join(', ')}; the parts are ${known.join(', ')}.`,
    );
  }
  return parts.filter(({ name }) => names.length === 0 || names.includes(name));
}

/**
 * The part that a run of the mutation tester is for; it is handed on in the environment, because
 * the tester and the test runner read configurations of their own, in processes of their own. Tools
 * that only look at those get the first.
 *
 * @returns {Part}
 */
export function currentPart() {
  const name = process.env['MUTATION_PART'];
  const [part] = partsNamed(name === undefined ? [] : [name]);
  return /** @type {Part} */ (part);
}
