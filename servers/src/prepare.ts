// Runs before the tests: installs missing servers if this process has the permissions. It never fails,
// because most tests need no server; those that do fail with the same message.
import { postgresPrograms } from './postgres/postgres-programs.ts';
import { ensureRedis, valkeyAvailable } from './redis/ensure-redis.ts';

for (const prepare of [ensureRedis, postgresPrograms, valkeyAvailable]) {
  try {
    await prepare();
  } catch (error) {
    console.warn(error instanceof Error ? error.message : error);
  }
}
