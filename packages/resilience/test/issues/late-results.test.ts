import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import type { CircuitBreakerOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { hold, play } from '../support/calls.ts';
import type { HeldCall } from '../support/calls.ts';

const notFound = new Error('not found');

interface Setting {
  breaker: CircuitBreakerPolicy;
  clock: ManualClock;
  states: string[];
}

function closed(options: CircuitBreakerOptions = {}): Setting {
  const clock = new ManualClock();
  const states: string[] = [];
  const breaker = new CircuitBreakerPolicy({
    clock,
    cooldown: '1s',
    failureThreshold: '2/2',
    successThreshold: '1/1',
    ignore: (error) => error === notFound,
    onStateChange: (_policy, _from, to) => states.push(to),
    ...options,
  });
  return { breaker, clock, states };
}

/** A half-open circuit with a trial call running, and a call from before it opened. */
async function halfOpenWithLateCall(): Promise<Setting & { late: HeldCall; trial: HeldCall }> {
  const setting = closed();
  const late = hold(setting.breaker);
  await play(setting.breaker, '00');
  await setting.clock.advance('1s');
  return { ...setting, late, trial: hold(setting.breaker) };
}

describe('a result that comes after its state has ended', () => {
  it.each(['1', '0'])(
    'with outcome %s neither closes nor opens a half-open circuit (opossum #382, Polly #217)',
    async (outcome) => {
      const { breaker, late, trial } = await halfOpenWithLateCall();
      await late.settle(outcome);
      expect([breaker.state, breaker.history.length]).toEqual(['HALF_OPEN', 0]);
      await trial.succeed();
      expect(breaker.state).toBe('CLOSED');
    },
  );

  it('opens no open circuit twice, and lengthens no wait (Polly #218, resilience4j #646)', async () => {
    const { breaker, clock, states } = closed();
    const late = hold(breaker);
    await play(breaker, '00');
    await clock.advance(400);
    await late.fail();
    expect(states).toEqual(['OPEN']);
    expect(breaker.retryAfter).toBe(600);
  });

  it('of one half-open phase counts not in the next (failsafe and resilience4j record it)', async () => {
    const { breaker, clock } = closed({ successThreshold: '2/2' });
    breaker.halfOpen();
    const late = hold(breaker);
    await play(breaker, '0');
    await clock.advance('1s');
    const trial = hold(breaker);
    await late.fail();
    expect(breaker.state).toBe('HALF_OPEN');
    await trial.succeed();
    await play(breaker, '1');
    expect(breaker.state).toBe('CLOSED');
  });

  it('mints no slot for a trial call where its error is ignored (resilience4j releases one)', async () => {
    const { breaker, late } = await halfOpenWithLateCall();
    await late.fail(notFound);
    expect(hold(breaker).ran).toBe(false);
  });

  it('does not undo consecutive failures that were counted since (cockatiel counts by completion)', async () => {
    const { breaker, clock } = closed();
    const late = hold(breaker);
    await play(breaker, '00');
    await clock.advance('1s');
    await play(breaker, '1');
    await play(breaker, '0');
    await late.succeed();
    await play(breaker, '0');
    expect(breaker.state).toBe('OPEN');
  });
});

describe('failures that come together', () => {
  it('open the circuit once, and its wait ends on time (opossum #385 #386)', async () => {
    const { breaker, clock, states } = closed();
    const calls = Array.from({ length: 6 }, () => hold(breaker));
    await Promise.all(calls.map((call) => call.fail()));
    expect(states).toEqual(['OPEN']);
    expect(breaker.retryAfter).toBe(1_000);
    await clock.advance('1s');
    await play(breaker, '1');
    expect(breaker.state).toBe('CLOSED');
  });
});
