import type { BreakerSetup } from '../driver.ts';
import type { HardCase } from '../hard-case.ts';
import { Call } from '../harness/call.ts';
import { demand } from '../harness/demand.ts';
import { Dependency } from '../harness/dependency.ts';
import { admits, failTimes, made, succeedTimes, trip } from '../harness/steps.ts';

const area = 'Breaker: snapshots';
const setup: BreakerSetup = { opensAfter: { failures: 5 }, cooldownMs: 1_000 };

/** What a breaker carries over to another process. */
export const snapshotCases: readonly HardCase[] = [
  {
    id: 'restored-window',
    title: 'A restored breaker knows the failures from before',
    source: 'cockatiel 3.2.1',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await failTimes(driver, breaker, 4);
      const restored = driver.breaker({ ...setup, restored: JSON.parse(breaker.snapshot()) });
      await failTimes(driver, restored, 1);
      demand(restored.state === 'open', 'the fifth failure leaves it closed');
    },
  },
  {
    id: 'snapshot-not-shared',
    title: 'A breaker does not change the snapshot it was created from',
    source: 'cockatiel #113',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 5);
      const snapshot = JSON.parse(breaker.snapshot()) as unknown;
      const before = JSON.stringify(snapshot);
      const restored = driver.breaker({ ...setup, restored: snapshot });
      await driver.time.advance(1_001);
      await succeedTimes(driver, restored, 1);
      demand(JSON.stringify(snapshot) === before, 'the snapshot has changed');
    },
  },
  {
    id: 'restored-past-deadline',
    title: 'A circuit that is restored after its wait admits a trial call',
    source: 'opossum #720',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 5);
      const restored: unknown = JSON.parse(breaker.snapshot());
      await driver.time.advance(5_000);
      demand(await admits(driver, driver.breaker({ ...setup, restored })), 'it rejects calls');
    },
  },
  {
    id: 'restored-before-deadline',
    title: 'A circuit that is restored during its wait rejects calls until the wait is over',
    source: 'seen in opossum',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await driver.time.advance(5_000);
      await trip(driver, breaker, 5);
      await driver.time.advance(600);
      const restored = driver.breaker({ ...setup, restored: JSON.parse(breaker.snapshot()) });
      demand(!(await admits(driver, restored)), 'a call got through before the wait was over');
      await driver.time.advance(401);
      demand(await admits(driver, restored), 'it starts a new wait');
    },
  },
  {
    id: 'restored-half-open',
    title: 'A circuit that was half-open admits a trial call when it is restored',
    source: 'opossum #720, cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 5);
      await driver.time.advance(1_001);
      new Call(breaker.run(new Dependency().work));
      await driver.time.settle();
      const restored = driver.breaker({ ...setup, restored: JSON.parse(breaker.snapshot()) });
      demand(await admits(driver, restored), 'it rejects calls');
    },
  },
  {
    id: 'restored-isolated',
    title: 'A circuit that was held open by hand is not stuck forever when it is restored',
    source: 'seen in cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      breaker.isolate();
      const restored = driver.breaker({ ...setup, restored: JSON.parse(breaker.snapshot()) });
      await driver.time.advance(60_000);
      demand(await admits(driver, restored), 'it rejects calls, and cannot be closed');
    },
  },
  {
    id: 'restored-from-fast-clock',
    title: 'A snapshot from a host whose clock is an hour ahead does not block calls for an hour',
    source: 'seen in cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 5);
      const restored: unknown = JSON.parse(breaker.snapshot());
      driver.time.stepWallClock(-3_600_000);
      const other = driver.breaker({ ...setup, restored });
      await driver.time.advance(1_001);
      demand(await admits(driver, other), 'it rejects calls after its wait');
    },
  },
  {
    id: 'damaged-snapshot',
    title: 'A snapshot whose numbers became null is invalid at once, or does no harm',
    source: 'seen in cockatiel',
    area,
    async run(driver) {
      const breaker = driver.breaker(setup);
      await trip(driver, breaker, 5);
      // JSON makes null of NaN.
      const restored: unknown = JSON.parse(breaker.snapshot(), (_key, value: unknown) =>
        typeof value === 'number' ? null : value,
      );
      const other = made(() => driver.breaker({ ...setup, restored }));
      if (other === undefined) return;
      await driver.time.advance(60_000);
      demand(await admits(driver, other), 'the breaker was created, and rejects every call');
    },
  },
];
