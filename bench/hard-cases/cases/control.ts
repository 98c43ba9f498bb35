import type { BreakerSetup, BreakerState } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { admits, fails, failTimes, succeedTimes, trip, works } from '../harness/steps.ts';

const area = 'Breaker: control and events';
const setup: BreakerSetup = { opensAfter: { failures: 3 }, cooldownMs: 1_000 };

/** Manual control of a breaker, and its events. */
export const controlCases: readonly HardCase[] = [
  {
    id: 'old-wait-in-new-open',
    title: 'The timer of an earlier opening does not end the wait of a later one',
    source: 'opossum #383, resilience4j #1039',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      breaker.open();
      await driver.time.advance(500);
      breaker.close();
      await driver.time.advance(100);
      breaker.open();
      await driver.time.advance(500);
      demand(!(await admits(driver, breaker)), 'a call got through after half of the wait');
      await driver.time.advance(501);
      demand(await admits(driver, breaker), 'no call gets through after the wait');
    },
  },
  {
    id: 'manual-states',
    title: 'After each manual change the circuit is in exactly one state',
    source: 'opossum #484',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      breaker.open();
      demand(breaker.state === 'open', `opened by hand, it is ${breaker.state}`);
      breaker.close();
      demand(breaker.state === 'closed', `closed by hand, it is ${breaker.state}`);
      demand(await admits(driver, breaker), 'closed by hand, it rejects calls');
    },
  },
  {
    id: 'isolated-stays',
    title: 'A circuit that is held open does not become half-open by itself',
    source: 'resilience4j #991',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      const release = breaker.isolate();
      await driver.time.advance(60_000);
      demand(!(await admits(driver, breaker)), 'a call got through');
      release();
      demand(await admits(driver, breaker), 'after the isolation it still rejects calls');
    },
  },
  {
    id: 'isolation-keeps-open',
    title: 'Ending an isolation does not end an outage: an open circuit is open again',
    source: 'seen in cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 3);
      breaker.isolate()();
      demand(!(await admits(driver, breaker)), 'a call got through at once');
    },
  },
  {
    id: 'growing-waits',
    title: 'A growing wait applies to the first opening and to those after it',
    source: 'Polly #1852 #1898',
    area,
    async run(driver) {
      const breaker = driver.breaker({ ...setup, cooldownMs: [1_000, 2_000] });
      await trip(driver, breaker, 3);
      await driver.time.advance(900);
      demand(!(await admits(driver, breaker)), 'the first wait is too short');
      await driver.time.advance(101);
      await failTimes(driver, breaker, 1);
      await driver.time.advance(1_900);
      demand(!(await admits(driver, breaker)), 'the second wait is too short');
      await driver.time.advance(101);
      demand(await admits(driver, breaker), 'the second wait is too long');
    },
  },
  {
    id: 'threshold-of-all',
    title: 'A threshold of 100 % is met when every call fails',
    source: 'seen in opossum; resilience4j #6',
    area,
    async run(driver) {
      const opensAfter = { ratio: 1, overMs: 10_000, minimumCalls: 5 };
      await trip(driver, driver.breaker({ ...setup, opensAfter }), 5);
    },
  },
  {
    id: 'fractional-threshold',
    title: 'A threshold of 33.3 % is not rounded to 33 %',
    source: 'resilience4j #139',
    area,
    async run(driver) {
      const opensAfter = { ratio: 0.333, overMs: 10_000, minimumCalls: 1_000 };
      const breaker = driver.breaker({ ...setup, opensAfter });
      for (let i = 0; i < 667; i++) void breaker.run(works);
      await failTimes(driver, breaker, 332);
      demand(breaker.state === 'closed', 'it opened below the minimum of calls');
      await succeedTimes(driver, breaker, 1);
      demand(breaker.state === 'closed', 'it opened at 33.2 %');
      await failTimes(driver, breaker, 3);
      demand(breaker.state === 'open', 'it is not open above 33.3 %');
    },
  },
  {
    id: 'no-cooldown',
    title: 'A wait of 0 means 0, not the default',
    source: 'opossum #824 #825',
    area,
    async run(driver) {
      const breaker = driver.breaker({ ...setup, cooldownMs: 0 });
      await failTimes(driver, breaker, 3);
      await driver.time.advance(1);
      demand(await admits(driver, breaker), 'the call after it is rejected');
    },
  },
  {
    id: 'listener-calls-back',
    title: 'A listener can use the breaker while it is notified that the circuit opens',
    source: 'failsafe-go d1f1d81, resilience4j #2038',
    area,
    async run(driver) {
      const seen: BreakerState[] = [];
      const inside: Call[] = [];
      const breaker = driver.breaker({
        ...setup,
        onStateChange: (state) => {
          seen.push(state);
          if (state === 'open') inside.push(new Call(breaker.run(works)));
        },
      });
      await failTimes(driver, breaker, 3);
      demand(seen.join() === 'open', `it reported ${seen.join(', ')}`);
      demand(inside[0]?.threw === true, 'the call from the listener was not rejected');
    },
  },
  {
    id: 'throwing-state-listener',
    title: 'A listener that throws when the circuit opens does not change what the caller gets',
    source: 'seen in cockatiel, opossum',
    area,
    async run(driver) {
      const own = new Error('own');
      const breaker = driver.breaker({ ...setup, onStateChange: fails });
      await failTimes(driver, breaker, 2);
      const call = new Call(breaker.run(() => Promise.reject(own)));
      await driver.time.settle();
      demand(call.threw, 'the call never settles');
      demand(call.result === own, 'the caller got the error of the listener');
    },
  },
  {
    id: 'throwing-success-listener',
    title: 'A listener that throws on a success does not turn it into a failure',
    source: 'seen in cockatiel, opossum',
    area,
    async run(driver) {
      const call = new Call(driver.breaker({ ...setup, onSuccess: fails }).run(works));
      await driver.time.settle();
      demand(call.returned, 'the caller did not get the value');
    },
  },
  {
    id: 'disabled-emits',
    title: 'A disabled breaker still emits events',
    source: 'opossum #894 #895',
    area,
    async run(driver) {
      let reported = 0;
      const breaker = driver.breaker({ ...setup, onCall: () => reported++ });
      breaker.disable();
      await failTimes(driver, breaker, 5);
      demand(await admits(driver, breaker), 'disabled, it rejects calls');
      demand(reported === 6, `it reported ${String(reported)} of 6 calls`);
    },
  },
];
