export { PostgresSchemaError } from './migrate.ts';
export type { PostgresPool } from './pg-client.ts';
export { PostgresStore } from './postgres-store.ts';
export type { PostgresStoreOptions } from './store-options.ts';
