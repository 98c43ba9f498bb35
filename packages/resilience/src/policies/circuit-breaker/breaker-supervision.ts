/// <reference lib="esnext.disposable" preserve="true" />
import { disposable } from '../../support/dispose.ts';
import { objectWith } from '../../support/options.ts';
import type { BreakerGate } from './gate.ts';
import type {
  CircuitSupervision,
  CircuitTotals,
  TrialRules,
  TrialSupervisor,
} from './supervision.ts';

const readSupervisor = objectWith<TrialSupervisor>('an object with a method takeSlot', 'takeSlot');

/** A breaker's supervision, over its gate. It has no state of its own. */
export class BreakerSupervision implements CircuitSupervision {
  readonly #gate: BreakerGate;

  constructor(gate: BreakerGate) {
    this.#gate = gate;
  }

  get totals(): CircuitTotals {
    const { successes, failures } = this.#gate.machine;
    return { successes, failures };
  }

  get trialRules(): TrialRules {
    const { trialCalls, successesToClose, failuresToOpen, maxConcurrentTrials, trialTimeoutMs } =
      this.#gate.rules;
    return { trialCalls, successesToClose, failuresToOpen, maxConcurrentTrials, trialTimeoutMs };
  }

  get failureRate(): number | undefined {
    const { failureThreshold } = this.#gate.rules;
    return failureThreshold.find(({ failureRate }) => failureRate !== undefined)?.failureRate;
  }

  cooldownMs(openings: number): number {
    return this.#gate.cooldownMs(openings);
  }

  superviseTrials(supervisor: TrialSupervisor): Disposable {
    const { machine } = this.#gate;
    // As an option, `undefined` would be allowed.
    const given: unknown = supervisor;
    readSupervisor('supervisor', given ?? null);
    if (machine.supervised) throw new TypeError('supervisor: the breaker has one already');
    machine.supervise(supervisor);
    return disposable(() => {
      machine.supervise(undefined);
    });
  }
}
