// What Node, Bun and Deno run, beside the bundle: all tests, with the report as the last line.
// @ts-expect-error -- the bundle is made when the tests are run
import { runAll } from './tests.mjs';

console.log(JSON.stringify(await runAll()));
