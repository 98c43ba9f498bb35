import { settle } from '@highway/resilience/testing';
import { NotOffered } from '../driver.ts';
import type { Driver, Library } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { UnhandledRejections } from './unhandled-rejections.ts';

/** What became of a case on a library. */
export type Verdict =
  | { readonly outcome: 'pass' }
  | { readonly outcome: 'fail'; readonly why: string }
  | { readonly outcome: 'not offered'; readonly why: string };

/** How many turns of the event loop a case may wait while no time passes. */
const turnBudget = 10_000;

/** Runs a case on a library of its own. Never throws, and never hangs. */
export async function runCase(library: Library, hardCase: HardCase): Promise<Verdict> {
  const rejections = new UnhandledRejections();
  const driver = library.open();
  try {
    const verdict = await judge(driver, hardCase);
    await settle();
    if (verdict.outcome !== 'pass' || rejections.errors.length === 0) return verdict;
    return { outcome: 'fail', why: 'a rejection was left unhandled' };
  } finally {
    driver.close();
    await settle();
    rejections.close();
  }
}

async function judge(driver: Driver, hardCase: HardCase): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  void hardCase.run(driver).then(
    () => verdicts.push({ outcome: 'pass' }),
    (error: unknown) => verdicts.push(verdictOf(error)),
  );
  for (let turns = 0; turns < turnBudget;) {
    await settle();
    if (verdicts[0] !== undefined) return verdicts[0];
    if (!driver.time.moving) turns++;
  }
  return { outcome: 'fail', why: 'the case hangs' };
}

function verdictOf(error: unknown): Verdict {
  const why = error instanceof Error ? error.message : String(error);
  return { outcome: error instanceof NotOffered ? 'not offered' : 'fail', why };
}
