import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import type { CircuitBreakerOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { hold, play, succeed } from '../support/calls.ts';
import type { HeldCall } from '../support/calls.ts';

type Move = (breaker: CircuitBreakerPolicy) => void;

const moves: Record<string, Move> = {
  'opened by hand': (breaker) => breaker.open(),
  'closed by hand': (breaker) => breaker.close(),
  'half-opened by hand': (breaker) => breaker.halfOpen(),
  'isolated and released': (breaker) => breaker.isolate()[Symbol.dispose](),
};

describe.each(Object.entries(moves))(
  'a call that began before the breaker was %s',
  (_name, move) => {
    it.each(['CLOSED', 'HALF_OPEN'])('in state %s does not count', async (state) => {
      for (const outcome of ['1', '0']) {
        const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/2' });
        if (state === 'HALF_OPEN') breaker.halfOpen();
        const late = hold(breaker);
        expect(late.ran).toBe(true);
        move(breaker);
        const before = [breaker.state, ...breaker.history];
        await late.settle(outcome);
        expect([breaker.state, ...breaker.history]).toEqual(before);
      }
    });
  },
);

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

describe('a late result', () => {
  it('of a closed circuit counts neither while half-open nor when closed again', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s', failureThreshold: '2/2' });
    const late = Array.from({ length: 4 }, () => hold(breaker));
    await play(breaker, '00');
    expect(breaker.state).toBe('OPEN');
    await late[0]!.succeed();
    expect([...breaker.history]).toEqual([false, false]);
    await clock.advance('1s');
    const trial = hold(breaker);
    await late[1]!.fail();
    expect([breaker.state, breaker.history.length]).toEqual(['HALF_OPEN', 0]);
    await trial.succeed();
    expect(breaker.state).toBe('CLOSED');
    await late[2]!.fail();
    await late[3]!.fail();
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
  });

  it('of one half-open phase does not count in the next', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({
      clock,
      cooldown: '1s',
      successThreshold: '2/2',
    });
    breaker.open();
    await clock.advance('1s');
    const late = hold(breaker);
    await play(breaker, '0');
    expect(breaker.state).toBe('OPEN');
    await clock.advance('1s');
    await succeed(breaker);
    await late.succeed();
    expect([breaker.state, [...breaker.history]]).toEqual(['HALF_OPEN', [true]]);
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('takes no trial slot of the next half-open phase', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s', failureThreshold: '1/1' });
    breaker.halfOpen();
    const late = hold(breaker);
    breaker.halfOpen();
    const trial = hold(breaker);
    expect(trial.ran).toBe(true);
    await late.succeed();
    expect(breaker.state).toBe('HALF_OPEN');
    expect(hold(breaker).ran).toBe(false);
    await trial.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('reaches its caller all the same', async () => {
    const breaker = new CircuitBreakerPolicy();
    const late = hold(breaker);
    breaker.open();
    await late.succeed('late');
    expect(await late.result).toBe('late');
  });

  it('of a call that was cancelled afterwards changes nothing either', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    breaker.halfOpen();
    const caller = new AbortController();
    const late = hold(breaker, { signal: caller.signal });
    breaker.halfOpen();
    hold(breaker);
    caller.abort();
    expect(hold(breaker).ran).toBe(false);
    await late.fail();
    expect(breaker.state).toBe('HALF_OPEN');
  });

  it.each(['1', '0'])(
    'neither closes nor opens a half-open circuit (outcome: %s) (opossum #382, Polly #217)',
    async (outcome) => {
      const { breaker, late, trial } = await halfOpenWithLateCall();
      await late.settle(outcome);
      expect([breaker.state, breaker.history.length]).toEqual(['HALF_OPEN', 0]);
      await trial.succeed();
      expect(breaker.state).toBe('CLOSED');
    },
  );

  it('neither opens an open circuit again nor lengthens its cooldown (Polly #218, resilience4j #646)', async () => {
    const { breaker, clock, states } = closed();
    const late = hold(breaker);
    await play(breaker, '00');
    await clock.advance(400);
    await late.fail();
    expect(states).toEqual(['OPEN']);
    expect(breaker.retryAfter).toBe(600);
  });

  it('that is a failure does not count in the next half-open phase (failsafe and resilience4j record it)', async () => {
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

  it('frees no trial slot if its error is ignored (resilience4j releases one)', async () => {
    const { breaker, late } = await halfOpenWithLateCall();
    await late.fail(notFound);
    expect(hold(breaker).ran).toBe(false);
  });

  it('does not reset the count of consecutive failures since (cockatiel counts by completion)', async () => {
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

describe('failures of concurrent calls', () => {
  it('open the circuit once, and its cooldown ends on time (opossum #385 #386)', async () => {
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
