import { getEventListeners, setMaxListeners } from 'node:events';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Dependency } from '../harness/dependency.ts';
import { Attempts, fails, works } from '../harness/steps.ts';

const area = 'Timeout';
const reason = new Error('changed my mind');

/** What happens when a call takes too long, and when it does not. */
export const timeoutCases: readonly HardCase[] = [
  {
    id: 'timeout-not-early',
    title: 'A call that is answered just in time does not time out',
    source: 'cockatiel #16',
    area,
    async run(driver) {
      const dependency = new Dependency();
      const call = new Call(driver.timeout(1_000).run(dependency.work));
      await driver.time.advance(999);
      demand(call.pending, 'it timed out too early');
      dependency.succeed();
      await driver.time.settle();
      demand(call.returned && call.result === 'value', 'the caller did not get the value');
    },
  },
  {
    id: 'timeout-on-time',
    title: 'A function that ignores its signal still times out on time',
    source: 'cockatiel, Polly: cooperative timeouts wait',
    area,
    async run(driver) {
      const call = new Call(driver.timeout(1_000).run(new Dependency().work));
      await driver.time.advance(1_000);
      demand(call.threw, 'the caller keeps waiting');
    },
  },
  {
    id: 'timeout-own-error',
    title: 'An error that comes at the same moment as the deadline is not masked',
    source: 'Polly #620, failsafe-java 2.3.0',
    area,
    async run(driver) {
      const own = new Error('own');
      const dependency = new Dependency();
      const call = new Call(driver.timeout(1_000).run(dependency.work));
      await driver.time.advance(999);
      dependency.fail(own);
      await driver.time.advance(1);
      demand(call.threw && call.result === own, 'the caller got another error');
    },
  },
  {
    id: 'abort-is-no-timeout',
    title: "A caller's abort is not reported as a timeout",
    source: 'Polly #3094; seen in cockatiel',
    area,
    async run(driver) {
      const caller = new AbortController();
      const call = new Call(driver.timeout(1_000).run(new Dependency().work, caller.signal));
      await driver.time.advance(500);
      caller.abort(reason);
      await driver.time.settle();
      demand(call.threw, 'the caller keeps waiting');
      demand(call.result === reason, `the caller got "${messageOf(call.result)}"`);
    },
  },
  {
    id: 'reason-reaches-function',
    title: 'The reason of an abort reaches the signal of the function',
    source: 'cockatiel #101, Polly #3094',
    area,
    async run(driver) {
      const caller = new AbortController();
      let seen: AbortSignal | undefined;
      const work = (signal: AbortSignal | undefined): Promise<never> => {
        seen = signal;
        return new Promise(() => undefined);
      };
      new Call(driver.timeout(1_000).run(work, caller.signal));
      await driver.time.settle();
      caller.abort(reason);
      demand(seen?.aborted === true && seen.reason === reason, 'its reason is different');
    },
  },
  {
    id: 'timeout-ends-retries',
    title: 'A timeout around a retry ends its wait, and the retry makes no further attempt',
    source: 'failsafe-java #234, Polly #1697',
    area,
    async run(driver) {
      const attempts = new Attempts();
      const backoff = { kind: 'fixed', delayMs: 1_000 } as const;
      const retry = driver.retry({ maxRetries: 5, backoff });
      const call = new Call(driver.chain(driver.timeout(1_500), retry).run(attempts.work));
      await driver.time.advance(1_500);
      demand(call.threw, 'the caller keeps waiting');
      await driver.time.advance(10_000);
      demand(attempts.count === 2, `there were ${String(attempts.count)} attempts`);
    },
  },
  {
    id: 'streaming-body',
    title: 'The signal of a call that has returned does not abort, so that a body can stream on',
    source: 'cockatiel #72, failsafe-go #123 #65',
    area,
    async run(driver) {
      const seen: AbortSignal[] = [];
      const caller = new AbortController();
      const call = new Call(
        driver.timeout(1_000).run((signal) => seen.push(signal!), caller.signal),
      );
      await driver.time.advance(5_000);
      demand(call.returned && seen[0]?.aborted === false, 'the signal was aborted');
    },
  },
  {
    id: 'timeout-leaves-no-listener',
    title: 'Calls under a timeout leave no listener on the signal that they share',
    source: 'cockatiel #69 #81, failsafe-go #134',
    area,
    async run(driver) {
      const { signal } = new AbortController();
      // How many there are meanwhile is another case.
      setMaxListeners(0, signal);
      const timeout = driver.timeout(10);
      for (let i = 0; i < 20; i++) {
        for (const work of [works, fails, new Dependency().work]) {
          new Call(timeout.run(work, signal));
        }
      }
      await driver.time.advance(100);
      const left = getEventListeners(signal, 'abort').length;
      demand(left === 0, `${String(left)} listeners are left`);
    },
  },
  {
    id: 'many-calls-one-signal',
    title: 'Twenty concurrent calls that share a signal add fewer listeners than hosts warn about',
    source: 'cockatiel #69 #81',
    area,
    async run(driver) {
      const { signal } = new AbortController();
      setMaxListeners(0, signal);
      const timeout = driver.timeout(1_000);
      for (let i = 0; i < 20; i++) new Call(timeout.run(new Dependency().work, signal));
      await driver.time.settle();
      const { length } = getEventListeners(signal, 'abort');
      demand(
        length <= 10,
        `it adds ${String(length)} listeners, and Node.js warns about more than 10`,
      );
    },
  },
  {
    id: 'timeout-leaves-no-timer',
    title: 'A call leaves no timer behind, however it ends',
    source: 'seen in resilience4j; cockatiel #11',
    area,
    async run(driver) {
      const timeout = driver.timeout(60_000);
      const before = driver.time.pendingTimers;
      const dependency = new Dependency();
      for (const work of [works, fails, () => Promise.reject(reason), dependency.work]) {
        new Call(timeout.run(work));
      }
      dependency.succeed();
      await driver.time.settle();
      const left = driver.time.pendingTimers - before;
      demand(left === 0, `${String(left)} timers are left`);
    },
  },
];

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
