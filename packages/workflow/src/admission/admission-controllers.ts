import type { CircuitBreakerPolicy, Clock, Policy } from '@highway/resilience';
import type { StepPlan } from '../engine/step/plan.ts';
import { AdmissionController } from './admission-controller.ts';

/** What all admission controllers of a process share. */
export interface AdmissionControllersOptions {
  readonly clock: Clock;
  readonly trialCalls: number;
}

/** The admission controllers of a process: one for each circuit, and for each bulkhead without one. */
export class AdmissionControllers {
  readonly #options: AdmissionControllersOptions;
  // Weak, so that a controller is collected together with its policy.
  readonly #controllers = new WeakMap<Policy, AdmissionController>();
  #count = 0;

  constructor(options: AdmissionControllersOptions) {
    this.#options = options;
  }

  /**
   * The controllers that must admit a step, in an order that is the same for all steps. So two steps
   * can't each hold a ticket that the other one waits for.
   */
  for({ breakers, maxConcurrent, bulkhead }: StepPlan): readonly AdmissionController[] {
    if (breakers.length > 0) {
      const controllers = new Set(
        breakers.map((breaker) => this.#controller(breaker, breaker, maxConcurrent)),
      );
      return [...controllers].sort((a, b) => a.order - b.order);
    }
    return bulkhead === undefined ? [] : [this.#controller(bulkhead, undefined, maxConcurrent)];
  }

  #controller(
    key: Policy,
    breaker: CircuitBreakerPolicy | undefined,
    max: number,
  ): AdmissionController {
    let controller = this.#controllers.get(key);
    if (controller === undefined) {
      controller = new AdmissionController({
        ...this.#options,
        breaker,
        max,
        order: (this.#count += 1),
      });
      this.#controllers.set(key, controller);
    }
    controller.lowerMax(max);
    return controller;
  }
}
