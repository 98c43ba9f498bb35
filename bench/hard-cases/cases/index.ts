import type { HardCase } from '../hard-case.ts';
import { bulkheadCases } from './bulkhead.ts';
import { cacheCases, fallbackCases } from './fallback-and-cache.ts';
import { timeoutCases } from './timeout.ts';
import { cancellationCases } from './cancellation.ts';
import { controlCases } from './control.ts';
import { halfOpenCases } from './half-open.ts';
import { lateResultCases } from './late-results.ts';
import { retryCases } from './retry.ts';
import { snapshotCases } from './snapshots.ts';
import { windowCases } from './window.ts';

/** Every case, in the order of the table. */
export const hardCases: readonly HardCase[] = [
  ...halfOpenCases,
  ...lateResultCases,
  ...controlCases,
  ...windowCases,
  ...snapshotCases,
  ...retryCases,
  ...cancellationCases,
  ...timeoutCases,
  ...bulkheadCases,
  ...fallbackCases,
  ...cacheCases,
];
