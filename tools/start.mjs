// `npm start`: installs, builds and runs the outage drill; with `--workflow` the one of orders that
// go through a durable workflow. Works in a fresh clone.
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { build, ensureInstalled } from './lib/setup.mjs';

await ensureInstalled();
await build();
// A terminal sends Ctrl-C to this process too; the drill ends by itself then, and shows its table.
process.on('SIGINT', () => undefined);
const args = process.argv.slice(2);
const example = args.includes('--workflow') ? 'order-workflow' : 'outage-drill';
const drill = fromRoot(`examples/${example}/dist/main.js`);
const { code } = await run(process.execPath, [
  drill,
  ...args.filter((arg) => arg !== '--workflow'),
]);
process.exitCode = code;
