import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, CircuitOpenError } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, hold, play, rejection, succeed } from '../support/calls.ts';

function release(isolation: Disposable): void {
  isolation[Symbol.dispose]();
}

describe('open()', () => {
  it('opens for a cooldown', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s', failureThreshold: '1/1' });
    breaker.open();
    expect(breaker.state).toBe('OPEN');
    expect(await rejection(succeed(breaker))).toMatchObject({ retryAfter: 1_000 });
    await clock.advance('1s');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('restarts the cooldown if the breaker is open already', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s' });
    breaker.open();
    await clock.advance(700);
    breaker.open();
    expect(breaker.retryAfter).toBe(1_000);
    await clock.advance(700);
    expect(await rejection(succeed(breaker))).toMatchObject({ retryAfter: 300 });
  });

  it('keeps its window', async () => {
    const breaker = new CircuitBreakerPolicy();
    await play(breaker, '101');
    breaker.open();
    expect([...breaker.history]).toEqual([true, false, true]);
  });

  it('waits a whole cooldown, not what was left of an earlier opening (opossum #383, resilience4j #1039)', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s' });
    breaker.open();
    await clock.advance(500);
    breaker.close();
    expect(breaker.retryAfter).toBe(0);
    await clock.advance(100);
    breaker.open();
    await clock.advance(900);
    expect(await rejection(succeed(breaker))).toBeInstanceOf(CircuitOpenError);
    expect(breaker.retryAfter).toBe(100);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('close()', () => {
  it('closes with an empty window', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/2' });
    await play(breaker, '00');
    breaker.close();
    expect([breaker.state, breaker.history.length, breaker.retryAfter]).toEqual(['CLOSED', 0, 0]);
    await fail(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('empties the window if the breaker is closed already', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/2' });
    await play(breaker, '0');
    breaker.close();
    await play(breaker, '0');
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 1]);
  });
});

describe('halfOpen()', () => {
  it('admits trial calls at once, whatever is left of the cooldown', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    breaker.open();
    breaker.halfOpen();
    expect([breaker.state, breaker.retryAfter]).toEqual(['HALF_OPEN', 0]);
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('empties the window and frees every trial slot if the breaker is half-open already', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/3' });
    breaker.halfOpen();
    await fail(breaker);
    hold(breaker);
    hold(breaker);
    expect(hold(breaker).ran).toBe(false);
    breaker.halfOpen();
    expect(breaker.history.length).toBe(0);
    expect([hold(breaker), hold(breaker), hold(breaker)].every((call) => call.ran)).toBe(true);
  });
});

describe('endIsolations()', () => {
  it('ends every isolation whose handle was lost', async () => {
    const states: string[] = [];
    const breaker = new CircuitBreakerPolicy({
      onStateChange: (_policy, from, to) => states.push(`${from} > ${to}`),
    });
    breaker.isolate();
    breaker.isolate();
    breaker.close();
    expect(breaker.state).toBe('ISOLATED');
    breaker.endIsolations();
    expect(await succeed(breaker)).toBe('fine');
    expect(states).toEqual(['CLOSED > ISOLATED', 'ISOLATED > CLOSED']);
  });

  it('restores the state that was set meanwhile', () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.isolate();
    breaker.open();
    breaker.endIsolations();
    expect(breaker.state).toBe('OPEN');
  });

  it('makes earlier handles void, so that they end no later isolation', () => {
    const breaker = new CircuitBreakerPolicy();
    const [first, second] = [breaker.isolate(), breaker.isolate()];
    breaker.endIsolations();
    release(first);
    expect(breaker.state).toBe('CLOSED');
    const later = breaker.isolate();
    release(second);
    expect(breaker.state).toBe('ISOLATED');
    release(later);
    expect(breaker.state).toBe('CLOSED');
  });

  it('does nothing if the breaker is not isolated', () => {
    let changes = 0;
    const breaker = new CircuitBreakerPolicy({ onStateChange: () => changes++ });
    breaker.open();
    breaker.endIsolations();
    expect([breaker.state, changes]).toEqual(['OPEN', 1]);
  });

  it('ends each isolation once if a listener ends them again', () => {
    const breaker: CircuitBreakerPolicy = new CircuitBreakerPolicy({
      onStateChange: () => {
        breaker.endIsolations();
      },
    });
    const held = breaker.isolate();
    expect(breaker.state).toBe('CLOSED');
    release(held);
    breaker.disable();
    expect(breaker.state).toBe('DISABLED');
  });
});

describe('isolate()', () => {
  it('rejects every call while it is held, however long (resilience4j #991)', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: 1, name: 'payments' });
    const isolation = breaker.isolate();
    expect(breaker.state).toBe('ISOLATED');
    await clock.advance('300d');
    const call = hold(breaker);
    const error = await rejection(call.result);
    expect(call.ran).toBe(false);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ retryAfter: Infinity, policyName: 'payments' });
    expect(breaker.retryAfter).toBe(0);
    release(isolation);
    expect(await succeed(breaker)).toBe('fine');
  });

  it('ends when every holder has released it; further releases do nothing', () => {
    const breaker = new CircuitBreakerPolicy();
    const [first, second, third] = [breaker.isolate(), breaker.isolate(), breaker.isolate()];
    release(second);
    release(second);
    release(second);
    expect(breaker.state).toBe('ISOLATED');
    release(first);
    expect(breaker.state).toBe('ISOLATED');
    release(third);
    expect(breaker.state).toBe('CLOSED');
    release(first);
    const again = breaker.isolate();
    release(third);
    expect(breaker.state).toBe('ISOLATED');
    release(again);
    expect(breaker.state).toBe('CLOSED');
  });

  it('ends once if a listener of its end releases it again', () => {
    const breaker: CircuitBreakerPolicy = new CircuitBreakerPolicy({
      onStateChange: (_policy, from) => {
        if (from === 'ISOLATED') release(isolation);
      },
    });
    const isolation = breaker.isolate();
    release(isolation);
    expect(breaker.state).toBe('CLOSED');
    breaker.isolate();
    expect(breaker.state).toBe('ISOLATED');
  });

  it('ends when the block of `using` ends', () => {
    const breaker = new CircuitBreakerPolicy();
    {
      using isolation = breaker.isolate();
      expect([isolation, breaker.state]).toEqual([isolation, 'ISOLATED']);
    }
    expect(breaker.state).toBe('CLOSED');
  });

  it('restores a closed state with its window', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/3' });
    await play(breaker, '01');
    release(breaker.isolate());
    expect([...breaker.history]).toEqual([false, true]);
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('restores an open state, whose cooldown went on', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '10s' });
    breaker.open();
    const isolation = breaker.isolate();
    await clock.advance('4s');
    release(isolation);
    expect([breaker.state, breaker.retryAfter]).toEqual(['OPEN', 6_000]);
  });

  it('restores a half-open state with its window and all its slots', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/3', maxConcurrentTrials: 2 });
    breaker.halfOpen();
    await fail(breaker);
    const late = hold(breaker);
    release(breaker.isolate());
    expect([breaker.state, [...breaker.history]]).toEqual(['HALF_OPEN', [false]]);
    expect([hold(breaker).ran, hold(breaker).ran, hold(breaker).ran]).toEqual([true, true, false]);
    await late.fail();
    expect(breaker.state).toBe('HALF_OPEN');
  });

  it('ignores the outcomes of calls that were running when it began', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    const late = hold(breaker);
    const isolation = breaker.isolate();
    await late.fail();
    expect(breaker.state).toBe('ISOLATED');
    release(isolation);
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
  });

  it('restores the state from before the first of several isolations, not a closed one (cockatiel closes)', () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const first = breaker.isolate();
    const second = breaker.isolate();
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(breaker.state).toBe('ISOLATED');
    second[Symbol.dispose]();
    expect(breaker.state).toBe('OPEN');
  });
});

describe('a breaker under manual control', () => {
  it('is in exactly one state after each change (opossum #484)', () => {
    const breaker = new CircuitBreakerPolicy();
    const seen = (['open', 'halfOpen', 'close', 'disable', 'metricsOnly'] as const).map(
      (change) => {
        breaker[change]();
        return breaker.state;
      },
    );
    expect(seen).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED', 'DISABLED', 'METRICS_ONLY']);
  });
});

describe('disable()', () => {
  it('runs every call and records nothing until another state is set', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    breaker.disable();
    expect(breaker.state).toBe('DISABLED');
    expect(await play(breaker, '0010')).toEqual([boom, boom, 'fine', boom]);
    expect([breaker.state, breaker.history.length]).toEqual(['DISABLED', 0]);
    breaker.close();
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('also runs the calls of an open circuit', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    breaker.disable();
    expect(await succeed(breaker)).toBe('fine');
  });
});

describe('metricsOnly()', () => {
  it('runs and records every call, and never opens', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/2' });
    breaker.metricsOnly();
    expect(breaker.state).toBe('METRICS_ONLY');
    await play(breaker, '0000');
    expect([breaker.state, breaker.history.failureCount]).toEqual(['METRICS_ONLY', 2]);
    breaker.open();
    expect(breaker.state).toBe('OPEN');
  });
});
