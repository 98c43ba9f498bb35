import { expect, it } from 'vitest';
import { countSleeps } from './sleeps.mjs';

it.each([
  ['setTimeout(done, 10);', 1],
  ['await new Promise((resolve) => globalThis.setTimeout(resolve, 5));', 1],
  ["import { setTimeout as sleep } from 'node:timers/promises';", 1],
  ['await vi.waitFor(() => ready());', 1],
  ['clock.setTimeout(done, 10); await clock.advance(10);', 0],
  ["// setTimeout(done, 10)\nit('calls setTimeout(done, 10)', run);", 0],
])('counts in %j: %i', (text, count) => {
  expect(countSleeps('any.test.ts', text)).toBe(count);
});
