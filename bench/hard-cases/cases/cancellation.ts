import { getEventListeners, setMaxListeners } from 'node:events';
import type { BackoffSetup } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Attempts, fails, failTimes, works } from '../harness/steps.ts';

const area = 'Cancellation';
const inASecond: BackoffSetup = { kind: 'fixed', delayMs: 1_000 };
const reason = new Error('changed my mind');

/** What happens when a caller no longer wants the result. */
export const cancellationCases: readonly HardCase[] = [
  {
    id: 'aborted-before',
    title: 'A retry whose signal has already aborted runs nothing',
    source: 'Polly #2375, resilience4j #2246; seen in cockatiel',
    area,
    async run(driver) {
      const attempts = new Attempts();
      const call = new Call(
        driver.retry({ maxRetries: 2 }).run(attempts.work, AbortSignal.abort(reason)),
      );
      await driver.time.settle();
      demand(attempts.count === 0, 'the function ran');
      demand(call.threw && call.result === reason, 'the caller did not get the reason');
    },
  },
  {
    id: 'aborted-during-attempt',
    title: 'A retry that is cancelled during an attempt makes no further attempt',
    source: 'Polly #2375 #2456',
    area,
    async run(driver) {
      let attempts = 0;
      const caller = new AbortController();
      const work = (): void => {
        attempts++;
        caller.abort(reason);
        fails();
      };
      const call = new Call(driver.retry({ maxRetries: 2 }).run(work, caller.signal));
      await driver.time.advance(10);
      demand(call.threw && attempts === 1, `there were ${String(attempts)} attempts`);
    },
  },
  {
    id: 'aborted-during-wait',
    title: 'A retry that is cancelled during a wait ends at once, with the reason',
    source: 'Polly #2375, resilience4j #2368; seen in cockatiel',
    area,
    async run(driver) {
      const attempts = new Attempts();
      const caller = new AbortController();
      const retry = driver.retry({ maxRetries: 2, backoff: inASecond });
      const call = new Call(retry.run(attempts.work, caller.signal));
      await driver.time.advance(500);
      caller.abort(reason);
      await driver.time.settle();
      demand(call.threw, 'the caller keeps waiting');
      demand(call.result === reason, 'the caller did not get the reason');
      await driver.time.advance(5_000);
      demand(attempts.count === 1, 'another attempt was made');
    },
  },
  {
    id: 'aborted-with-the-timer',
    title: 'A retry that is cancelled at the moment when its wait ends makes no further attempt',
    source: 'Polly #2456, resilience4j #2368; seen in cockatiel',
    area,
    async run(driver) {
      const attempts = new Attempts();
      const caller = new AbortController();
      const retry = driver.retry({ maxRetries: 1, backoff: inASecond });
      new Call(retry.run(attempts.work, caller.signal));
      await driver.time.settle();
      const waited = driver.time.advance(1_000);
      caller.abort(reason);
      await waited;
      demand(attempts.count === 1, 'another attempt was made');
    },
  },
  {
    id: 'value-under-aborted-signal',
    title: 'A call that is cancelled but still returns a value keeps the value',
    source: 'Polly #188',
    area,
    async run(driver) {
      const caller = new AbortController();
      const work = (): string => {
        caller.abort(reason);
        return 'value';
      };
      const call = new Call(driver.retry({ maxRetries: 2 }).run(work, caller.signal));
      await driver.time.settle();
      demand(call.returned && call.result === 'value', 'the caller did not get the value');
    },
  },
  {
    id: 'breaker-abort-is-no-failure',
    title: 'Calls that their callers cancel do not open a circuit',
    source: 'resilience4j #682; seen in cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker({ opensAfter: { failures: 3 }, cooldownMs: 1_000 });
      for (let i = 0; i < 5; i++) {
        const caller = new AbortController();
        const work = (): never => {
          caller.abort(reason);
          throw reason;
        };
        new Call(breaker.run(work, caller.signal));
        await driver.time.settle();
      }
      demand(breaker.state === 'closed', `the circuit is ${breaker.state}`);
    },
  },
  {
    id: 'no-listeners-left',
    title: 'A hundred calls with retries leave no listener on the signal that they share',
    source: 'cockatiel #69 #81',
    area,
    async run(driver) {
      const { signal } = new AbortController();
      setMaxListeners(0, signal);
      const breaker = driver.breaker({ opensAfter: { failures: 3 }, cooldownMs: 1_000 });
      const retry = driver.retry({ maxRetries: 12, backoff: { kind: 'fixed', delayMs: 1 } });
      const both = driver.chain(retry, breaker);
      for (let i = 0; i < 50; i++) {
        new Call(both.run(works, signal));
        new Call(both.run(fails, signal));
      }
      await driver.time.advance(100);
      await failTimes(driver, both, 1);
      await driver.time.advance(100);
      const left = getEventListeners(signal, 'abort').length;
      demand(left === 0, `${String(left)} listeners are left`);
    },
  },
];
