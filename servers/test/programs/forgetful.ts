// A program that starts servers, and is killed before it could stop them. It runs bundled, with the
// folder of Postgres' programs as its argument.
import { startRedis } from '../../src/index.ts';
import { startPostgresFrom } from '../../src/postgres/start-postgres.ts';

const [, , programs = ''] = process.argv;
const servers = await Promise.all([startRedis(), startPostgresFrom(programs, {})]);
// The watchdog has to end a server that is frozen, too.
servers[0].pause();
console.log(JSON.stringify(servers.map(({ pid }) => pid)));
setInterval(() => undefined, 1000);
