import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutExceededError,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext, Policy } from '@highway/resilience';
import { settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { attemptOf, caller, kinds, Mark, users, Witness } from '../support/witness.ts';

type Run = (fn: (context: CallContext) => unknown, options: object) => Promise<unknown>;

/** Ten callers at once; a stranger moves the clock, and aborts some of them. */
async function runCallers(witness: Witness, run: Run): Promise<void> {
  const controllers = users.map(() => new AbortController());
  const calls = users.map((user, i) =>
    caller.run(user, () =>
      run((context) => attemptOf(user, context, witness), {
        signal: controllers[i]!.signal,
        key: user,
      }).catch(() => {}),
    ),
  );
  await caller.run('a stranger', async () => {
    await witness.clock.advance(12);
    controllers[1]!.abort(boom);
    controllers[2]!.abort(new TimeoutExceededError(12));
    await witness.clock.advance(46);
    controllers[3]!.abort(boom);
    controllers[4]!.abort(new TimeoutExceededError(58));
    await witness.clock.advance('10s');
  });
  await Promise.all(calls);
}

describe.each(Object.keys(kinds))('what a call through a %s policy causes', (kind) => {
  const make = (witness: Witness): Policy => witness.listen(kinds[kind]!(witness));

  it('runs in the async context of its caller', async () => {
    const witness = new Witness();
    const policy = make(witness);
    await runCallers(witness, (fn, options) => policy.execute(fn, options));
    expect(witness.astray).toEqual([]);
  });

  it('runs there with each other policy inside it in one chain', async () => {
    for (const inner of Object.keys(kinds)) {
      const witness = new Witness();
      const policies = [make(witness), witness.listen(kinds[inner]!(witness))];
      const failsafe = witness.listen(new Failsafe({ policies, onWarning: () => {} }));
      await runCallers(witness, (fn, options) => failsafe.execute(fn, options));
      expect(witness.astray).toEqual([]);
    }
  });

  it('runs there with each other policy in the function', async () => {
    for (const inside of Object.keys(kinds)) {
      const witness = new Witness();
      const [outer, inner] = [make(witness), witness.listen(kinds[inside]!(witness))];
      await runCallers(witness, (fn, options) =>
        outer.execute(({ signal }) => inner.execute(fn, { ...options, signal }), options),
      );
      expect(witness.astray).toEqual([]);
    }
  });
});

describe('a call that waits', () => {
  const start = (policy: Policy, witness: Witness): Promise<unknown>[] =>
    users.map((user) =>
      caller.run(user, () =>
        policy.execute(() => {
          witness.note('function', new Mark(user));
        }),
      ),
    );

  it('runs in its own context if another caller releases a permit of a bulkhead', async () => {
    const witness = new Witness();
    const bulkhead = witness.listen(new BulkheadPolicy({ maxConcurrent: 1, maxQueued: 10 }));
    const permit = bulkhead.tryAcquire()!;
    const calls = start(bulkhead, witness);
    permit.release();
    await Promise.all(calls);
    expect(witness.seen['function']).toEqual(users);
    expect(witness.seen['success']).toEqual(users);
    expect(witness.astray).toEqual([]);
  });

  it('runs in its own context if another caller releases a permit of a rate limiter', async () => {
    const witness = new Witness();
    const { clock } = witness;
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1s', maxWait: '20s' });
    const permit = limiter.tryAcquire()!;
    const calls = start(limiter, witness);
    permit.release();
    await caller.run('a stranger', () => clock.advance('20s'));
    await Promise.all(calls);
    expect(witness.seen['function']).toEqual(users);
    expect(witness.astray).toEqual([]);
  });

  it('is rejected in its own context after maxWait', async () => {
    const witness = new Witness();
    const { clock } = witness;
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1, maxQueued: 10, maxWait: 50 });
    witness.listen(bulkhead);
    using permit = bulkhead.tryAcquire();
    const calls = start(bulkhead, witness).map(rejection);
    await caller.run('a stranger', () => clock.advance(50));
    await Promise.all(calls);
    expect(permit).toBeDefined();
    expect(Object.keys(witness.seen)).toEqual(['rejected']);
    expect(witness.seen['rejected']?.sort()).toEqual(users);
  });
});

describe('a call that others join', () => {
  const cacheOf = (witness: Witness): CachePolicy =>
    witness.listen(new CachePolicy({ clock: witness.clock, ttl: 100, staleIfError: '1h' }));

  it('runs in the context of the caller that started it, and each caller hears of its end in its own', async () => {
    const witness = new Witness();
    const cache = cacheOf(witness);
    const join = (user: string, run: () => unknown): Promise<unknown> =>
      caller.run(user, async () => {
        const value = await cache.execute(run, { key: 'page' });
        witness.note('answer', new Mark(user));
        return value;
      });
    await join('user 0', () => 'fresh');
    await caller.run('a stranger', () => witness.clock.advance(200));
    const failing = (): Promise<never> => {
      witness.note('function', new Mark('user 0'));
      return Promise.resolve().then(() => {
        throw new Mark('user 0');
      });
    };
    const answers = await Promise.all(users.map((user) => join(user, failing)));
    expect(answers).toEqual(users.map(() => 'fresh'));
    expect(witness.seen['cacheHit']).toEqual(users);
    expect(witness.seen['coalesced']).toEqual(users.slice(1));
    expect(witness.astray).toEqual([]);
  });

  it.each([boom, new TimeoutExceededError(5)])(
    'is aborted there, though another caller was the last to leave',
    async (reason) => {
      const witness = new Witness();
      const breaker = witness.listen(new CircuitBreakerPolicy({ clock: witness.clock }));
      const chain = new Failsafe({ policies: [cacheOf(witness), breaker] });
      const controllers = users.map(() => new AbortController());
      const calls = users.map((user, i) =>
        caller.run(user, () =>
          chain.execute(
            ({ signal }) => {
              signal.addEventListener('abort', () => {
                witness.note('signal', new Mark('user 0'));
              });
              return new Promise(() => {});
            },
            { key: 'page', signal: controllers[i]!.signal },
          ),
        ),
      );
      const left = calls.map(rejection);
      for (const controller of controllers) controller.abort(reason);
      await Promise.all(left);
      await settle();
      expect(witness.seen['signal']).toEqual(['user 0']);
      expect(witness.seen['failure']).toEqual(reason === boom ? undefined : ['user 0']);
      expect(witness.astray).toEqual([]);
    },
  );
});

describe('a signal', () => {
  it('that was disarmed is aborted in the context of its call, even long after that', async () => {
    const witness = new Witness();
    const timeout = new TimeoutPolicy({ clock: witness.clock, timeout: 50 });
    const controller = new AbortController();
    const signals = await Promise.all(
      users.map((user) =>
        caller.run(user, () =>
          timeout.execute(
            ({ signal, disarm }) => {
              disarm();
              signal.addEventListener('abort', () => {
                witness.note('signal', new Mark(user));
              });
              return signal;
            },
            { signal: controller.signal },
          ),
        ),
      ),
    );
    caller.run('a stranger', () => {
      controller.abort(boom);
    });
    // It shows the abort at once; its event follows.
    expect(signals.map(({ reason }) => reason as unknown)).toEqual(users.map(() => boom));
    expect(witness.seen['signal']).toBeUndefined();
    await settle();
    expect(witness.seen['signal']).toEqual(users);
    expect(witness.astray).toEqual([]);
  });

  it('of a fallback is its own, not the caller’s', async () => {
    const controller = new AbortController();
    let given: AbortSignal | undefined;
    const fallback = new FallbackPolicy({
      fallback: (_error, { signal }) => {
        given = signal;
        return new Promise<string>((resolve) => {
          signal.addEventListener('abort', () => {
            resolve(String(caller.getStore()));
          });
        });
      },
    });
    const answer = caller.run('user 1', () =>
      fallback.execute(() => Promise.reject(boom), { signal: controller.signal }),
    );
    await settle();
    expect(given).not.toBe(controller.signal);
    caller.run('a stranger', () => {
      controller.abort(boom);
    });
    expect(await answer).toBe('user 1');
  });
});

describe('a wrapped function that asks for its context', () => {
  it('runs each attempt in the context of its caller', async () => {
    const witness = new Witness();
    const { clock } = witness;
    const chain = new Failsafe({
      policies: [
        new RetryPolicy({ clock, backoff: Backoff.fixed(10) }),
        new TimeoutPolicy({ clock, timeout: 20 }),
        new BulkheadPolicy({ clock, maxConcurrent: 3, maxQueued: 20 }),
      ],
    });
    const run = chain.withContext((context, user: string) => {
      witness.note(`attempt ${context.attempt}`, new Mark(user));
      return context.attempt === 1
        ? new Promise((resolve) => clock.setTimeout(() => resolve(user), 30))
        : user;
    });
    const calls = users.map((user) => caller.run(user, () => run(user)));
    await caller.run('a stranger', () => clock.advance('1m'));
    expect(await Promise.all(calls)).toEqual(users);
    expect(witness.seen['attempt 2']?.length).toBe(10);
    expect(witness.astray).toEqual([]);
  });
});

describe('a listener that is added while calls are running', () => {
  it('is called in the context of each caller', async () => {
    const witness = new Witness();
    const timeout = new TimeoutPolicy({ clock: witness.clock, timeout: 50 });
    const calls = users.map((user) =>
      caller.run(user, () => rejection(timeout.execute(() => new Promise(() => {})))),
    );
    witness.listen(timeout);
    await caller.run('a stranger', () => witness.clock.advance(50));
    await Promise.all(calls);
    expect(witness.seen['timeout']?.sort()).toEqual(users);
  });
});
