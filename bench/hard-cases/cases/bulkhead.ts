import type { Driver } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Dependency } from '../harness/dependency.ts';
import { admits, fails, works } from '../harness/steps.ts';

const area = 'Bulkhead';

/** Who gets a slot, and who gives one back. */
export const bulkheadCases: readonly HardCase[] = [
  {
    id: 'slot-given-back-once',
    title: 'A slot is given back once, whether the call succeeds, fails or throws',
    source: 'resilience4j #332 #263',
    area,
    async run(driver) {
      const bulkhead = driver.bulkhead({ maxConcurrent: 2 });
      for (const work of [works, fails, () => Promise.reject(new Error('down')), works]) {
        new Call(bulkhead.run(work));
        await driver.time.settle();
      }
      const dependency = new Dependency();
      for (let i = 0; i < 5; i++) new Call(bulkhead.run(dependency.work));
      await driver.time.settle();
      demand(dependency.calls === 2, `${String(dependency.calls)} calls run at once, not 2`);
    },
  },
  {
    id: 'slot-held-after-timeout',
    title: 'A call that timed out holds its slot while its function is still running',
    source: 'bulkman 2.0.0; seen in opossum',
    area,
    async run(driver) {
      const bulkhead = driver.bulkhead({ maxConcurrent: 1, timeoutMs: 1_000 });
      const dependency = new Dependency();
      const given = new Call(bulkhead.run(dependency.work));
      await driver.time.advance(1_000);
      demand(given.threw, 'the call did not time out');
      demand(!(await admits(driver, bulkhead)), 'a second call runs beside it');
      dependency.succeed();
      await driver.time.settle();
      demand(await admits(driver, bulkhead), 'the slot is not given back when the function ends');
    },
  },
  {
    id: 'waiter-cancelled',
    title: 'A call that is cancelled while it waits ends at once, and leaves the queue',
    source: 'cockatiel #112 #114',
    area,
    async run(driver) {
      const bulkhead = driver.bulkhead({ maxConcurrent: 1, maxQueued: 1 });
      const running = new Dependency();
      const caller = new AbortController();
      new Call(bulkhead.run(running.work));
      const waiting = new Call(bulkhead.run(works, caller.signal));
      await driver.time.settle();
      caller.abort(new Error('changed my mind'));
      await driver.time.settle();
      demand(waiting.threw, 'the cancelled call keeps waiting');
      const next = new Call(bulkhead.run(works));
      await driver.time.settle();
      demand(next.pending, 'the next call finds the queue full');
      running.succeed();
      await driver.time.settle();
      demand(next.returned, 'the next call never runs');
    },
  },
  {
    id: 'waiter-given-up',
    title: 'A call that timed out while it waited never takes a slot',
    source: 'failsafe-java #393 #400 #365',
    area,
    async run(driver) {
      const bulkhead = driver.bulkhead({ maxConcurrent: 1, maxQueued: 1, timeoutMs: 1_000 });
      const running = new Dependency();
      const late = new Dependency();
      new Call(bulkhead.run(running.work));
      const waiting = new Call(bulkhead.run(late.work));
      await driver.time.advance(1_000);
      demand(waiting.threw, 'the waiting call did not time out');
      running.succeed();
      await driver.time.settle();
      demand(late.calls === 0, 'its function ran after all');
      demand(await admits(driver, bulkhead), 'its slot is lost');
    },
  },
  {
    id: 'waiter-not-overtaken',
    title: 'A call that is in the queue is neither overtaken nor rejected later',
    source: 'seen in cockatiel; resilience4j #979',
    area,
    async run(driver) {
      // A newcomer comes at each of the moments around the end of the call before.
      for (let microtasks = 0; microtasks < 12; microtasks++) await overtake(driver, microtasks);
    },
  },
  {
    id: 'large-capacity',
    title: 'The largest possible capacity works',
    source: 'Polly #2638',
    area,
    async run(driver) {
      const bulkhead = driver.bulkhead({ maxConcurrent: Number.MAX_SAFE_INTEGER });
      for (let i = 0; i < 100; i++) new Call(bulkhead.run(new Dependency().work));
      demand(await admits(driver, bulkhead), 'it rejects calls');
    },
  },
];

async function overtake(driver: Driver, microtasks: number): Promise<void> {
  const bulkhead = driver.bulkhead({ maxConcurrent: 1, maxQueued: 1 });
  const running = new Dependency();
  const order: string[] = [];
  new Call(bulkhead.run(running.work));
  const accepted = new Call(bulkhead.run(() => order.push('accepted')));
  await driver.time.settle();
  running.succeed();
  for (let i = 0; i < microtasks; i++) await Promise.resolve();
  new Call(bulkhead.run(() => order.push('newcomer')));
  await driver.time.settle();
  demand(accepted.returned, 'the accepted call was rejected when a newcomer took its slot');
  demand(order[0] === 'accepted', 'a newcomer overtook the accepted call');
}
