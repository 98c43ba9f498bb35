export { Failsafe } from './failsafe.ts';
export type { AddedBy, FailsafeOptions } from './failsafe.ts';
