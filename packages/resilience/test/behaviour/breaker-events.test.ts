import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import type { CircuitState, PolicyEvent } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, hold, play, rejection, succeed } from '../support/calls.ts';
import { collectReports, collectWarnings } from '../support/host.ts';

describe('onStateChange', () => {
  it('runs once for each transition, after it, in order, and gets the policy itself', async () => {
    const clock = new ManualClock();
    const seen: unknown[] = [];
    const breaker = new CircuitBreakerPolicy({
      clock,
      cooldown: '1s',
      failureThreshold: '1/1',
      onStateChange: (policy, oldState, newState) => {
        seen.push([policy === breaker, oldState, newState, policy.state]);
      },
    });
    await play(breaker, '0');
    await clock.advance('1s');
    await play(breaker, '0');
    await clock.advance('1s');
    await play(breaker, '1');
    expect(seen).toEqual([
      [true, 'CLOSED', 'OPEN', 'OPEN'],
      [true, 'OPEN', 'HALF_OPEN', 'HALF_OPEN'],
      [true, 'HALF_OPEN', 'OPEN', 'OPEN'],
      [true, 'OPEN', 'HALF_OPEN', 'HALF_OPEN'],
      [true, 'HALF_OPEN', 'CLOSED', 'CLOSED'],
    ]);
  });

  it('runs for manual transitions, including isolation', () => {
    const seen: string[] = [];
    const breaker = new CircuitBreakerPolicy({
      onStateChange: (_policy, oldState, newState) => seen.push(`${oldState} ${newState}`),
    });
    breaker.open();
    breaker.halfOpen();
    const isolations = [breaker.isolate(), breaker.isolate()];
    for (const isolation of isolations) isolation[Symbol.dispose]();
    breaker.close();
    expect(seen).toEqual([
      'CLOSED OPEN',
      'OPEN HALF_OPEN',
      'HALF_OPEN ISOLATED',
      'ISOLATED HALF_OPEN',
      'HALF_OPEN CLOSED',
    ]);
  });

  it('does not run if the state stays the same', async () => {
    const seen: string[] = [];
    const breaker = new CircuitBreakerPolicy({
      onStateChange: (_policy, _oldState, newState) => seen.push(newState),
    });
    breaker.close();
    await play(breaker, '10');
    breaker.open();
    breaker.open();
    breaker.halfOpen();
    breaker.halfOpen();
    expect(seen).toEqual(['OPEN', 'HALF_OPEN']);
  });

  it('runs before the caller gets the result of the call that caused it', async () => {
    const order: string[] = [];
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '1/1',
      onStateChange: () => order.push('told'),
    });
    await fail(breaker).then(() => order.push('caught'));
    expect(order).toEqual(['told', 'caught']);
  });

  it('runs in order if a listener changes the state again', () => {
    const seen: string[] = [];
    const breaker = new CircuitBreakerPolicy({
      onStateChange: (policy, oldState, newState) => {
        seen.push(`begin ${oldState} ${newState}`);
        if (newState === 'OPEN') policy.halfOpen();
        if (newState === 'HALF_OPEN') policy.close();
        seen.push(`end ${oldState} ${newState}`);
      },
    });
    breaker.open();
    expect(breaker.state).toBe('CLOSED');
    expect(seen).toEqual([
      'begin CLOSED OPEN',
      'end CLOSED OPEN',
      'begin OPEN HALF_OPEN',
      'end OPEN HALF_OPEN',
      'begin HALF_OPEN CLOSED',
      'end HALF_OPEN CLOSED',
    ]);
  });

  it('may make calls through the breaker', async () => {
    const results: Promise<unknown>[] = [];
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '1/1',
      onStateChange: (policy, _oldState, newState) => {
        if (newState === 'OPEN') results.push(rejection(succeed(policy)));
        if (newState === 'HALF_OPEN') results.push(succeed(policy));
      },
    });
    await fail(breaker);
    breaker.halfOpen();
    expect(await Promise.all(results)).toMatchObject([{ code: 'ERR_CIRCUIT_OPEN' }, 'fine']);
    expect(breaker.state).toBe('CLOSED');
  });

  it('may change the state, so that the first trial call is rejected', async () => {
    const acts: ((policy: CircuitBreakerPolicy) => unknown)[] = [
      (policy) => policy.open(),
      (policy) => policy.isolate(),
    ];
    for (const act of acts) {
      const breaker = new CircuitBreakerPolicy({
        cooldown: 0,
        onStateChange: (policy, _oldState, newState) => {
          if (newState === 'HALF_OPEN') act(policy);
        },
      });
      breaker.open();
      const call = hold(breaker);
      expect(call.ran).toBe(false);
      expect(await rejection(call.result)).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    }
  });

  it('may close the breaker, so that the first trial call runs as an ordinary call', async () => {
    const breaker = new CircuitBreakerPolicy({
      cooldown: 0,
      failureThreshold: '1/1',
      onStateChange: (policy, _oldState, newState) => {
        if (newState === 'HALF_OPEN') policy.close();
      },
    });
    breaker.open();
    expect(await succeed(breaker)).toBe('fine');
    expect([breaker.state, [...breaker.history]]).toEqual(['CLOSED', [true]]);
  });

  it('runs again after it threw, and its error is reported', async () => {
    const seen: CircuitState[] = [];
    const broken = new Error('broken listener');
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '1/1',
      onStateChange: (_policy, _oldState, newState) => {
        seen.push(newState);
        throw broken;
      },
    });
    const reports = await collectReports(async () => {
      expect(await fail(breaker)).toBe(boom);
      breaker.halfOpen();
      expect(await succeed(breaker)).toBe('fine');
    });
    expect(seen).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
    expect(reports).toEqual([broken, broken, broken]);
  });

  it('reports the error of a promise that it returns', async () => {
    const broken = new Error('broken listener');
    const breaker = new CircuitBreakerPolicy({
      onStateChange: (): unknown => Promise.reject(broken),
    });
    expect(await collectReports(() => breaker.open())).toEqual([broken]);
  });

  it('reports its errors by process.emitWarning if there is no reportError', async () => {
    const broken = new Error('broken listener');
    const breaker = new CircuitBreakerPolicy({
      onStateChange: () => {
        throw broken;
      },
    });
    expect(await collectWarnings(() => breaker.open())).toEqual([broken]);
  });
});

describe('the events of a breaker', () => {
  it('report successes, failures, rejections and state changes until the listener is removed', async () => {
    const breaker = new CircuitBreakerPolicy({ name: 'payments', failureThreshold: '2/2' });
    const seen: string[] = [];
    const stops = (['success', 'failure', 'rejected', 'stateChange'] as const).map((type) =>
      breaker.on(type, (event) => {
        expect(event).toMatchObject({ type, policyName: 'payments' });
        expect(event.policy).toBe(breaker);
        expect(event.at).toBeTypeOf('number');
        seen.push(event.type);
      }),
    );
    await play(breaker, '100');
    await rejection(succeed(breaker));
    expect(seen).toEqual(['success', 'failure', 'failure', 'stateChange', 'rejected']);
    for (const stop of stops) stop();
    breaker.close();
    await play(breaker, '10');
    expect(seen).toHaveLength(5);
  });

  it('change no result if a listener throws', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '9/9' });
    const broken = new Error('broken listener');
    for (const type of ['success', 'failure'] as const) {
      breaker.on(type, () => {
        throw broken;
      });
    }
    const reports = await collectReports(async () => {
      expect(await play(breaker, '10')).toEqual(['fine', boom]);
    });
    expect(reports).toEqual([broken, broken]);
    expect([...breaker.history]).toEqual([true, false]);
  });

  it('include no outcome for a call that had none', async () => {
    const breaker = new CircuitBreakerPolicy({ ignore: () => true });
    const seen: string[] = [];
    breaker.on('success', ({ type }) => seen.push(type));
    breaker.on('failure', ({ type }) => seen.push(type));
    await fail(breaker);
    const caller = new AbortController();
    const cancelled = hold(breaker, { signal: caller.signal });
    caller.abort();
    await cancelled.succeed();
    expect(seen).toEqual([]);
  });

  it('come once for each call, in every state that runs it (resilience4j #1437, opossum #894 #895)', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    const told: string[] = [];
    breaker.on('success', ({ type }) => told.push(type));
    breaker.on('failure', ({ type }) => told.push(type));
    for (const change of ['close', 'disable', 'metricsOnly'] as const) {
      breaker[change]();
      await play(breaker, '10');
    }
    expect(told).toEqual(Array.from({ length: 3 }, () => ['success', 'failure']).flat());
  });

  it('change neither result nor state if every listener throws (cockatiel and opossum do)', async () => {
    const broken = new Error('listener');
    const throwing = (): never => {
      throw broken;
    };
    const reports = await collectReports(async () => {
      const breaker = new CircuitBreakerPolicy({
        failureThreshold: '1/1',
        onStateChange: throwing,
      });
      for (const type of ['success', 'failure', 'stateChange'] as const) breaker.on(type, throwing);
      expect(await succeed(breaker)).toBe('fine');
      expect(await fail(breaker)).toBe(boom);
      expect(breaker.state).toBe('OPEN');
    });
    expect(reports).toEqual(Array.from({ length: 4 }, () => broken));
  });

  it('reach a thousand listeners, but none that was removed (resilience4j #2243)', async () => {
    const breaker = new CircuitBreakerPolicy();
    let told = 0;
    const removers = Array.from({ length: 1_000 }, () => breaker.on('success', () => told++));
    await succeed(breaker);
    for (const remove of removers) remove();
    await succeed(breaker);
    expect(told).toBe(1_000);
  });
});

describe('a stateChange event', () => {
  it('has the window of the state that ended (failsafe-go #59)', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({
      clock,
      failureThreshold: '2/4',
      successThreshold: '1/1',
      cooldown: '1s',
    });
    const events: PolicyEvent<'stateChange'>[] = [];
    breaker.on('stateChange', (event) => events.push(event));
    await play(breaker, '100');
    await clock.advance('1s');
    await play(breaker, '1');
    expect(
      events.map(({ newState, window }) => [newState, window.length, window.failureCount]),
    ).toEqual([
      ['OPEN', 3, 2],
      ['HALF_OPEN', 3, 2],
      ['CLOSED', 1, 0],
    ]);
  });

  it('comes in order, and without a deadlock, if a listener changes the state (failsafe-go d1f1d81)', async () => {
    const told: string[] = [];
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '1/1',
      onStateChange: (policy, from, to) => {
        told.push(`${from}>${to}`);
        if (to === 'OPEN') policy.halfOpen();
        if (to === 'HALF_OPEN') policy.close();
      },
    });
    await fail(breaker);
    expect(breaker.state).toBe('CLOSED');
    expect(told).toEqual(['CLOSED>OPEN', 'OPEN>HALF_OPEN', 'HALF_OPEN>CLOSED']);
  });

  it('comes in order if listeners are asynchronous, and waits for none (Polly #2948 #2953)', async () => {
    const told: string[] = [];
    const reports = await collectReports(async () => {
      const later = async (to: string): Promise<void> => {
        told.push(to);
        await settle();
        throw boom;
      };
      const breaker = new CircuitBreakerPolicy({
        onStateChange: (_policy, _from, to): unknown => later(to),
      });
      breaker.open();
      breaker.close();
      await settle();
      await settle();
    });
    expect(told).toEqual(['OPEN', 'CLOSED']);
    expect(reports).toEqual([boom, boom]);
  });
});
