// Stands in for `vitest` where that can't run: Vitest's own runner and assertions, which need
// nothing of Node, under the names by which tests import them.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  getState,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import { getCurrentTest } from '@vitest/runner';
import { fn, restoreAllMocks, spyOn } from '@vitest/spy';
import * as chai from 'chai';

export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  onTestFinished,
  test,
} from '@vitest/runner';

/** @typedef {import('@vitest/expect').ExpectStatic} ExpectStatic */
/** @typedef {import('@vitest/expect').MatcherState} MatcherState */

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

const shared = /** @type {Record<symbol, any>} */ (/** @type {unknown} */ (globalThis));

/**
 * Gives an assertion the test that it belongs to, so that the runner waits for `resolves` and
 * `rejects` that nobody awaits.
 *
 * @param {unknown} value
 * @param {string} [message]
 */
function expectValue(value, message) {
  setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect);
  const assertion = /** @type {any} */ (chai.expect(value, message));
  const test = getCurrentTest();
  return test ? assertion.withTest(test) : assertion;
}

export const expect = /** @type {ExpectStatic} */ (/** @type {unknown} */ (expectValue));
Object.assign(expect, chai.expect, shared[ASYMMETRIC_MATCHERS_OBJECT], {
  getState: () => getState(expect),
  /** @param {Partial<MatcherState>} state */
  setState: (state) => setState(state, expect),
  /** @param {unknown} value @param {string} [message] */
  soft: (value, message) => /** @type {any} */ (expect(value, message)).withContext({ soft: true }),
  /** @param {string} [message] */
  unreachable: (message) => chai.assert.fail(message ?? 'expected not to be reached'),
});
shared[GLOBAL_EXPECT] = expect;

/** Forgets the assertions of the test before. */
export function resetExpect() {
  setState({ assertionCalls: 0, isExpectingAssertions: false }, expect);
}

/** The part of `vi` that needs neither Vite nor fake timers. */
export const vi = { fn, spyOn, restoreAllMocks };
