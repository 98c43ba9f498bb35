// `npm start`: installs, builds and runs the outage drill. Works in a fresh clone.
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { build, ensureInstalled } from './lib/setup.mjs';

await ensureInstalled();
await build();
// A terminal sends Ctrl-C to this process too; the drill ends by itself then, and shows its table.
process.on('SIGINT', () => undefined);
const drill = fromRoot('examples/outage-drill/dist/main.js');
const { code } = await run(process.execPath, [drill, ...process.argv.slice(2)]);
process.exitCode = code;
