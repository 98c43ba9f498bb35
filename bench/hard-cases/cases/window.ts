import type { BreakerSetup } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Dependency } from '../harness/dependency.ts';
import { admits, failTimes, succeedTimes, trip, works } from '../harness/steps.ts';

const area = 'Breaker: window and clock';
const hour = 3_600_000;
const opensAfter = { ratio: 0.5, overMs: 10_000, minimumCalls: 5 };
const setup: BreakerSetup = { opensAfter, cooldownMs: 1_000 };

/** What a breaker remembers, and for how long. */
export const windowCases: readonly HardCase[] = [
  {
    id: 'idle-then-failure',
    title: 'Failures from before a long idle time do not count when the next one comes',
    source: 'seen in cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await failTimes(driver, breaker, 4);
      await driver.time.advance(60_000);
      await failTimes(driver, breaker, 1);
      demand(breaker.state === 'closed', 'a single failure within the last minute opened it');
    },
  },
  {
    id: 'idle-then-read',
    title: 'Reading the window after a long idle time shows no old outcomes',
    source: 'seen in failsafe-go',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await failTimes(driver, breaker, 4);
      await driver.time.advance(60_000);
      const failures = breaker.windowFailures();
      demand(failures === 0, `it shows ${String(failures)} failures from a minute ago`);
    },
  },
  {
    id: 'stalled-loop',
    title: 'An event loop that stalls, or a laptop that sleeps, does not stretch the window',
    source: 'seen in opossum',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await failTimes(driver, breaker, 4);
      await driver.time.stall(60_000);
      await failTimes(driver, breaker, 1);
      demand(breaker.state === 'closed', 'a single failure within the last minute opened it');
    },
  },
  {
    id: 'wall-clock-back-while-open',
    title: 'A wall clock that is set back does not keep a circuit open',
    source: 'seen in cockatiel, resilience4j',
    area,
    async run(driver) {
      const breaker = driver.breaker({ ...setup, opensAfter: { failures: 3 } });
      await trip(driver, breaker, 3);
      driver.time.stepWallClock(-hour);
      await driver.time.advance(1_001);
      demand(await admits(driver, breaker), 'it rejects calls after its wait');
    },
  },
  {
    id: 'wall-clock-forward-while-open',
    title: 'A wall clock that is set forward does not end the wait of an open circuit',
    source: 'seen in cockatiel, resilience4j',
    area,
    async run(driver) {
      const breaker = driver.breaker({ ...setup, opensAfter: { failures: 3 } });
      await trip(driver, breaker, 3);
      driver.time.stepWallClock(hour);
      await driver.time.settle();
      demand(!(await admits(driver, breaker)), 'a call got through at once');
    },
  },
  {
    id: 'wall-clock-back-in-window',
    title: 'A wall clock that is set back does not make old failures count for longer',
    source: 'seen in resilience4j, cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await failTimes(driver, breaker, 4);
      driver.time.stepWallClock(-hour);
      await driver.time.advance(60_000);
      await failTimes(driver, breaker, 1);
      demand(breaker.state === 'closed', 'a single failure within the last minute opened it');
    },
  },
  {
    id: 'rejections-not-counted',
    title: 'Calls that were rejected while open do not delay the next opening',
    source: 'seen in opossum',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 5);
      for (let i = 0; i < 30; i++) await admits(driver, breaker);
      await driver.time.advance(1_001);
      // Some test with as many calls as the window needs, one after the other.
      for (let i = 0; i < 5 && breaker.state !== 'closed'; i++) {
        await succeedTimes(driver, breaker, 1);
      }
      demand(breaker.state === 'closed', 'it did not recover');
      await failTimes(driver, breaker, 10);
      demand(breaker.state === 'open', 'ten failures in a row leave it closed');
    },
  },
  {
    id: 'in-flight-not-counted',
    title: 'Calls that are still running count neither as successes nor as failures',
    source: 'seen in opossum; failsafe-go #139',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      for (let i = 0; i < 20; i++) new Call(breaker.run(new Dependency().work));
      await failTimes(driver, breaker, 5);
      demand(breaker.state === 'open', 'five failures out of five outcomes leave it closed');
    },
  },
  {
    id: 'window-of-one',
    title: 'A breaker with a window of one call opens when that call fails, and only then',
    source: 'resilience4j #2334',
    area,
    async run(driver) {
      const breaker = driver.breaker({ ...setup, opensAfter: { failures: 1, ofLast: 1 } });
      await succeedTimes(driver, breaker, 3);
      demand(breaker.state === 'closed', 'successes opened it');
      await trip(driver, breaker, 1);
    },
  },
  {
    id: 'large-window',
    title: 'A window still works correctly after 150,000 calls',
    source: 'opossum #827 #830, failsafe-go 0.6.3',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      for (let i = 0; i < 150_000; i++) {
        void breaker.run(works);
        if (i % 10_000 === 0) await driver.time.settle();
      }
      await driver.time.settle();
      const call = new Call(breaker.run(() => Promise.reject(new Error('down'))));
      await driver.time.settle();
      demand(call.threw && (call.result as Error).message === 'down', 'the call broke');
      demand(breaker.state === 'closed', 'one failure opened it');
    },
  },
  {
    id: 'one-config-two-breakers',
    title: 'Two breakers created from one configuration share no state',
    source: 'seen in opossum, cockatiel',
    area,
    async run(driver) {
      const [one, other] = driver.breakersOfOneConfig({ ...setup, opensAfter: { failures: 4 } });
      await failTimes(driver, one, 3);
      await failTimes(driver, other, 1);
      demand(other.state === 'closed', 'the failures of one opened the other');
    },
  },
];
