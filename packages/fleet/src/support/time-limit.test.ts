import { describe, expect, it } from 'vitest';
import { ManualClock } from '@highway/resilience/testing';
import { StoreTimeoutError } from '../errors.ts';
import { TimeLimit } from './time-limit.ts';

const never = new Promise<string>(() => {});

describe('a limit of time', () => {
  it('passes a timely answer on, and leaves no timer', async () => {
    const clock = new ManualClock();
    await expect(new TimeLimit(clock, 100).wait(Promise.resolve('here'))).resolves.toBe('here');
    expect(clock.pendingTimers).toBe(0);
  });

  it('accepts a thenable', async () => {
    const clock = new ManualClock();
    const thenable: PromiseLike<string> = {
      then: (resolve) => Promise.resolve(resolve?.('here')) as never,
    };
    await expect(new TimeLimit(clock, 100).wait(thenable)).resolves.toBe('here');
    expect(clock.pendingTimers).toBe(0);
  });

  it('passes a timely rejection on', async () => {
    const clock = new ManualClock();
    const asked = Promise.reject(new Error('down'));
    await expect(new TimeLimit(clock, 100).wait(asked)).rejects.toThrow('down');
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects an answer that takes too long, with the time in the message', async () => {
    const clock = new ManualClock();
    const waits = new TimeLimit(clock, 100).wait(never).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await waits).toEqual(new StoreTimeoutError(100));
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects all pending answers at once when told to give up', async () => {
    const clock = new ManualClock();
    const limit = new TimeLimit(clock, 100);
    const waits = limit.wait(never).catch((error: unknown) => error);
    limit.giveUp();
    expect(await waits).toBeInstanceOf(StoreTimeoutError);
    expect(clock.pendingTimers).toBe(0);
  });
});
