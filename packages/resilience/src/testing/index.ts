export { ChaosPolicy } from './chaos.ts';
export type { ChaosOptions } from './chaos.ts';
export { recordEvents } from './event-recorder.ts';
export type { EventRecording } from './event-recorder.ts';
export { ManualClock } from './manual-clock.ts';
export type { ManualClockOptions } from './manual-clock.ts';
export { seededRandom } from './seeded-random.ts';
export { settle } from './settle.ts';
