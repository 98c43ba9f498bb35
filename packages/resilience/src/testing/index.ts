export { ManualClock } from './manual-clock.ts';
export type { ManualClockOptions } from './manual-clock.ts';
export { seededRandom } from './seeded-random.ts';
export { settle } from './settle.ts';
