import type { Random } from '@highway/resilience';
import { seededRandom } from '@highway/resilience/testing';
import { Recovery } from './recovery.ts';
import { phaseAt, phaseNamed, phasesOf, scriptedSeconds } from './script.ts';
import type { Phase } from './script.ts';

/** The plan of a service. */
export interface ServicePlan {
  readonly seconds: number;
  /** The usual load in calls per second. */
  readonly rate: number;
  readonly seed: number;
}

/** What the service does with a request. */
export interface Answer {
  readonly kind: AnswerKind;
  /** The delay before the answer, in ms; a request that hangs gets none. */
  readonly delay: number;
}

/** The answer: 200, 500 or 503, or none, if the connection hangs or is reset. */
export type AnswerKind = 'ok' | 'error' | 'overloaded' | 'hang' | 'reset';

/**
 * The service without its sockets: decides about a request at a time of the drill. The same plan and
 * the same requests give the same answers.
 */
export class ServiceLife {
  readonly #phases: readonly Phase[];
  readonly #recovery: Recovery;
  readonly #random: Random;
  /** The factor that stretches the script's times. */
  readonly #stretch: number;

  constructor({ seconds, rate, seed }: ServicePlan) {
    this.#phases = phasesOf(seconds);
    this.#random = seededRandom(seed);
    this.#stretch = seconds / scriptedSeconds;
    this.#recovery = new Recovery({
      since: phaseNamed(this.#phases, 'recovery').from,
      rate,
      warmUpMs: 4000 * this.#stretch,
      relapseMs: 1000 * this.#stretch,
      // With fewer calls, a random burst of trial calls could count as an overload.
      windowCalls: Math.min(30, Math.max(15, 30 * this.#stretch)),
    });
  }

  /** How often it relapsed under load. */
  get relapses(): number {
    return this.#recovery.relapses;
  }

  /** Decides about a request; times must not go back. */
  answer(now: number): Answer {
    switch (phaseAt(this.#phases, now).name) {
      case 'healthy':
        return { kind: 'ok', delay: this.#usualDelay() };
      case 'slow':
        return { kind: 'ok', delay: this.#usualDelay() + this.#slowDelay() };
      case 'outage':
        return this.#failure();
      case 'recovery':
        return this.#recovering(now);
    }
  }

  #recovering(now: number): Answer {
    const { overloaded, load } = this.#recovery.take(now);
    if (overloaded) return { kind: 'overloaded', delay: 5 };
    // It gets slower as the load comes near its capacity.
    return { kind: 'ok', delay: this.#usualDelay() * (1 + 4 * load ** 3) };
  }

  #failure(): Answer {
    const draw = this.#random();
    if (draw < 0.35) return { kind: 'error', delay: this.#usualDelay() };
    if (draw < 0.6) return { kind: 'reset', delay: this.#usualDelay() };
    return { kind: 'hang', delay: 0 };
  }

  #usualDelay(): number {
    return this.#between(8, 24);
  }

  /** Most requests take a little longer, some much longer. */
  #slowDelay(): number {
    const stuck = this.#random() < 0.08;
    return this.#stretch * (stuck ? this.#between(1000, 2000) : this.#between(80, 200));
  }

  #between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }
}
