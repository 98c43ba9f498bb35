import { clockCases } from './cases/clock.ts';
import { concurrencyCases } from './cases/concurrency.ts';
import { differentialCases } from './cases/differential.ts';
import { exchangeCases } from './cases/exchanges.ts';
import { lossCases } from './cases/losses.ts';
import { memberCases } from './cases/members.ts';
import { noticeCases } from './cases/notices.ts';
import { outcomeCases } from './cases/outcomes.ts';
import { quietCases, quietMemberCases } from './cases/quiet.ts';
import { claimCases, settlementCases } from './cases/trial-slots.ts';
import { commandCases, proposalCases } from './cases/transitions.ts';
import { failureCases, viewCases } from './cases/views-and-failures.ts';
import type { StoreCase } from './store-harness.ts';

/**
 * Test cases for every store, under any test runner: run each case with its own, empty store.
 *
 * @example
 * for (const { name, run } of storeContract) {
 *   it(name, async () => {
 *     await run(await makeHarness());
 *   });
 * }
 */
export const storeContract: readonly StoreCase[] = [
  ...memberCases,
  ...outcomeCases,
  ...proposalCases,
  ...commandCases,
  ...claimCases,
  ...settlementCases,
  ...clockCases,
  ...exchangeCases,
  ...concurrencyCases,
  ...noticeCases,
  ...viewCases,
  ...failureCases,
  ...quietCases,
  ...quietMemberCases,
  ...lossCases,
  ...differentialCases,
];
