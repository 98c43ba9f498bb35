// Who may import whom, types included. Edges point one way, and packages beside each other don't know
// each other: what they offer one another goes through contracts that the core declares.

/**
 * A part of a package's `src`.
 *
 * @typedef {object} Room
 * @property {string} files which they are: a regular expression, relative to `src`
 * @property {readonly string[]} [rooms] other rooms of the package that it may import
 * @property {readonly string[]} [packages] packages that it may import
 * @property {readonly string[]} [node] modules of Node that it may import
 *
 * @typedef {Readonly<Record<string, Room>>} Table
 */

const core = '@highway/resilience';

const entries = '(index|options|supervision)\\.ts$';

const foundation = ['seams', 'support', 'values'];
const base = [...foundation, 'leaf', 'pipeline'];

/** @type {Table} The core imports nothing from outside, and policies don't know each other. */
const resilience = {
  index: { files: entries, rooms: [...base, 'policies', 'compose'] },
  seams: { files: 'seams/' },
  support: { files: 'support/', rooms: ['seams'] },
  values: { files: 'values/', rooms: ['seams', 'support'] },
  // `errors.ts` and `events.ts` are below the pipeline, `policy.ts` and `observe.ts` above it.
  leaf: { files: `(?!${entries})[^/]+\\.ts$`, rooms: [...foundation, 'pipeline'] },
  pipeline: { files: 'pipeline/', rooms: [...foundation, 'leaf'] },
  policies: { files: 'policies/([^/]+)/', rooms: base },
  compose: { files: 'compose/', rooms: [...base, 'policies'] },
  testing: { files: 'testing/', rooms: base },
};

/** The contract between nodes and stores, which everything in the fleet may import. */
const contract = '(errors|store|trip)\\.ts$';

/**
 * Stores do not know each other, nor the node. The protocol in `coordination` is pure: it knows the
 * contract, but no store, no support code and no module of Node.
 *
 * @type {Table}
 */
const fleet = {
  index: { files: 'index\\.ts$', rooms: ['leaf', 'contract', 'support'] },
  contract: { files: contract, packages: [core] },
  support: { files: 'support/', rooms: ['contract'], packages: [core] },
  coordination: { files: 'coordination/', rooms: ['contract'], packages: [core] },
  leaf: {
    files: `(?!index\\.ts$|${contract})[^/]+\\.ts$`,
    rooms: ['contract', 'support', 'coordination'],
    packages: [core],
  },
  memory: { files: 'memory/', rooms: ['contract', 'support', 'coordination'], packages: [core] },
  redis: { files: 'redis/', rooms: ['contract', 'support'], packages: [core] },
  postgres: {
    files: 'postgres/',
    rooms: ['contract', 'support'],
    packages: [core, 'pg'],
    node: ['crypto'],
  },
  testing: { files: 'testing/', rooms: ['contract', 'support', 'coordination'], packages: [core] },
};

/**
 * Adapters of clients do not know each other: they share the engine, and what is below it is pure. The server
 * side knows nothing of the client's.
 *
 * @type {Table}
 */
const http = {
  index: {
    files: 'index\\.ts$',
    rooms: ['leaf', 'headers', 'outcomes', 'engine', 'client'],
    packages: [core],
  },
  // `HttpStatusError` reads how long the server asks to wait.
  leaf: { files: '(?!index\\.ts$)[^/]+\\.ts$', rooms: ['headers'], packages: [core] },
  headers: { files: 'headers/', packages: [core, 'structured-headers'] },
  outcomes: { files: 'outcomes/', rooms: ['leaf', 'headers'], packages: [core] },
  engine: { files: 'engine/', rooms: ['leaf', 'headers', 'outcomes'], packages: [core] },
  client: {
    files: 'client/',
    rooms: ['leaf', 'headers', 'outcomes', 'engine', 'bodies'],
    packages: [core],
  },
  bodies: { files: 'bodies/' },
  undici: {
    files: 'undici/',
    rooms: ['leaf', 'headers', 'outcomes', 'engine', 'bodies'],
    packages: [core, 'undici'],
  },
  axios: {
    files: 'axios/',
    rooms: ['leaf', 'headers', 'outcomes', 'engine', 'bodies'],
    packages: [core, 'axios'],
  },
  server: {
    files: 'server/',
    rooms: ['leaf', 'headers'],
    packages: [core, 'express', 'fastify', 'hono', '@hono/node-server'],
    node: ['http', 'perf_hooks', 'stream', 'timers'],
  },
};

/** @type {Table} The engine knows neither DBOS nor files, and only `dbos` knows DBOS. */
const workflow = {
  index: { files: 'index\\.ts$', rooms: ['leaf', 'client', 'dbos', 'engine'] },
  leaf: {
    files: '(?!index\\.ts$)[^/]+\\.ts$',
    rooms: ['client', 'dbos', 'engine'],
    packages: [core],
    node: ['async_hooks', 'crypto', 'fs', 'os', 'process'],
  },
  engine: {
    files: 'engine/',
    rooms: ['leaf', 'admission'],
    packages: [core],
    node: ['async_hooks', 'crypto'],
  },
  admission: {
    files: 'admission/',
    rooms: ['leaf', 'engine'],
    packages: [core],
    node: ['async_hooks'],
  },
  client: { files: 'client/', rooms: ['leaf', 'dbos', 'engine'], packages: [core] },
  dbos: {
    files: 'dbos/',
    rooms: ['leaf', 'admission', 'client', 'embedded', 'engine'],
    packages: [core, '@dbos-inc/dbos-sdk', 'pg'],
    node: ['crypto', 'fs', 'module', 'os', 'path', 'process', 'worker_threads'],
  },
  embedded: {
    files: 'embedded/',
    rooms: ['leaf'],
    packages: [core, '@electric-sql/pglite', '@electric-sql/pglite-prepopulatedfs'],
    node: ['crypto', 'events', 'fs', 'path', 'process', 'worker_threads'],
  },
  cli: {
    files: 'cli/',
    rooms: ['leaf', 'client', 'dbos', 'engine'],
    packages: ['commander'],
    node: ['fs', 'process'],
  },
};

export const tables = { resilience, fleet, http, workflow };
