// Run before the tests: installs the servers that are missing on a new machine, where this process
// may. It never fails, since most tests need no server; those that do fail with the same sentence.
import { postgresPrograms } from './postgres/postgres-programs.ts';
import { ensureRedis, valkeyAvailable } from './redis/ensure-redis.ts';

try {
  await ensureRedis();
  await valkeyAvailable();
  await postgresPrograms();
} catch (error) {
  console.warn(error instanceof Error ? error.message : error);
}
