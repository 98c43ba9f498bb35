import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { AdmissionControllers } from '../admission/admission-controllers.ts';
import { CallTracker } from '../engine/run/call-tracker.ts';
import { Execution } from '../engine/run/execution.ts';
import { Slots } from '../engine/run/slots.ts';
import { silentLogger } from '../logger.ts';
import { CrashSuspects } from './crash-suspects.ts';
import type { RunProbation } from './crash-suspects.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a suspect', () => {
  const clock = new ManualClock();
  let suspects: CrashSuspects;
  /** Which runs the database takes for executed alone. */
  let alone: Set<string>;
  let started: string[];

  beforeEach(async () => {
    const ids = new Set(['a', 'b', 'c']);
    alone = new Set();
    started = [];
    const table = {
      count: () => Promise.resolve([]),
      suspects: () => Promise.resolve([...ids]),
      setAlone: (which: readonly string[], isAlone: boolean): Promise<void> => {
        for (const id of which) if (isAlone) alone.add(id);
        for (const id of which) if (!isAlone) alone.delete(id);
        return Promise.resolve();
      },
      reset: (which: readonly string[]): Promise<void> => {
        for (const id of which) ids.delete(id);
        for (const id of which) alone.delete(id);
        return Promise.resolve();
      },
    };
    const commands = { fail: () => Promise.resolve() };
    suspects = new CrashSuspects({ table, commands, clock, logger: silentLogger });
    await suspects.load();
  });

  const slots = new Slots(10);
  const nothing = (): Promise<never> => Promise.reject(new Error('no child runs'));
  const services = {
    clock,
    random: seededRandom(1),
    admission: new AdmissionControllers({ clock, trialCalls: 2 }),
    childRuns: { enqueue: nothing, waitForAny: nothing, cancel: nothing },
    calls: new CallTracker(clock),
  };

  function execute(id: string): { execution: Execution; probation: RunProbation } {
    const probation = suspects.probation(id)!;
    const execution = new Execution(services, slots, { probation });
    void execution.start().then(() => started.push(id));
    return { execution, probation };
  }

  it('starts when the one before it waits, which continues when the turn is free again', async () => {
    const a = execute('a');
    const b = execute('b');
    await settle();
    expect([started, [...alone]]).toEqual([['a'], ['a']]);
    let wake!: () => void;
    const waited = a.execution.wait(() => new Promise<void>((resolve) => (wake = resolve)));
    await settle();
    expect([started, [...alone]]).toEqual([['a', 'b'], ['b']]);
    wake();
    void waited.then(() => started.push('a again'));
    await settle();
    expect([...alone]).toEqual(['b']);
    b.probation.passed();
    await settle();
    expect([started, [...alone]]).toEqual([['a', 'b', 'a again'], ['a']]);
    a.execution.finish();
    await settle();
    expect([...alone]).toEqual([]);
  });

  it('takes no turn any more once it has passed, however often it waits', async () => {
    const a = execute('a');
    await settle();
    a.probation.passed();
    await a.execution.wait(() => Promise.resolve());
    execute('b');
    await settle();
    expect(started).toEqual(['a', 'b']);
    expect(suspects.probation('a')).toBeUndefined();
  });

  it('starts beside one that takes longer than ten seconds, and leaves no timer at the end', async () => {
    execute('a');
    execute('b');
    execute('c');
    await clock.advance('10s');
    await settle();
    expect([started, [...alone].sort()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    await suspects.close();
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });
});
