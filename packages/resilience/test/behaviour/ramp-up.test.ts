import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, CircuitOpenError } from '@highway/resilience';
import type { FractionLike } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, hold, play, succeed } from '../support/calls.ts';

/** A breaker that has just recovered by a trial call. */
async function recovered(rampUp: number, failureThreshold: FractionLike = '5/5') {
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({
    clock,
    rampUp,
    failureThreshold,
    successThreshold: '1/1',
  });
  breaker.halfOpen();
  await succeed(breaker);
  expect(breaker.state).toBe('CLOSED');
  return { clock, breaker };
}

/** How many of a hundred calls are let in. */
async function share(breaker: CircuitBreakerPolicy): Promise<number> {
  const results = await play(breaker, '1'.repeat(100));
  return results.filter((result) => result === 'fine').length;
}

describe('the ramp after a recovery', () => {
  it('admits a tenth of the calls at first, and all of them at its end', async () => {
    const { clock, breaker } = await recovered(10_000);
    const shares: number[] = [];
    for (let second = 0; second <= 10; second++) {
      shares.push(await share(breaker));
      await clock.advance('1s');
    }
    expect(shares).toEqual([10, 19, 28, 37, 46, 55, 64, 73, 82, 91, 100]);
  });

  it('admits the first call at once', async () => {
    const { breaker } = await recovered(10_000);
    expect(await succeed(breaker)).toBe('fine');
    expect(await fail(breaker)).toBeInstanceOf(CircuitOpenError);
  });

  it('has its end in its rejections, and nowhere else', async () => {
    const { clock, breaker } = await recovered(10_000);
    await succeed(breaker);
    await clock.advance('4s');
    const rejected = (await play(breaker, '11')).find((each) => each instanceof CircuitOpenError);
    expect(rejected!.retryAfter).toBe(6000);
    expect(breaker.retryAfter).toBe(0);
    expect(breaker.state).toBe('CLOSED');
  });

  it('records outcomes as usual, and opens the circuit if the dependency fails again', async () => {
    const { clock, breaker } = await recovered(10_000, '2/2');
    await clock.advance('9.9s');
    await play(breaker, '000');
    expect(breaker.state).toBe('OPEN');
  });

  it('is not started by close() from an operator', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, rampUp: '10s' });
    breaker.open();
    breaker.close();
    expect(await share(breaker)).toBe(100);
  });

  it('does not apply before the first failure, or without the option', async () => {
    const clock = new ManualClock();
    expect(await share(new CircuitBreakerPolicy({ clock, rampUp: '10s' }))).toBe(100);
    const { breaker } = await recovered(0);
    expect(await share(breaker)).toBe(100);
  });

  it('restarts with the next recovery', async () => {
    const { clock, breaker } = await recovered(10_000);
    await clock.advance('20s');
    expect(await share(breaker)).toBe(100);
    breaker.halfOpen();
    await succeed(breaker);
    expect(await share(breaker)).toBe(10);
  });

  it('ends by elapsed time, however few calls there were', async () => {
    const { clock, breaker } = await recovered(10_000);
    await clock.advance('10s');
    expect(await share(breaker)).toBe(100);
  });

  it('does not affect running calls', async () => {
    const { breaker } = await recovered(10_000);
    const call = hold(breaker);
    await play(breaker, '111');
    await call.succeed();
    expect(await call.result).toBe('fine');
  });
});
