import { describe, expect, it } from 'vitest';
import { ManualClock } from '@highway/resilience/testing';
import { StoreTimeoutError } from './errors.ts';
import { TimeLimit } from './time-limit.ts';

const never = new Promise<string>(() => {});

describe('a limit of time', () => {
  it('gives what comes in time, and holds no timer after that', async () => {
    const clock = new ManualClock();
    await expect(new TimeLimit(clock, 100).wait(Promise.resolve('here'))).resolves.toBe('here');
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes what is no more than a thenable', async () => {
    const clock = new ManualClock();
    const thenable: PromiseLike<string> = {
      then: (resolve) => Promise.resolve(resolve?.('here')) as never,
    };
    await expect(new TimeLimit(clock, 100).wait(thenable)).resolves.toBe('here');
    expect(clock.pendingTimers).toBe(0);
  });

  it('passes on what is rejected in time', async () => {
    const clock = new ManualClock();
    const asked = Promise.reject(new Error('down'));
    await expect(new TimeLimit(clock, 100).wait(asked)).rejects.toThrow('down');
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects what takes too long, naming the time', async () => {
    const clock = new ManualClock();
    const waits = new TimeLimit(clock, 100).wait(never).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await waits).toEqual(new StoreTimeoutError(100));
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives up at once what it is told to wait for no longer', async () => {
    const clock = new ManualClock();
    const limit = new TimeLimit(clock, 100);
    const waits = limit.wait(never).catch((error: unknown) => error);
    limit.giveUp();
    expect(await waits).toBeInstanceOf(StoreTimeoutError);
    expect(clock.pendingTimers).toBe(0);
  });
});
