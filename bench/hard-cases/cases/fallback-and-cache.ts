import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Dependency } from '../harness/dependency.ts';
import { fails, works } from '../harness/steps.ts';

const area = 'Fallback and cache';
const own = new Error('own');

/** Whether an error is another, or a copy of it that says something more, as its cause. */
function mentions(error: unknown, other: Error): boolean {
  return error === other || (error instanceof Error && error.message === other.message);
}

/** What answers in place of a dependency. */
export const fallbackCases: readonly HardCase[] = [
  {
    id: 'fallback-once-on-timeout',
    title: 'A fallback answers once for a call that times out, even if the call fails later',
    source: 'opossum #198 #201',
    area,
    async run(driver) {
      let answers = 0;
      const answer = (): string => `fallback ${String(++answers)}`;
      const dependency = new Dependency();
      const call = new Call(driver.fallback({ answer, timeoutMs: 1_000 }).run(dependency.work));
      await driver.time.advance(1_000);
      dependency.fail();
      await driver.time.settle();
      demand(call.returned && call.result === 'fallback 1', 'the caller did not get its answer');
      demand(answers === 1, `it answered ${String(answers)} times`);
    },
  },
  {
    id: 'fallback-not-handled',
    title:
      'An error that a fallback does not handle reaches the caller, and the fallback does not run',
    source: 'opossum #540 #556 #567',
    area,
    async run(driver) {
      let answers = 0;
      const fallback = driver.fallback({
        answer: () => answers++,
        handle: (error) => error !== own,
      });
      const call = new Call(fallback.run(() => Promise.reject(own)));
      await driver.time.settle();
      demand(call.threw && call.result === own, 'the caller did not get the error');
      demand(answers === 0, 'the fallback ran');
    },
  },
  {
    id: 'fallback-throws',
    title: 'A fallback that throws rejects the call with what it threw',
    source: 'opossum #510',
    area,
    async run(driver) {
      for (const answer of [
        (): never => {
          throw own;
        },
        (): Promise<never> => Promise.reject(own),
      ]) {
        const call = new Call(driver.fallback({ answer }).run(fails));
        await driver.time.settle();
        demand(call.threw && mentions(call.result, own), 'the caller did not get the error');
        demand(own.cause === undefined, 'the error that others share mentions this call');
      }
    },
  },
  {
    id: 'fallback-of-nothing',
    title: 'null and undefined are valid answers of a fallback',
    source: 'failsafe-java #267',
    area,
    async run(driver) {
      for (const value of [null, undefined]) {
        const call = new Call(driver.fallback({ answer: () => value }).run(fails));
        await driver.time.settle();
        demand(call.returned && call.result === value, `the caller did not get ${String(value)}`);
      }
    },
  },
];

/** What is kept, and what is shared. */
export const cacheCases: readonly HardCase[] = [
  {
    id: 'cache-falsy',
    title: 'A cache keeps null, undefined, 0, false and an empty string like any other value',
    source: 'Polly 7.0.1, opossum #896 #904',
    area,
    async run(driver) {
      for (const value of [null, undefined, 0, false, '']) {
        const cache = driver.cache({ ttlMs: 60_000, coalesce: false });
        let runs = 0;
        const calls: Call[] = [];
        for (let i = 0; i < 2; i++) {
          const work = (): unknown => {
            runs++;
            return value;
          };
          calls.push(new Call(cache.get('key', work)));
          await driver.time.settle();
        }
        demand(runs === 1, `${String(value)} was requested ${String(runs)} times`);
        demand(calls[1]?.result === value, `${String(value)} came back as another value`);
      }
    },
  },
  {
    id: 'cache-no-failures',
    title: 'A cache keeps no failure, and callers of a failed shared call can try again',
    source: 'opossum #908',
    area,
    async run(driver) {
      const cache = driver.cache({ ttlMs: 60_000, coalesce: true });
      const dependency = new Dependency();
      const calls = [1, 2].map(() => new Call(cache.get('key', dependency.work)));
      await driver.time.settle();
      demand(dependency.calls === 1, 'the calls were not shared');
      dependency.fail();
      await driver.time.settle();
      demand(
        calls.every((call) => call.threw),
        'a caller did not get the error',
      );
      const again = new Call(cache.get('key', works));
      await driver.time.settle();
      demand(again.returned, 'the call after it got the old error');
    },
  },
  {
    id: 'shared-call-cancelled',
    title: 'A caller that cancels does not cancel a shared call for the others',
    source: 'opossum #908',
    area,
    async run(driver) {
      const cache = driver.cache({ ttlMs: 60_000, coalesce: true });
      const dependency = new Dependency();
      const caller = new AbortController();
      const cancelled = new Call(cache.get('key', dependency.work, caller.signal));
      const other = new Call(cache.get('key', dependency.work));
      await driver.time.settle();
      caller.abort(own);
      await driver.time.settle();
      demand(cancelled.threw && cancelled.result === own, 'the caller who cancelled keeps waiting');
      dependency.succeed();
      await driver.time.settle();
      demand(other.returned && other.result === 'value', 'the other caller did not get the value');
    },
  },
  {
    id: 'one-config-two-caches',
    title: 'Two caches created from one configuration share no values',
    source: 'seen in opossum',
    area,
    async run(driver) {
      const [one, other] = driver.cachesOfOneConfig({ ttlMs: 60_000, coalesce: false });
      new Call(one.get('key', () => 'of the first'));
      await driver.time.settle();
      const call = new Call(other.get('key', () => 'of the second'));
      await driver.time.settle();
      demand(
        call.result === 'of the second',
        `the second cache returned the value ${String(call.result)}`,
      );
    },
  },
];
