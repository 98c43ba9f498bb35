export { NotConnectedError } from './connection.ts';
export type { IoRedisClient } from './ioredis.ts';
export type { NodeRedisClient, ScriptOptions } from './node-redis.ts';
export type { RedisStoreOptions } from './options.ts';
export { RedisStore } from './redis-store.ts';
