import type { Reservation } from '../../admission/admission-controller.ts';
import type { Journal } from '../journal/journal.ts';
import { readAttempt, writeAttempt } from '../records/records.ts';
import type { AttemptRecord } from '../records/records.ts';
import type { Execution } from '../run/execution.ts';
import { Attempt } from './attempt.ts';
import type { DurableStep, StepProgress } from './attempt.ts';

const initialProgress: StepProgress = {
  attempt: 1,
  firstAt: undefined,
  previousDelayMs: undefined,
  parkedSince: undefined,
  rejections: 0,
};

/**
 * Runs a step to its end, with one journal entry for each attempt and for each time that it parks.
 * What happens between the entries depends only on what they say, so a replay takes the same path,
 * and waits only for times that are still in the future.
 */
export async function runStep(
  step: DurableStep,
  journal: Journal,
  execution: Execution,
): Promise<unknown> {
  let progress = initialProgress;
  let reservation: Reservation | undefined;
  for (;;) {
    const attempt: Attempt = new Attempt(step, progress, execution, reservation);
    const entry = await journal
      .step(step.name, async () => writeAttempt(await attempt.run()))
      .finally(() => {
        attempt.end();
      });
    const record = readAttempt(step.name, entry);
    if (record.state === 'done') return record.value.decode();
    if (record.state === 'failed') throw record.error.decode();
    progress = progressAfter(record, progress);
    reservation = undefined;
    if (record.state === 'parked') {
      reservation = await attempt.park(progress.parkedSince ?? record.at);
    } else await execution.sleepUntil(record.until);
  }
}

/** The progress after an entry; it depends on nothing else. */
function progressAfter(record: AttemptRecord, progress: StepProgress): StepProgress {
  switch (record.state) {
    case 'parked':
      return { ...progress, parkedSince: progress.parkedSince ?? record.at };
    case 'rejected':
      return {
        ...progress,
        parkedSince: progress.parkedSince ?? record.at,
        rejections: progress.rejections + 1,
      };
    case 'retrying':
      return {
        attempt: record.attempt + 1,
        firstAt: progress.firstAt ?? record.at,
        previousDelayMs: record.until - record.at - record.ms,
        parkedSince: undefined,
        rejections: 0,
      };
    default:
      return progress;
  }
}
