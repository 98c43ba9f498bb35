import type { Seat } from '../gate/gate.ts';
import type { Journal } from '../journal/journal.ts';
import { readAttempt, writeAttempt } from '../records/records.ts';
import type { AttemptRecord } from '../records/records.ts';
import type { Execution } from '../run/execution.ts';
import { Attempt } from './attempt.ts';
import type { StepProgress, StepWork } from './attempt.ts';

const beginning: StepProgress = {
  attempt: 1,
  firstAt: undefined,
  previousDelay: undefined,
  parkedSince: undefined,
  refusals: 0,
};

/**
 * Runs a step to its end: one entry of the journal for each attempt, and for each time that it was
 * parked. Everything that it does between the entries follows from what they say, so a replay takes
 * the same way, and waits only for what is still to come.
 */
export async function runStep(
  work: StepWork,
  journal: Journal,
  execution: Execution,
): Promise<unknown> {
  let progress = beginning;
  let seat: Seat | undefined;
  for (;;) {
    const attempt: Attempt = new Attempt(work, progress, execution, seat);
    const entry = await journal
      .step(work.name, async () => writeAttempt(await attempt.run()))
      .finally(() => {
        attempt.end();
      });
    const record = readAttempt(work.name, entry);
    if (record.state === 'done') return record.value.open();
    if (record.state === 'failed') throw record.error.open();
    progress = after(record, progress);
    seat = undefined;
    if (record.state === 'parked') seat = await attempt.park(progress.parkedSince ?? record.at);
    else await execution.restUntil(record.until);
  }
}

/** What is known after an entry; it depends on nothing else. */
function after(record: AttemptRecord, progress: StepProgress): StepProgress {
  switch (record.state) {
    case 'parked':
      return { ...progress, parkedSince: progress.parkedSince ?? record.at };
    case 'refused':
      return {
        ...progress,
        parkedSince: progress.parkedSince ?? record.at,
        refusals: progress.refusals + 1,
      };
    case 'retrying':
      return {
        attempt: record.attempt + 1,
        firstAt: progress.firstAt ?? record.at,
        previousDelay: record.until - record.at - record.ms,
        parkedSince: undefined,
        refusals: 0,
      };
    default:
      return progress;
  }
}
