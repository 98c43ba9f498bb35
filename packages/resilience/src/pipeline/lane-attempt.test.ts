import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  RetryPolicy,
  TimeoutExceededError,
  TimeoutPolicy,
} from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { CountedSignal } from '../../test/support/counted-signal.ts';

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('a call with a signal through a closed circuit', () => {
  it('adds no listener if it ends within two microtask turns', async () => {
    const caller = new CountedSignal();
    const breaker = new CircuitBreakerPolicy();
    await breaker.execute(() => 1, { signal: caller.signal });
    await breaker.execute(() => microtasks(1), { signal: caller.signal });
    await microtasks(10);
    expect(caller.most).toBe(0);
  });

  it('listens after two turns, and no longer than it runs', async () => {
    const caller = new CountedSignal();
    let settle: (value: number) => void = () => undefined;
    const call = new CircuitBreakerPolicy().execute(
      () => new Promise<number>((resolve) => (settle = resolve)),
      { signal: caller.signal },
    );
    expect(caller.listeners).toBe(0);
    await microtasks(2);
    expect(caller.listeners).toBe(1);
    settle(7);
    expect(await call).toBe(7);
    expect(caller.listeners).toBe(0);
  });

  it('listens as soon as the function reads its signal', async () => {
    const caller = new CountedSignal();
    const call = new CircuitBreakerPolicy().execute(
      ({ signal }) => [signal.aborted, caller.listeners],
      { signal: caller.signal },
    );
    expect(await call).toEqual([false, 1]);
    expect(caller.listeners).toBe(0);
  });

  it.each(['before', 'after'])(
    'does not count if its caller aborts %s it listens',
    async (when) => {
      const controller = new AbortController();
      const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
      const fails = async (): Promise<never> => {
        await microtasks(when === 'before' ? 0 : 5);
        controller.abort();
        throw new Error('late');
      };
      await expect(breaker.execute(fails, { signal: controller.signal })).rejects.toThrow('late');
      expect([...breaker.history]).toEqual([]);
    },
  );

  it('fails before any timer if a timeout further out ends it, in the async context of its caller', async () => {
    const caller = new AsyncLocalStorage<string>();
    const controller = new AbortController();
    const seen: unknown[] = [];
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '1/1',
      onStateChange: () => seen.push(caller.getStore()),
    });
    caller.run('ada', () => void breaker.execute(never, { signal: controller.signal }));
    await caller.run('a stranger', async () => {
      await microtasks(5);
      controller.abort(new TimeoutExceededError(5));
      await microtasks(5);
    });
    expect(breaker.state).toBe('OPEN');
    expect(seen).toEqual(['ada']);
  });

  it('is a failure in the same instant if the signal is that of a TimeoutPolicy', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: '1/1' });
    const states: string[] = [];
    const outer = new Failsafe({
      policies: [
        new RetryPolicy({ clock, maxRetries: 1, backoff: Backoff.none }),
        new TimeoutPolicy({ clock, timeout: 50 }),
      ],
    });
    const call = outer.executeOutcome(({ signal }) => {
      states.push(breaker.state);
      return breaker.execute(never, { signal });
    });
    await clock.advance(60);
    await call;
    expect(states).toEqual(['CLOSED', 'OPEN']);
  });
});

describe('gates that admit a call together', () => {
  it('take back what the outer ones admitted if an inner one does not', async () => {
    const outer = new BulkheadPolicy({ maxConcurrent: 5 });
    const inner = new BulkheadPolicy({ maxConcurrent: 1 });
    const chain = new Failsafe({ policies: [outer, inner] });
    void chain.execute(never);
    await expect(chain.execute(never)).rejects.toThrow('is full');
    expect([outer.inFlight, inner.inFlight]).toEqual([1, 1]);
  });

  it('keep a slot until the function ends, though its caller has aborted', async () => {
    const controller = new AbortController();
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 5 });
    const breaker = new CircuitBreakerPolicy();
    const chain = new Failsafe({ policies: [breaker, bulkhead] });
    let settle: (value: number) => void = () => undefined;
    const call = chain.execute(() => new Promise<number>((resolve) => (settle = resolve)), {
      signal: controller.signal,
    });
    await microtasks(5);
    controller.abort();
    await microtasks(5);
    expect(bulkhead.inFlight).toBe(1);
    settle(1);
    await call;
    expect(bulkhead.inFlight).toBe(0);
    expect([...breaker.history]).toEqual([]);
  });
});

describe('calls that are cancelled in unusual ways', () => {
  const caller = new AsyncLocalStorage<string>();
  const work = (): Promise<void> => microtasks(50);

  it.each([
    ['before the abort', 0],
    ['after an abort that nobody noticed yet', 1],
  ])('emit events in the context of the call if a child reads the signal %s', async (_, early) => {
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort(new TimeoutExceededError(5));
    };
    const seen: unknown[] = [];
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '1/1',
      onStateChange: () => seen.push(caller.getStore()),
    });
    const call = caller.run('call', () =>
      breaker.executeOutcome(
        async ({ ...context }) => {
          if (early === 1) abort();
          await Promise.resolve();
          caller.run('child', () => context.signal);
          await work();
        },
        { signal: controller.signal },
      ),
    );
    await microtasks(5);
    if (early === 0) caller.run('a stranger', abort);
    await call;
    expect([breaker.state, seen]).toEqual(['OPEN', ['call']]);
  });

  it('all end, however deep they are nested in each other', async () => {
    const controller = new AbortController();
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1e6 });
    let innermost: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (innermost = resolve));
    const nest = (signal: AbortSignal, left: number): Promise<unknown> =>
      bulkhead.execute(
        async (context) => {
          await Promise.resolve();
          if (left > 0) return nest(context.signal, left - 1);
          innermost();
          return new Promise((_, reject) => {
            context.signal.addEventListener('abort', () => {
              reject(context.signal.reason as Error);
            });
          });
        },
        { signal },
      );
    const call = nest(controller.signal, 5000);
    await started;
    await work();
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    expect(bulkhead.inFlight).toBe(0);
  });

  it('reject if the signal can not be listened to', async () => {
    const signal = {
      aborted: false,
      addEventListener: () => {
        throw new Error('no listeners here');
      },
      removeEventListener: () => undefined,
    };
    const call = new CircuitBreakerPolicy().execute(work, { signal: signal as never });
    await expect(call).rejects.toThrow('no listeners here');
  });

  it('return their slot if the signal can no longer be read', async () => {
    const { proxy, revoke } = Proxy.revocable(new AbortController().signal, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1 });
    const call = bulkhead.execute(work, { signal: proxy });
    revoke();
    await call;
    expect(bulkhead.inFlight).toBe(0);
  });
});
