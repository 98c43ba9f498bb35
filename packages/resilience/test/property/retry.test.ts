import { Backoff, RetriesExceededError, RetryBudget, RetryPolicy } from '@highway/resilience';
import type { RetryInfo } from '@highway/resilience';
import { ManualClock, seededRandom } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from './parameters.ts';
import { RetryModel } from './retry-model.ts';
import type { Attempt, End, RetryModelRules, Script } from './retry-model.ts';

/** Longer than all the calls of a run take together: nothing leaves the budget's window. */
const windowMs = 1_000_000;

const attempt: fc.Arbitrary<Attempt> = fc.record({
  ending: fc.constantFrom('success', 'bad value', 'failure', 'failure', 'failure', 'fatal'),
  takes: fc.constantFrom(0, 0, 1, 7, 50),
  retryAfter: fc.option(fc.constantFrom(1, 30, 400), { nil: undefined, freq: 3 }),
});
// Half milliseconds, so that an abort never falls together with a timer.
const abortAt = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.nat(300).map((ms) => ms + 0.5) },
);
const script: fc.Arbitrary<Script> = fc.record({
  pause: fc.nat(100),
  attempts: fc.array(attempt, { minLength: 1, maxLength: 6 }),
  abortAt,
});
const rules: fc.Arbitrary<RetryModelRules> = fc.record({
  maxRetries: fc.constantFrom(0, 1, 2, 3, 5),
  minDelay: fc.constantFrom(0, 1, 10),
  maxDelay: fc.constantFrom(10, 15, 80),
  factor: fc.constantFrom(1, 2, 3),
  maxDuration: fc.option(fc.constantFrom(0, 20, 60, 200), { nil: undefined }),
  judgesValues: fc.boolean(),
  budget: fc.option(
    fc.record({
      ratio: fc.constantFrom(0, 0.25, 0.5, 1),
      minPerSecond: fc.constantFrom(0, 0.001, 0.003),
    }),
    { nil: undefined },
  ),
});

class Failure extends Error {
  readonly retryAfter: number | undefined;

  constructor(retryAfter: number | undefined) {
    super('failure');
    this.retryAfter = retryAfter;
  }
}
const fatal = new Error('not worth another attempt');

/** A retry on a clock by hand, and what is seen of its calls. */
class Bench {
  readonly clock = new ManualClock();
  readonly retry: RetryPolicy;
  infos: RetryInfo[] = [];
  calls = 0;
  /** What the last attempt threw or gave. */
  last: unknown = undefined;

  constructor(
    { minDelay, maxDelay, factor, judgesValues, ...rules }: RetryModelRules,
    observed: boolean,
  ) {
    const { clock } = this;
    this.retry = new RetryPolicy({
      clock,
      maxRetries: rules.maxRetries,
      backoff: new Backoff({ minDelay, maxDelay, factor }),
      handle: (error) => error !== fatal,
      onRetry: (info) => this.infos.push(info),
      ...(rules.maxDuration !== undefined && { maxDuration: rules.maxDuration }),
      ...(rules.budget && {
        budget: new RetryBudget({ ...rules.budget, window: windowMs, clock }),
      }),
      ...(judgesValues && { handleResult: isBad }),
    });
    if (observed) this.retry.on('retry', () => {});
  }

  /** Runs a call to its end; gives how it ended, when, and with what. */
  async run({
    attempts,
    abortAt,
  }: Script): Promise<{ result: unknown; thrown: boolean; at: number }> {
    const abort = new AbortController();
    if (abortAt === 0) abort.abort(abortReason);
    else if (abortAt !== undefined) this.clock.setTimeout(() => abort.abort(abortReason), abortAt);
    this.infos = [];
    this.calls = 0;
    const fn = (): Promise<unknown> =>
      this.#attempt(attempts[Math.min(this.calls++, attempts.length - 1)]!);
    const options = abortAt === undefined ? {} : { signal: abort.signal };
    const seen = this.retry.executeOutcome(fn, options).then((outcome) => ({
      result: outcome.ok ? outcome.value : outcome.error,
      thrown: !outcome.ok,
      at: this.clock.now(),
    }));
    await this.clock.advance(20_000);
    return seen;
  }

  async #attempt({ ending, takes, retryAfter }: Attempt): Promise<unknown> {
    if (takes > 0) {
      await new Promise<void>((resolve) => {
        this.clock.setTimeout(resolve, takes);
      });
    }
    if (ending === 'fatal') this.last = fatal;
    else this.last = ending === 'failure' ? new Failure(retryAfter) : { ending };
    if (ending === 'fatal' || ending === 'failure') throw this.last;
    return this.last;
  }
}

const abortReason = new Error('the caller went away');

/** How a call ended; `undefined` where its result is none of those that it may be. */
function endOf(result: unknown, bench: Bench, calls: number): End | undefined {
  if (result === abortReason) return 'abort reason';
  if (result === bench.last) return 'outcome';
  if (!(result instanceof RetriesExceededError)) return undefined;
  const sound = result.attempts === calls && result.cause === bench.last;
  return sound ? 'retries exceeded' : undefined;
}

function isBad(value: unknown): boolean {
  return (value as { ending: string }).ending === 'bad value';
}

describe('a retry', { timeout: 120_000 }, () => {
  it('makes the calls and the waits of the model, and ends like it', async () => {
    const scripts = fc.array(script, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rules, fc.boolean(), scripts, async (chosen, observed, calls) => {
        const bench = new Bench(chosen, observed);
        const model = new RetryModel(chosen, windowMs);
        for (const call of calls) {
          await bench.clock.advance(call.pause);
          const expected = model.run(call, bench.clock.now());
          const { result, thrown, at } = await bench.run(call);
          expect(bench.calls).toBe(expected.calls);
          expect(bench.infos.map(({ delay }) => delay)).toEqual(expected.delays);
          expect(bench.infos.map(({ attempt: number }) => number)).toEqual(
            expected.delays.map((_, i) => i + 1),
          );
          expect(at).toBe(expected.at);
          expect(bench.clock.pendingTimers).toBe(0);
          expect(endOf(result, bench, expected.calls)).toBe(expected.end);
          expect(thrown).toBe(result instanceof Error);
        }
      }),
      runs(2000),
    );
  });

  it('never waits less than the error asks for, and adds at most the jitter', async () => {
    const asked = fc.nat(20_000);
    const jitter = fc.constantFrom(0, 0.2, 1, 'full' as const, 'decorrelated' as const);
    await fc.assert(
      fc.asyncProperty(asked, jitter, fc.nat(), async (retryAfter, how, seed) => {
        const clock = new ManualClock();
        const delays: number[] = [];
        const random = seededRandom(seed);
        const backoff = new Backoff({ minDelay: 100, maxDelay: 2_000, jitter: how, random });
        const retry = new RetryPolicy({
          clock,
          backoff,
          onRetry: ({ delay }) => delays.push(delay),
        });
        const call = retry.executeOutcome(() => {
          throw new Failure(retryAfter);
        });
        await clock.advance('1h');
        expect((await call).ok).toBe(false);
        expect(delays).toHaveLength(3);
        for (const delay of delays) {
          expect(delay).toBeGreaterThanOrEqual(retryAfter);
          expect(delay).toBeLessThanOrEqual(Math.max(2_000, retryAfter + 2_000));
        }
      }),
      runs(300),
    );
  });
});
