import type { Version } from '../store.ts';

/** Whether two versions are the same. */
export function sameVersion(a: Version, b: Version): boolean {
  return a.generation === b.generation && a.epoch === b.epoch;
}
