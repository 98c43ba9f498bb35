// `npm run bench:workflow`: 1,000 workflows against a service that is down and then bears little,
// with Highway and with plain retries. Arguments go to it: `--workflows`, `--outage`.
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { build, ensureInstalled, prepareServers } from './lib/setup.mjs';

await ensureInstalled();
await build();
await prepareServers();
const program = fromRoot('examples/order-workflow/dist/bench/main.js');
const { code } = await run(process.execPath, [program, ...process.argv.slice(2)]);
process.exitCode = code;
