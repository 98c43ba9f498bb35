import { cockatiel } from './drivers/cockatiel.ts';
import { highway } from './drivers/highway.ts';
import { opossum } from './drivers/opossum.ts';
import type { Library } from './driver.ts';
import type { HardCase } from './hard-case.ts';
import { hardCases } from './cases/index.ts';
import { runCase } from './harness/run-case.ts';
import type { Verdict } from './harness/run-case.ts';

/** The libraries compared, ours first. */
export const libraries: readonly Library[] = [highway, cockatiel, opossum];

/** A case, and what became of it on each library. */
export interface Result {
  readonly hardCase: HardCase;
  readonly verdicts: ReadonlyMap<Library, Verdict>;
}

/** Runs every case on every library, one after the other: they share the process's globals. */
export async function runAll(): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const hardCase of hardCases) {
    const verdicts = new Map<Library, Verdict>();
    for (const library of libraries) verdicts.set(library, await runCase(library, hardCase));
    results.push({ hardCase, verdicts });
  }
  return results;
}
