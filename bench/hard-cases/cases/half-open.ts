import type { BreakerSetup } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Dependency } from '../harness/dependency.ts';
import { admits, fails, failTimes, trip } from '../harness/steps.ts';

const area = 'Breaker: half-open and late results';
const setup: BreakerSetup = { opensAfter: { failures: 3 }, cooldownMs: 1_000 };
const notFound = new Error('not found');
const counts = (error: unknown): boolean => error !== notFound;

/** How a half-open circuit handles its trial calls. */
export const halfOpenCases: readonly HardCase[] = [
  {
    id: 'half-open-burst',
    title: 'A burst that hits a half-open circuit gets one trial call through, not all calls',
    source: 'Polly #216, opossum #119, resilience4j #343 #1432',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      const dependency = new Dependency();
      await trip(driver, breaker, 3);
      await driver.time.advance(1_001);
      for (let i = 0; i < 20; i++) new Call(breaker.run(dependency.work));
      await driver.time.settle();
      demand(dependency.calls === 1, `${String(dependency.calls)} of 20 calls got through`);
    },
  },
  {
    id: 'half-open-ignored-error',
    title: 'A trial call whose error does not count leaves the circuit usable',
    source: 'Polly #1979, resilience4j #544, opossum #389',
    area,
    async run(driver) {
      const breaker = driver.breaker({ ...setup, counts });
      await trip(driver, breaker, 3);
      await driver.time.advance(1_001);
      new Call(breaker.run(() => Promise.reject(notFound)));
      await driver.time.settle();
      demand(await admits(driver, breaker), 'the next call is rejected');
    },
  },
  {
    id: 'half-open-below-volume',
    title: 'A failed trial call reopens the circuit, however few calls the window holds',
    source: 'opossum #276',
    area,
    async run(driver) {
      const opensAfter = { ratio: 0.5, overMs: 10_000, minimumCalls: 5 };
      // The wait is longer than the window, which is empty when the trial call comes.
      const breaker = driver.breaker({ opensAfter, cooldownMs: 30_000 });
      await trip(driver, breaker, 5);
      await driver.time.advance(30_001);
      await failTimes(driver, breaker, 1);
      demand(!(await admits(driver, breaker)), 'calls still go to a dependency that is down');
    },
  },
  {
    id: 'half-open-hung-trial',
    title: 'A trial call that never settles does not keep the circuit half-open forever',
    source: 'resilience4j #935; seen in cockatiel, Polly v8, failsafe',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 3);
      await driver.time.advance(1_001);
      new Call(breaker.run(new Dependency().work));
      await driver.time.advance(60_000);
      demand(
        await admits(driver, breaker),
        'a minute later the circuit rejects or holds all calls',
      );
    },
  },
  {
    id: 'half-open-cancelled-trial',
    title: 'A trial call that its caller cancels neither closes nor opens the circuit',
    source: 'resilience4j #682; seen in Polly, cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 3);
      await driver.time.advance(1_001);
      const caller = new AbortController();
      const call = new Call(breaker.run(heedsSignal, caller.signal));
      await driver.time.settle();
      caller.abort(new Error('changed my mind'));
      await driver.time.settle();
      demand(call.threw, 'the cancelled call did not settle');
      demand(breaker.state === 'half-open', `the circuit is ${breaker.state}`);
      demand(await admits(driver, breaker), 'the slot of the cancelled call is lost');
    },
  },
  {
    id: 'half-open-odd-throws',
    title: 'A trial call that throws undefined, null, a number or a string gives its slot back',
    source: 'seen in resilience4j, failsafe-go; cockatiel #103',
    area,
    async run(driver) {
      for (const thrown of [undefined, null, 0, 'down'] as readonly unknown[]) {
        const breaker = driver.breaker(setup);
        await trip(driver, breaker, 3);
        await driver.time.advance(1_001);
        const call = new Call(breaker.run(() => Promise.reject(thrown)));
        await driver.time.settle();
        demand(call.threw && call.result === thrown, 'the caller did not get what was thrown');
        demand(breaker.state === 'open', `after ${String(thrown)} it is ${breaker.state}`);
        await driver.time.advance(1_001);
        demand(await admits(driver, breaker), `after ${String(thrown)} no call gets through`);
      }
    },
  },
  {
    id: 'half-open-throwing-predicate',
    title: 'A predicate that throws in a trial call neither hangs the call nor loses its slot',
    source: 'resilience4j #2209, failsafe',
    area,
    async run(driver) {
      let confused = false;
      const breaker = driver.breaker({
        ...setup,
        counts: () => {
          if (confused) throw new TypeError('confused');
          return true;
        },
      });
      await trip(driver, breaker, 3);
      await driver.time.advance(1_001);
      confused = true;
      const call = new Call(breaker.run(fails));
      await driver.time.settle();
      confused = false;
      demand(call.threw, 'the trial call never settles');
      await driver.time.advance(1_001);
      demand(await admits(driver, breaker), 'no trial call gets through any more');
    },
  },
];

function heedsSignal(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
