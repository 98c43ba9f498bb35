import type { Breaker, BreakerSetup, BreakerState, Driver } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Dependency } from '../harness/dependency.ts';
import { admits, failTimes, trip } from '../harness/steps.ts';

const area = 'Breaker: half-open and late results';
const setup: BreakerSetup = { opensAfter: { failures: 3 }, cooldownMs: 1_000 };
const notFound = new Error('not found');
const counts = (error: unknown): boolean => error !== notFound;

/** What becomes of results that come after their state has ended. */
export const lateResultCases: readonly HardCase[] = [
  {
    id: 'late-failure-in-half-open',
    title: 'A failure of a call from before the outage does not open a half-open circuit',
    source: 'opossum #382, Polly #217; seen in resilience4j, failsafe',
    area,
    async run(driver) {
      const { breaker, late } = await halfOpenWithLateCall(driver, setup);
      late.fail();
      await driver.time.settle();
      demand(breaker.state === 'half-open', `the circuit is ${breaker.state}`);
    },
  },
  {
    id: 'late-success-in-half-open',
    title: 'A success of a call from before the outage does not close a half-open circuit',
    source: 'opossum #382, Polly #217; seen in resilience4j, failsafe',
    area,
    async run(driver) {
      const { breaker, late } = await halfOpenWithLateCall(driver, setup);
      late.succeed();
      await driver.time.settle();
      demand(breaker.state === 'half-open', `the circuit is ${breaker.state}`);
    },
  },
  {
    id: 'late-ignored-in-half-open',
    title:
      'An error that does not count, from a call before the outage, admits no extra trial call',
    source: 'seen in resilience4j; failsafe-java #391',
    area,
    async run(driver) {
      const { breaker, late } = await halfOpenWithLateCall(driver, { ...setup, counts });
      late.fail(notFound);
      await driver.time.settle();
      demand(breaker.state === 'half-open', `the circuit is ${breaker.state}`);
      demand(!(await admits(driver, breaker)), 'a second trial call got through');
    },
  },
  {
    id: 'late-failure-in-open',
    title: 'A late failure while the circuit is open neither opens it twice nor prolongs the wait',
    source: 'Polly #218, resilience4j #646',
    area,
    async run(driver) {
      const states: BreakerState[] = [];
      const breaker = driver.breaker({ ...setup, onStateChange: (state) => states.push(state) });
      const late = new Dependency();
      new Call(breaker.run(late.work));
      await trip(driver, breaker, 3);
      await driver.time.advance(900);
      late.fail();
      await driver.time.settle();
      demand(states.join() === 'open', `its states were ${states.join(', ')}`);
      await driver.time.advance(101);
      demand(await admits(driver, breaker), 'the wait started again');
    },
  },
  {
    id: 'late-trial-of-earlier-half-open',
    title: 'A trial call of one half-open phase does not count in the next',
    source: 'failsafe, resilience4j',
    area,
    async run(driver) {
      const breaker = driver.breaker({ ...setup, trialCalls: 2 });
      const late = new Dependency();
      await trip(driver, breaker, 3);
      await driver.time.advance(1_001);
      new Call(breaker.run(late.work));
      await failTimes(driver, breaker, 1);
      demand(breaker.state === 'open', `the failed trial call left the circuit ${breaker.state}`);
      await driver.time.advance(1_001);
      new Call(breaker.run(new Dependency().work));
      await driver.time.settle();
      late.fail();
      await driver.time.settle();
      demand(breaker.state === 'half-open', `the circuit is ${breaker.state}`);
    },
  },
  {
    id: 'simultaneous-failures',
    title: 'Failures at the same time open the circuit once, and it recovers on time',
    source: 'opossum #385 #386',
    area,
    async run(driver) {
      const states: BreakerState[] = [];
      const breaker = driver.breaker({ ...setup, onStateChange: (state) => states.push(state) });
      const dependency = new Dependency();
      for (let i = 0; i < 6; i++) new Call(breaker.run(dependency.work));
      for (let i = 0; i < 6; i++) dependency.fail();
      await driver.time.settle();
      demand(states.join() === 'open', `its states were ${states.join(', ')}`);
      await driver.time.advance(1_001);
      demand(await admits(driver, breaker), 'it does not recover');
      demand(breaker.state === 'closed', `the circuit is ${breaker.state}`);
    },
  },
];

/** A half-open circuit with one running trial call, and a call that has been running since before it opened. */
async function halfOpenWithLateCall(
  driver: Driver,
  options: BreakerSetup,
): Promise<{ breaker: Breaker; late: Dependency }> {
  const breaker = driver.breaker(options);
  const late = new Dependency();
  new Call(breaker.run(late.work));
  await trip(driver, breaker, 3);
  await driver.time.advance(1_001);
  new Call(breaker.run(new Dependency().work));
  await driver.time.settle();
  demand(breaker.state === 'half-open', `the trial call left the circuit ${breaker.state}`);
  return { breaker, late };
}
