import type { BackoffSetup } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Attempts, fails, made } from '../harness/steps.ts';

const area = 'Retry and backoff';
const growing: BackoffSetup = { kind: 'exponential', minDelayMs: 100, maxDelayMs: 30_000 };
const inASecond: BackoffSetup = { kind: 'fixed', delayMs: 1_000 };

/** How often a call is tried, and after what waits. */
export const retryCases: readonly HardCase[] = [
  {
    id: 'jitter-overflow',
    title: 'Delays with jitter are between 0 and the cap for 3,000 attempts',
    source: 'cockatiel #86, Polly #2163 #2164 #1868',
    area,
    async run(driver) {
      for (const jitter of ['decorrelated', 'full'] as const) {
        const delays = driver.delays({ ...growing, jitter }, 3_000);
        const wrong = delays.findIndex((delay) => !(delay >= 0 && delay <= 30_000));
        demand(wrong < 0, `delay ${String(wrong + 1)} is ${String(delays[wrong])} ms`);
      }
      await driver.time.settle();
    },
  },
  {
    id: 'first-delay',
    title: 'The first delay is the shortest, and each later delay is twice the previous one',
    source: 'cockatiel #30, failsafe-java #97, failsafe-go #23',
    area,
    async run(driver) {
      const delays = driver.delays(growing, 4);
      demand(delays.join() === '100,200,400,800', `the delays are ${delays.join(', ')}`);
      await driver.time.settle();
    },
  },
  {
    id: 'growth-factor',
    title: 'The configured growth factor of the delays takes effect',
    source: 'seen in cockatiel',
    area,
    async run(driver) {
      const delays = driver.delays({ ...growing, factor: 3 }, 4);
      demand(delays.join() === '100,300,900,2700', `the delays are ${delays.join(', ')}`);
      await driver.time.settle();
    },
  },
  {
    id: 'delay-beyond-31-bits',
    title: 'A delay of 30 days, longer than a timer can run, does not end at once',
    source: 'seen in cockatiel; failsafe-java #215',
    area,
    async run(driver) {
      const month: BackoffSetup = { kind: 'fixed', delayMs: 30 * 24 * 3_600_000 };
      const attempts = new Attempts();
      const retry = driver.retry({ maxRetries: 5, backoff: month });
      new Call(retry.run(attempts.work));
      await driver.time.advance(3_600_000);
      demand(attempts.count === 1, `within an hour there were ${String(attempts.count)} attempts`);
    },
  },
  {
    id: 'delay-that-is-none',
    title: 'A delay of NaN, -1 or Infinity is invalid, not the same as no delay',
    source: 'seen in cockatiel',
    area,
    async run(driver) {
      for (const delayMs of [Number.NaN, -1, Infinity]) {
        const attempts = new Attempts();
        const backoff: BackoffSetup = { kind: 'fixed', delayMs };
        const retry = made(() => driver.retry({ maxRetries: 5, backoff }));
        if (retry === undefined) continue;
        new Call(retry.run(attempts.work));
        await driver.time.advance(100);
        const { count } = attempts;
        demand(count === 1, `${String(delayMs)} gave ${String(count)} attempts within 100 ms`);
      }
    },
  },
  {
    id: 'no-retries',
    title: 'No retries means one attempt',
    source: 'failsafe-go #32, Polly 2.2.5',
    area,
    async run(driver) {
      const attempts = new Attempts();
      const call = new Call(driver.retry({ maxRetries: 0 }).run(attempts.work));
      await driver.time.advance(10);
      demand(call.threw && attempts.count === 1, `there were ${String(attempts.count)} attempts`);
    },
  },
  {
    id: 'endless-retries',
    title: 'Retries without a limit go on for thousands of attempts',
    source: 'failsafe-go #32, Polly 2.2.5',
    area,
    async run(driver) {
      const attempts = new Attempts(1_000);
      const retry = driver.retry({ maxRetries: Infinity, backoff: { kind: 'fixed', delayMs: 1 } });
      const call = new Call(retry.run(attempts.work));
      await driver.time.advance(1_500);
      demand(call.returned, `after ${String(attempts.count)} attempts there is no result`);
    },
  },
  {
    id: 'no-wait-after-the-last',
    title: 'There is no wait after the last attempt',
    source: 'seen in resilient-circuit; failsafe-go #22',
    area,
    async run(driver) {
      const call = new Call(driver.retry({ maxRetries: 1, backoff: inASecond }).run(fails));
      await driver.time.advance(1_000);
      demand(call.threw, 'it did not settle with its last attempt');
    },
  },
  {
    id: 'exhausted-on-a-result',
    title: 'Retries that end on a bad result are not reported as a success',
    source: 'resilience4j #687, Polly #2291',
    area,
    async run(driver) {
      let successes = 0;
      const retry = driver.retry({
        maxRetries: 2,
        handleResult: (value) => value === 'busy',
        onSuccess: () => successes++,
      });
      const call = new Call(retry.run(() => 'busy'));
      await driver.time.advance(10);
      demand(call.returned && call.result === 'busy', 'the caller did not get the last result');
      demand(successes === 0, 'it reported a success');
    },
  },
  {
    id: 'throwing-retry-predicate',
    title: "A retry's predicate that throws ends the call",
    source: 'resilience4j #2209',
    area,
    async run(driver) {
      const confused = new TypeError('confused');
      const handle = (): never => {
        throw confused;
      };
      const call = new Call(driver.retry({ maxRetries: 2, handle }).run(fails));
      await driver.time.advance(10);
      demand(call.threw && call.result === confused, 'the caller does not get the error');
    },
  },
  {
    id: 'throwing-retry-listener',
    title: "A retry's listener that throws does not stop the retries",
    source: 'seen in cockatiel',
    area,
    async run(driver) {
      const attempts = new Attempts(2);
      const retry = driver.retry({ maxRetries: 2, onRetry: fails });
      const call = new Call(retry.run(attempts.work));
      await driver.time.advance(10);
      demand(call.returned, 'the caller did not get the value of the second attempt');
    },
  },
  {
    id: 'limit-of-time',
    title: 'No attempt starts after the time limit for all attempts',
    source: 'failsafe-go #29',
    area,
    async run(driver) {
      const attempts = new Attempts();
      const retry = driver.retry({ maxRetries: 10, backoff: inASecond, maxDurationMs: 2_500 });
      const call = new Call(retry.run(attempts.work));
      await driver.time.advance(2_500);
      demand(call.threw, 'it did not settle within its time');
      demand(attempts.count === 3, `there were ${String(attempts.count)} attempts`);
    },
  },
];
