import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  CircuitBreakerPolicy,
  Failsafe,
  observe,
  policies,
  RetryPolicy,
} from '@highway/resilience';
import type { PolicyEvent } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, hold, play, rejection, succeed } from '../support/calls.ts';
import { collectReports } from '../support/host.ts';

describe('a stateChange event', () => {
  it('shows the window of the state that ended (failsafe-go #59)', async () => {
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

  it('may be answered with calls and changes, in order and without a deadlock (failsafe-go d1f1d81)', async () => {
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

  it('comes in order where listeners are asynchronous, and waits for none (Polly #2948 #2953)', async () => {
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

describe('events', () => {
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

  it('change no result where their listener throws (cockatiel and opossum do)', async () => {
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

  it('are not sent to listeners that are gone, and any number may listen (resilience4j #2243)', async () => {
    const breaker = new CircuitBreakerPolicy();
    let told = 0;
    const removers = Array.from({ length: 1_000 }, () => breaker.on('success', () => told++));
    await succeed(breaker);
    for (const remove of removers) remove();
    await succeed(breaker);
    expect(told).toBe(1_000);
  });

  it('tell of no failure when a call is cancelled (failsafe-java 0.8.2)', async () => {
    const failures: unknown[] = [];
    const breaker = new CircuitBreakerPolicy();
    const retry = new RetryPolicy({ clock: new ManualClock() });
    for (const policy of [breaker, retry]) policy.on('failure', (event) => failures.push(event));
    for (const policy of [breaker, retry]) {
      const caller = new AbortController();
      const call = hold(policy, { signal: caller.signal });
      caller.abort();
      await call.fail(caller.signal.reason);
    }
    expect(failures).toEqual([]);
  });
});

describe('the list of policies', () => {
  it('holds none that is unnamed (opossum #363 #365)', () => {
    const before = policies().length;
    const unnamed = Array.from({ length: 100 }, () => new CircuitBreakerPolicy());
    expect(policies()).toHaveLength(before);
    expect(unnamed).toHaveLength(100);
  });

  it('lets go of those that nobody else holds (opossum #363 #365)', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    for (let i = 0; i < 100; i++) new CircuitBreakerPolicy({ name: `forgotten ${i}` });
    await settle();
    collectGarbage();
    await settle();
    const left = policies().filter(({ name }) => name.startsWith('forgotten'));
    // The last may still be on the stack.
    expect(left.length).toBeLessThan(5);
  });

  it('does not keep observers that are gone', async () => {
    const breaker = new CircuitBreakerPolicy({ name: 'observed' });
    let told = 0;
    const stop = observe(() => told++);
    await succeed(breaker);
    stop();
    await succeed(breaker);
    expect(told).toBe(1);
  });
});

describe('a rejection further in', () => {
  it('passes a chain as it is (cockatiel #103)', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const failsafe = new Failsafe({ policies: [new RetryPolicy(), breaker] });
    expect(await rejection(failsafe.execute(() => 1))).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });
});
