import { AsyncResource } from 'node:async_hooks';
import { Backoff, Failsafe, RetryPolicy } from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import type { CompensationFailure } from '../errors.ts';
import { Interruption } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import { readUndoing, writeUndoing } from '../records/records.ts';
import { isReplayError } from '../records/stored-error.ts';
import { runStep } from '../step/durable-step.ts';
import { planOf } from '../step/plan.ts';
import type { StepInfo } from '../step/step-options.ts';
import type { Execution } from './execution.ts';

/** The name of the entry before those of compensations; no step has one like it. */
export const undoingName = 'undo/';

/** A step that can be undone. */
export interface Undoable {
  readonly step: string;
  readonly value: unknown;
  readonly compensate: (value: never, step: StepInfo) => unknown;
  readonly policy: Policy<unknown> | undefined;
}

/** What became of the undoing. */
export interface Undone {
  /** The steps that were undone, newest first. */
  readonly steps: readonly string[];
  readonly failures: readonly CompensationFailure[];
}

// What was done has to be undone; so where the step's own policy has no retry, this one tries long.
const patience = new RetryPolicy({
  maxRetries: 10,
  backoff: new Backoff({ minDelay: 500, maxDelay: 60_000, jitter: 0.5 }),
});
const patient = new WeakMap<Policy<unknown>, Policy<unknown>>();

/** The steps of a run that can be undone, and the undoing. */
export class Saga {
  readonly #journal: Journal;
  readonly #execution: Execution;
  readonly #done: (Undoable & { readonly scope: AsyncResource })[] = [];

  constructor(journal: Journal, execution: Execution) {
    this.#journal = journal;
    this.#execution = execution;
  }

  /** A step is done that may have to be undone. */
  add(undoable: Undoable): void {
    // It is undone in the context that its step had: the user's storage says for whom it is.
    this.#done.push({ ...undoable, scope: new AsyncResource('highway.step') });
  }

  /** Undoes all, newest first, each in a durable step of its own. */
  async undo(): Promise<Undone> {
    const steps: string[] = [];
    const failures: CompensationFailure[] = [];
    const open = this.#done.splice(0).reverse();
    if (open.length > 0) await this.#begin(open.map(({ step }) => step));
    for (const undoable of open) {
      try {
        await undoable.scope.runInAsyncScope(() => this.#undoOne(undoable));
        steps.push(undoable.step);
      } catch (error) {
        if (error instanceof Interruption || isReplayError(error)) throw error;
        failures.push({ step: undoable.step, error });
      }
    }
    return { steps, failures };
  }

  /** From here on the journal says that the steps before it may be undone. */
  async #begin(steps: readonly string[]): Promise<void> {
    const record = await this.#journal.step(undoingName, () =>
      Promise.resolve(writeUndoing(steps)),
    );
    readUndoing(undoingName, record);
  }

  #undoOne({ step, value, compensate, policy }: Undoable): Promise<unknown> {
    const name = `undo/${step}`;
    const work = {
      name,
      idempotencyKey: `${this.#journal.runId}:${name}`,
      // What a compensation gives is of no interest, and need not be storable.
      fn: async (info: StepInfo): Promise<void> => {
        await compensate(value as never, info);
      },
      plan: planOf(withPatience(policy)),
      whenOpen: 'park' as const,
      maxPark: Infinity,
    };
    return runStep(work, this.#journal, this.#execution);
  }
}

function withPatience(policy: Policy<unknown> | undefined): Policy<unknown> {
  if (policy === undefined) return patience;
  if (planOf(policy).retry !== undefined) return policy;
  let made = patient.get(policy);
  if (made === undefined) {
    made = new Failsafe({ policies: [patience, policy], onWarning: () => undefined });
    patient.set(policy, made);
  }
  return made;
}
