// What workerd runs, beside the bundle: each request runs all tests and answers with the report.
// @ts-expect-error -- the bundle is made when the tests are run
import { runAll } from './tests.mjs';

const worker = { fetch: async () => Response.json(await runAll()) };
export default worker;
