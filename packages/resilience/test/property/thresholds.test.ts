import { CircuitBreakerPolicy, consecutive, Fraction, rate, slow } from '@highway/resilience';
import type { Clock, ThresholdLike } from '@highway/resilience';
import fc from 'fast-check';
import { assert, describe, it } from 'vitest';
import { runs } from './parameters.ts';
import { counts, trialShare, verdicts, windows } from './threshold-model.ts';
import type { ModelThreshold, Sample } from './threshold-model.ts';

const slowerThan = 30;
const cooldown = 1_000;

const timed = {
  percent: fc.constantFrom(1, 7, 20, 29, 33, 50, 57, 58, 99, 100),
  over: fc.constantFrom(40, 400, 1_000),
  minimumCalls: fc.constantFrom(1, 2, 3, 7, 25, 100),
  slowerThan: fc.constant(slowerThan),
};
const threshold: fc.Arbitrary<ModelThreshold> = fc.oneof(
  fc.record({ kind: fc.constant('rate' as const), ...timed }),
  fc.record({ kind: fc.constant('slow' as const), ...timed }),
  fc.record({ kind: fc.constant('consecutive' as const), count: fc.integer({ min: 1, max: 8 }) }),
  fc.integer({ min: 1, max: 40 }).chain((calls) =>
    fc.record({
      kind: fc.constant('fraction' as const),
      failures: fc.integer({ min: 1, max: calls }),
      calls: fc.constant(calls),
    }),
  ),
);

/** Some time passes, and then a call is made. */
interface Step {
  readonly pause: number;
  readonly took: number;
  readonly failed: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  // Around the bounds of the windows, and idle for much longer than they are.
  pause: fc.oneof(
    { weight: 12, arbitrary: fc.nat(9) },
    { weight: 1, arbitrary: fc.constantFrom(39, 40, 41, 389, 390, 399, 400, 401, 975, 1_000) },
    { weight: 1, arbitrary: fc.constantFrom(10_000, 123_456, 1e9) },
  ),
  took: fc.constantFrom(0, 1, slowerThan, slowerThan + 1, 50),
  failed: fc.boolean(),
});

function toOption(given: ModelThreshold): ThresholdLike {
  switch (given.kind) {
    case 'fraction':
      return new Fraction(given.failures, given.calls);
    case 'consecutive':
      return consecutive(given.count);
    case 'rate': {
      const { percent, over, minimumCalls } = given;
      return rate(percent / 100, { over, minimumCalls });
    }
    case 'slow': {
      const { percent, over, minimumCalls } = given;
      return slow(percent / 100, { over, minimumCalls, slowerThan });
    }
  }
}

/** A breaker with these thresholds, every sample since it was closed last, and what must hold. */
class Bench {
  now = 0;
  samples: Sample[] = [];
  readonly breaker: CircuitBreakerPolicy;
  readonly #thresholds: readonly ModelThreshold[];

  constructor(thresholds: readonly ModelThreshold[]) {
    const clock: Clock = { now: () => this.now, setTimeout: fail, clearTimeout: fail };
    const options = thresholds.map(toOption);
    this.#thresholds = thresholds;
    this.breaker = new CircuitBreakerPolicy({
      clock,
      cooldown,
      failureThreshold: options.length === 1 ? options[0]! : options,
    });
  }

  /** Makes a call that takes its time; gives what it came to. */
  call({ pause, took, failed }: Step): Sample {
    this.now += pause;
    try {
      this.breaker.executeSync(() => {
        this.now += took;
        if (failed) throw failure;
      });
    } catch (error) {
      assert.strictEqual(error, failure, 'the call is let in');
    }
    return { at: this.now, failed, took };
  }

  /** One call through the closed circuit. */
  callClosed(given: Step): void {
    this.samples.push(this.call(given));
    const each = this.#thresholds.map((one) => verdicts(one, this.samples, this.now));
    const mustOpen = each.some((possible) => possible.every(Boolean));
    const mayOpen = each.some((possible) => possible.some(Boolean));
    const opened = this.breaker.state === 'OPEN';
    assert.isTrue(opened ? mayOpen : !mustOpen, `is ${this.breaker.state}`);
    this.#checkHistory();
  }

  /** Whatever time passed since the last call, the history shows what counts now. */
  #checkHistory(): void {
    const { length, failureCount } = this.breaker.history;
    const possible = windows(this.#thresholds[0]!, this.samples, this.now).map(
      (window) => `${String(window.filter(Boolean).length)}/${String(window.length)}`,
    );
    assert.include(possible, `${String(failureCount)}/${String(length)}`);
  }

  /** Idle, and no call made: windows of time forget on reading too. */
  idle(ms: number): void {
    this.now += ms;
    this.#checkHistory();
  }

  /** After the cooldown, trial calls until they decide: never before it is certain, nor later. */
  test(steps: readonly Step[]): void {
    this.now += cooldown;
    const [failures, calls] = trialShare(this.#thresholds[0]!);
    const isSlow = (sample: Sample): boolean =>
      this.#thresholds.some((one) => one.kind === 'slow' && counts(one, sample));
    let bad = 0;
    for (let made = 1; made <= calls; made++) {
      const sample = this.call({ ...steps[made % steps.length]!, pause: 1 });
      if (sample.failed || isSlow(sample)) bad++;
      const state =
        bad >= failures ? 'OPEN' : made - bad > calls - failures ? 'CLOSED' : 'HALF_OPEN';
      assert.strictEqual(this.breaker.state, state, `after test call ${String(made)}`);
      if (state !== 'HALF_OPEN') return;
    }
    assert.fail('the test calls did not decide');
  }
}

const failure = new Error('failure');

function fail(): never {
  throw new Error('a breaker holds no timer');
}

describe('thresholds', { timeout: 120_000 }, () => {
  const given = fc.array(threshold, { minLength: 1, maxLength: 3 });
  const steps = fc.array(step, { minLength: 1, maxLength: 100, size: 'max' });

  it('open the circuit when the first is met, let the first judge trial calls, and forget by time', () => {
    fc.assert(
      fc.property(given, steps, fc.nat(2_000), (thresholds, made, idle) => {
        const bench = new Bench(thresholds);
        for (const one of made) {
          bench.callClosed(one);
          if (bench.breaker.state === 'CLOSED') continue;
          bench.test(made);
          if (bench.breaker.state === 'OPEN') bench.breaker.close();
          bench.samples = [];
        }
        bench.idle(idle);
      }),
      runs(1000),
    );
  });
});
