// What workerd runs, beside the bundle: each request runs all tests and answers with the report.
// @ts-expect-error -- the bundle is made when the tests are run
import { runAll } from './tests.mjs';

const worker = {
  /** @param {Request} _ @param {{ HIGHWAY_TEST_ORIGIN: string }} env */
  async fetch(_, env) {
    Object.assign(globalThis, env);
    return Response.json(await runAll());
  },
};
export default worker;
