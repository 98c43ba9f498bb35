import { AsyncResource } from 'node:async_hooks';
import { Backoff, Failsafe, RetryPolicy } from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import type { CompensationFailure } from '../../errors.ts';
import { Interruption } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import { compensationName, compensationsName } from '../records/entry-names.ts';
import { readCompensating, writeCompensating } from '../records/records.ts';
import { isReplayError } from '../records/stored-error.ts';
import { runStep } from '../step/durable-step.ts';
import { planOf } from '../step/plan.ts';
import type { StepInfo } from '../step/step-options.ts';
import type { Execution } from './execution.ts';

/** A step that is done and has a compensation. */
export interface CompensableStep {
  readonly step: string;
  readonly value: unknown;
  readonly compensate: (value: never, step: StepInfo) => unknown;
  readonly policy: Policy<unknown> | undefined;
}

/** The result of compensating a run. */
export interface CompensationResult {
  /** The steps that have been compensated, newest first. */
  readonly compensated: readonly string[];
  readonly failures: readonly CompensationFailure[];
}

// A compensation must not give up easily, so this policy retries where the step's own doesn't.
const defaultRetry = new RetryPolicy({
  maxRetries: 10,
  backoff: new Backoff({ minDelay: 500, maxDelay: 60_000, jitter: 0.5 }),
});
const withDefaultRetry = new WeakMap<Policy<unknown>, Policy<unknown>>();

/** The compensations of a run. */
export class Saga {
  readonly #journal: Journal;
  readonly #execution: Execution;
  readonly #steps: (CompensableStep & { readonly scope: AsyncResource })[] = [];

  constructor(journal: Journal, execution: Execution) {
    this.#journal = journal;
    this.#execution = execution;
  }

  /** Adds a step that is done. */
  add(step: CompensableStep): void {
    // The compensation runs in the async context of its step, so the user's storage has its values.
    this.#steps.push({ ...step, scope: new AsyncResource('highway.step') });
  }

  /** Compensates all steps, newest first, each in a durable step of its own. */
  async compensate(): Promise<CompensationResult> {
    const compensated: string[] = [];
    const failures: CompensationFailure[] = [];
    const steps = this.#steps.splice(0).reverse();
    if (steps.length > 0) await this.#recordBeginning(steps.map(({ step }) => step));
    for (const step of steps) {
      try {
        await step.scope.runInAsyncScope(() => this.#compensateStep(step));
        compensated.push(step.step);
      } catch (error) {
        if (error instanceof Interruption || isReplayError(error)) throw error;
        failures.push({ step: step.step, error });
      }
    }
    return { compensated, failures };
  }

  /** After this entry, the journal shows that earlier steps may have been compensated. */
  async #recordBeginning(steps: readonly string[]): Promise<void> {
    const record = await this.#journal.step(compensationsName, () =>
      Promise.resolve(writeCompensating(steps)),
    );
    readCompensating(compensationsName, record);
  }

  #compensateStep({ step, value, compensate, policy }: CompensableStep): Promise<unknown> {
    const name = compensationName(step);
    const work = {
      name,
      idempotencyKey: `${this.#journal.runId}:${name}`,
      // Nobody reads the result of a compensation, so it need not be serializable.
      fn: async (info: StepInfo): Promise<void> => {
        await compensate(value as never, info);
      },
      plan: planOf(compensationPolicy(policy)),
      whenOpen: 'park' as const,
      maxParkMs: Infinity,
    };
    return runStep(work, this.#journal, this.#execution);
  }
}

function compensationPolicy(policy: Policy<unknown> | undefined): Policy<unknown> {
  if (policy === undefined) return defaultRetry;
  if (planOf(policy).retry !== undefined) return policy;
  let made = withDefaultRetry.get(policy);
  if (made === undefined) {
    made = new Failsafe({ policies: [defaultRetry, policy], onWarning: () => undefined });
    withDefaultRetry.set(policy, made);
  }
  return made;
}
