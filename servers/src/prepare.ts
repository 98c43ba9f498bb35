// Run before the tests: installs the servers that are missing on a new machine, where this process
// may. It never fails, since most tests need no server; those that do fail with the same sentence.
import { postgresPrograms } from './postgres/postgres-programs.ts';
import { ensureRedis, valkeyAvailable } from './redis/ensure-redis.ts';

for (const prepare of [ensureRedis, postgresPrograms, valkeyAvailable]) {
  try {
    await prepare();
  } catch (error) {
    console.warn(error instanceof Error ? error.message : error);
  }
}
