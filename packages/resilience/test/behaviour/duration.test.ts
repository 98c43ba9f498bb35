import { describe, expect, it } from 'vitest';
import { Backoff, CircuitBreakerPolicy, RetryBudget, RetryPolicy } from '@highway/resilience';
import type { Duration } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { thrown } from '../support/calls.ts';

/** What a duration comes to, in ms: the wait of a breaker that has just opened. */
function milliseconds(cooldown: Duration): number {
  const breaker = new CircuitBreakerPolicy({ clock: new ManualClock(), cooldown });
  breaker.open();
  return breaker.retryAfter;
}

/** As `Temporal.Duration` is: units in getters of the prototype, no properties of its own. */
class TemporalDuration {
  readonly #parts: Record<string, number>;
  static {
    for (const unit of ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds']) {
      this.#unit(unit);
    }
    for (const unit of ['milliseconds', 'microseconds', 'nanoseconds']) this.#unit(unit);
    Object.defineProperty(this.prototype, Symbol.toStringTag, { value: 'Temporal.Duration' });
  }

  static #unit(unit: string): void {
    Object.defineProperty(this.prototype, unit, {
      get(this: TemporalDuration) {
        return this.#parts[unit] ?? 0;
      },
    });
  }

  constructor(parts: Record<string, number>) {
    this.#parts = parts;
  }

  get sign(): number {
    return 1;
  }
}

describe('a duration', () => {
  it.each<[Duration, number]>([
    [250, 250],
    [0, 0],
    [1.5, 1.5],
    ['250ms', 250],
    ['0ms', 0],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['1m', 60_000],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['1h 30m 15s 250ms', 5_415_250],
    ['2m500ms', 120_500],
    [{ seconds: 30 }, 30_000],
    [{ milliseconds: 7 }, 7],
    [{ minutes: 1, seconds: 30 }, 90_000],
    [{ days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 90_061_001],
    [{ seconds: 0 }, 0],
    [{ seconds: 1.5 }, 1_500],
  ])('%j is read as %d ms', (duration, ms) => {
    expect(milliseconds(duration)).toBe(ms);
  });

  it('may be a Temporal.Duration', () => {
    const duration = new TemporalDuration({ minutes: 1, seconds: 30 });
    expect(milliseconds(duration as Duration)).toBe(90_000);
  });

  it.each([
    ['abc', '"abc"'],
    ['', '""'],
    ['30', '"30"'],
    ['30 seconds', '"30 seconds"'],
    ['s', '"s"'],
    ['1s!', '"1s!"'],
    ['1,5s', '"1,5s"'],
    ['1m-30s', '"1m-30s"'],
    ['-5s', '"-5s"'],
    ['Infinity', '"Infinity"'],
    ['1e3ms', '"1e3ms"'],
    [-1, '-1'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [Infinity, 'Infinity'],
    [{}, '{}'],
    [{ second: 30 }, '{"second":30}'],
    [{ seconds: 1, secs: 2 }, '{"seconds":1,"secs":2}'],
    [{ seconds: -1 }, '{"seconds":-1}'],
    [{ seconds: '30' }, '{"seconds":"30"}'],
    [{ months: 1 }, '{"months":1}'],
    [[30], '[30]'],
    [null, 'null'],
    [true, 'true'],
    [5n, '5n'],
    [Symbol('soon'), 'Symbol(soon)'],
  ])('is not %o: the error names the option and shows the value', (value, shown) => {
    const error = thrown(() => new CircuitBreakerPolicy({ cooldown: value as Duration }));
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    expect((error as Error).message).toContain('cooldown');
    expect((error as Error).message).toContain(shown);
  });

  it.each([{ seconds: Number.NaN }, { minutes: Infinity }, new TemporalDuration({ months: 1 })])(
    'is not an object without a finite sum of its units: %o',
    (value) => {
      const error = thrown(() => new CircuitBreakerPolicy({ cooldown: value as Duration }));
      expect((error as Error).message).toContain('cooldown');
    },
  );

  it.each<[string, (value: Duration) => unknown]>([
    ['cooldown', (cooldown) => new CircuitBreakerPolicy({ cooldown })],
    ['trialTimeout', (trialTimeout) => new CircuitBreakerPolicy({ trialTimeout })],
    ['rampUp', (rampUp) => new CircuitBreakerPolicy({ rampUp })],
    ['maxDuration', (maxDuration) => new RetryPolicy({ maxDuration })],
    ['window', (window) => new RetryBudget({ window })],
    ['minDelay', (minDelay) => new Backoff({ minDelay, maxDelay: '1h' })],
    ['maxDelay', (maxDelay) => new Backoff({ minDelay: 0, maxDelay })],
    ['delay', (delay) => Backoff.fixed(delay)],
  ])('may have every form as %s, which names itself in errors', (option, make) => {
    for (const duration of [1_000, '1s', { seconds: 1 }]) make(duration);
    for (const value of [Infinity, -1, Number.NaN, 'soon', { years: 1 }, null, true]) {
      const error = thrown(() => make(value as Duration));
      expect((error as Error).message).toContain(option);
    }
  });
});
