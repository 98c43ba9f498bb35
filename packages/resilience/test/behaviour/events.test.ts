import { describe, expect, it } from 'vitest';
import {
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  isTimeout,
  observe,
  policies,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { PolicyEvent } from '@highway/resilience';
import { ManualClock, recordEvents } from '@highway/resilience/testing';
import { boom, fail, hold, play, rejection, succeed, thrown } from '../support/calls.ts';
import { collectReports } from '../support/host.ts';

describe('on', () => {
  it('calls listeners in the order in which they were added', async () => {
    const breaker = new CircuitBreakerPolicy();
    const heard: string[] = [];
    for (const label of ['a', 'b', 'c']) breaker.on('success', () => heard.push(label));
    await succeed(breaker);
    expect(heard).toEqual(['a', 'b', 'c']);
  });

  it('returns a function that removes the listener, and only that one', async () => {
    const breaker = new CircuitBreakerPolicy();
    const heard: string[] = [];
    const listener = (): void => {
      heard.push('twice');
    };
    const removers = [breaker.on('success', listener), breaker.on('success', listener)];
    breaker.on('failure', () => heard.push('failure'));
    await succeed(breaker);
    removers[0]!();
    removers[0]!();
    await succeed(breaker);
    removers[1]!();
    await play(breaker, '10');
    expect(heard).toEqual(['twice', 'twice', 'twice', 'failure']);
  });

  it('lets a listener remove and add listeners, itself included, for the next event', async () => {
    const breaker = new CircuitBreakerPolicy();
    const heard: string[] = [];
    const remove = breaker.on('success', () => {
      heard.push('first');
      remove();
      removeSecond();
      breaker.on('success', () => heard.push('added'));
    });
    const removeSecond = breaker.on('success', () => heard.push('second'));
    await succeed(breaker);
    await succeed(breaker);
    expect(heard).toEqual(['first', 'second', 'added']);
  });

  it('does not report events of other policies', async () => {
    const [one, other] = [new CircuitBreakerPolicy(), new CircuitBreakerPolicy()];
    using recording = recordEvents(one);
    await succeed(other);
    expect(recording.types).toEqual([]);
  });

  it('reports events in the order in which things happened', async () => {
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock, maxRetries: 1 });
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: '1/1' });
    const failsafe = new Failsafe({ clock, policies: [retry, breaker] });
    using recording = recordEvents(failsafe, retry, breaker);
    const call = fail(failsafe);
    await clock.advance('1m');
    await call;
    expect(recording.events.map(({ policy, type }) => [policy, type])).toEqual([
      [breaker, 'failure'],
      [breaker, 'stateChange'],
      [retry, 'retry'],
      [breaker, 'rejected'],
      [retry, 'failure'],
      [failsafe, 'failure'],
    ]);
  });

  it('reports a call that began before without a duration, or not at all', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock });
    const call = hold(breaker);
    using recording = recordEvents(breaker);
    await clock.advance(50);
    await call.succeed();
    for (const event of recording.of('success')) expect(event.duration).toBeUndefined();
  });

  it('reports the attempt numbers of an outer retry', async () => {
    const clock = new ManualClock();
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
    const timeout = new TimeoutPolicy({ clock, timeout: 50 });
    const failsafe = new Failsafe({
      policies: [new RetryPolicy({ clock, maxRetries: 2 }), bulkhead, timeout],
    });
    using recording = recordEvents(bulkhead, timeout);
    const call = hold(failsafe);
    await clock.advance('1m');
    await rejection(call.result);
    expect(recording.of('timeout').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(recording.of('failure').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('reports after the change, so that a listener sees the new state and may act on it', async () => {
    const clock = new ManualClock();
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
    const seen: unknown[] = [];
    const remove = bulkhead.on('success', () => {
      remove();
      seen.push(bulkhead.inFlight);
      void bulkhead.execute(() => seen.push('ran'));
    });
    await succeed(bulkhead);
    expect(seen).toEqual([0, 'ran']);
  });

  it('reports a timeout after it has happened: an abort then changes nothing', async () => {
    const clock = new ManualClock();
    const caller = new AbortController();
    const timeout = new TimeoutPolicy({ clock, timeout: 50 });
    timeout.on('timeout', () => caller.abort(boom));
    const call = hold(timeout, { signal: caller.signal });
    await clock.advance(50);
    expect(isTimeout(await rejection(call.result))).toBe(true);
  });
});

describe('observe', () => {
  it('reports only named policies, whether they were made before or after', async () => {
    const before = new CircuitBreakerPolicy({ name: 'before' });
    const events: PolicyEvent[] = [];
    const stop = observe((event) => events.push(event));
    const after = new CircuitBreakerPolicy({ name: 'after' });
    await succeed(new CircuitBreakerPolicy());
    await succeed(before);
    await fail(after);
    stop();
    await succeed(after);
    expect(events.map(({ policyName, type }) => [policyName, type])).toEqual([
      ['before', 'success'],
      ['after', 'failure'],
    ]);
    expect(events[1]!.policy).toBe(after);
  });

  it('reports after the policy’s own listeners, and to each observer the same event', async () => {
    const breaker = new CircuitBreakerPolicy({ name: 'one' });
    const heard: [string, PolicyEvent][] = [];
    const stops = ['first', 'second'].map((label) =>
      observe((event) => heard.push([label, event])),
    );
    breaker.on('success', (event) => heard.push(['own', event]));
    await succeed(breaker);
    for (const stop of stops) stop();
    expect(heard.map(([label]) => label)).toEqual(['own', 'first', 'second']);
    expect(new Set(heard.map(([, event]) => event)).size).toBe(1);
  });

  it('adds the same function twice if it is called twice, and stops each separately', async () => {
    const breaker = new CircuitBreakerPolicy({ name: 'one' });
    let heard = 0;
    const listener = (): void => {
      heard++;
    };
    const stops = [observe(listener), observe(listener)];
    await succeed(breaker);
    stops[0]!();
    stops[0]!();
    await succeed(breaker);
    stops[1]!();
    await succeed(breaker);
    expect(heard).toBe(3);
  });

  it('changes nothing if the observer throws, whose error is reported', async () => {
    const breaker = new CircuitBreakerPolicy({ name: 'one' });
    const stop = observe(() => {
      throw boom;
    });
    const reports = await collectReports(async () => {
      expect(await succeed(breaker)).toBe('fine');
    });
    stop();
    expect(reports).toEqual([boom]);
  });
});

describe('policies', () => {
  it('lists all named policies, and none without a name (opossum #363 #365)', () => {
    const named = new CircuitBreakerPolicy({ name: 'listed' });
    const chain = new Failsafe({ name: 'chain', policies: [] });
    const unnamed = new CircuitBreakerPolicy();
    const list = policies();
    expect(list).toContain(named);
    expect(list).toContain(chain);
    expect(list).not.toContain(unnamed);
    expect(policies()).not.toBe(list);
  });

  it('does not list policies whose construction failed', () => {
    const inner = new RetryPolicy();
    const makes = [
      () => new CircuitBreakerPolicy({ name: 'bad', initialState: {} as never }),
      () => new CircuitBreakerPolicy({ name: 'bad', cooldown: -1 }),
      () => new Failsafe({ name: 'bad', policies: [inner, inner] }),
      () => new TimeoutPolicy({ name: 'bad', timeout: 'soon' }),
    ];
    for (const make of makes) thrown(make);
    expect(policies().map(({ name }) => name)).not.toContain('bad');
    for (const policy of policies()) expect(policy.settings.type).toBeTypeOf('string');
  });

  it('lists each policy with its configuration as plain data', () => {
    const timeout = new TimeoutPolicy({ name: 'plain', timeout: '2s' });
    const listed = policies().find((policy) => policy === timeout)!;
    expect(listed.settings).toEqual({ type: 'timeout', name: 'plain', timeout: 2000 });
    expect(JSON.parse(JSON.stringify(listed.settings))).toEqual(listed.settings);
    expect(new TimeoutPolicy({ timeout: () => 5 }).settings['timeout']).toBeUndefined();
  });
});
