import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { settle } from '../testing/settle.ts';
import { callerScope } from './scope.ts';
import { sleep } from './sleep.ts';

/** What became of a promise so far. */
function watch(promise: Promise<void>): { state: string; reason?: unknown } {
  const seen: { state: string; reason?: unknown } = { state: 'waiting' };
  promise.then(
    () => (seen.state = 'over'),
    (reason: unknown) => Object.assign(seen, { state: 'cancelled', reason }),
  );
  return seen;
}

const longest = 2 ** 31 - 1;

describe('sleep', () => {
  it('ends when the time has passed, and not before', async () => {
    const clock = new ManualClock();
    const seen = watch(sleep(clock, 100, undefined));
    await clock.advance(99);
    expect(seen.state).toBe('waiting');
    await clock.advance(1);
    expect(seen.state).toBe('over');
  });

  it.each([0, -1, Number.NaN])('of %d ms sets no timer', async (ms) => {
    const clock = new ManualClock();
    const seen = watch(sleep(clock, ms, undefined));
    expect(clock.pendingTimers).toBe(0);
    await settle();
    expect(seen.state).toBe('over');
  });

  it('longer than a timer can hold takes several timers', async () => {
    const clock = new ManualClock();
    const asked: number[] = [];
    const recording = {
      now: () => clock.now(),
      setTimeout: (fn: () => void, ms: number) => {
        asked.push(ms);
        return clock.setTimeout(fn, ms);
      },
      clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
    };
    const seen = watch(sleep(recording, 2 * longest + 5, undefined));
    await clock.advance(2 * longest + 4);
    expect(seen.state).toBe('waiting');
    await clock.advance(1);
    expect(seen.state).toBe('over');
    expect(asked).toEqual([longest, longest, 5]);
  });

  it('as long as the longest timer takes one', async () => {
    const clock = new ManualClock();
    const seen = watch(sleep(clock, longest, undefined));
    await clock.advance(longest);
    expect(seen.state).toBe('over');
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends at once with the reason of an abort, and leaves no timer', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const seen = watch(sleep(clock, 3 * longest, callerScope(controller.signal)));
    await clock.advance(longest + 1);
    controller.abort('enough');
    await settle();
    expect(seen).toEqual({ state: 'cancelled', reason: 'enough' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not start if the abort came before', async () => {
    const clock = new ManualClock();
    const seen = watch(sleep(clock, 5, callerScope(AbortSignal.abort('before'))));
    await settle();
    expect(seen).toEqual({ state: 'cancelled', reason: 'before' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not watch its scope once it is over', async () => {
    const clock = new ManualClock();
    const scope = callerScope(new AbortController().signal);
    const seen = watch(sleep(clock, 5, scope));
    expect(scope.first).toBeDefined();
    await clock.advance(5);
    expect(seen.state).toBe('over');
    expect(scope.first).toBeUndefined();
  });
});
