// `npm run bench`: installs, builds and runs the benchmarks. Arguments go to them.
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { build, ensureInstalled } from './lib/setup.mjs';

await ensureInstalled();
await build();
const bench = fromRoot('bench/dist/main.js');
const args = ['--expose-gc', bench, ...process.argv.slice(2)];
const { code } = await run(process.execPath, args);
process.exitCode = code;
