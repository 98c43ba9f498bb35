import { describe, expect, it } from 'vitest';
import {
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  RetryPolicy,
  TimeoutPolicy,
  isTimeout,
} from '@highway/resilience';
import type { CallContext, Policy } from '@highway/resilience';
import { ChaosPolicy, ManualClock, recordEvents, seededRandom } from '@highway/resilience/testing';
import type { ChaosOptions } from '@highway/resilience/testing';
import { Deferred, boom, fail, hold, play, rejection, succeed, thrown } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';

function chaosOf(options: Partial<ChaosOptions<unknown>>) {
  const clock = new ManualClock();
  return { clock, chaos: new ChaosPolicy<unknown>({ clock, rate: 1, ...options }) };
}

/** Runs a call; tells whether the function was called. */
async function ask(chaos: Policy<unknown>) {
  let ran = false;
  const outcome = await chaos.executeOutcome(() => {
    ran = true;
    return 'real';
  });
  return { ran, result: outcome.ok ? outcome.value : outcome.error };
}

describe('chaos', () => {
  it('injects a fault instead of running the function', async () => {
    const { chaos } = chaosOf({ fault: boom });
    expect(await ask(chaos)).toEqual({ ran: false, result: boom });
  });

  it('injects a fault that a function makes, a new one each time', async () => {
    let calls = 0;
    const { chaos } = chaosOf({ fault: ({ attempt }: CallContext) => `${attempt}, ${++calls}` });
    expect([(await ask(chaos)).result, (await ask(chaos)).result]).toEqual(['1, 1', '1, 2']);
  });

  it('injects a result instead of running the function', async () => {
    expect(await ask(chaosOf({ result: 'odd' }).chaos)).toEqual({ ran: false, result: 'odd' });
    expect(await ask(chaosOf({ result: null }).chaos)).toEqual({ ran: false, result: null });
  });

  it('injects a result that a function makes, also later or undefined', async () => {
    for (const result of [() => undefined, async () => undefined]) {
      expect(await ask(chaosOf({ result }).chaos)).toEqual({ ran: false, result: undefined });
    }
    const failing = (): Promise<never> => Promise.reject(boom);
    expect(await ask(chaosOf({ result: failing }).chaos)).toEqual({ ran: false, result: boom });
  });

  it('injects latency before the function runs', async () => {
    const { clock, chaos } = chaosOf({ latency: '2s' });
    const call = hold(chaos);
    await clock.advance(1999);
    expect(call.ran).toBe(false);
    await clock.advance(1);
    expect([call.ran, clock.pendingTimers]).toEqual([true, 0]);
    await call.succeed();
    expect(await call.result).toBe('fine');
  });

  it('injects latency that a function of the call decides', async () => {
    const { clock, chaos } = chaosOf({ latency: ({ attempt }: CallContext) => `${attempt * 3}s` });
    const call = hold(chaos);
    await clock.advance(2999);
    expect(call.ran).toBe(false);
    await clock.advance(1);
    expect(call.ran).toBe(true);
    await call.succeed();
  });

  it('waits first, then throws the fault, or returns the result if there is no fault for the call', async () => {
    const faults = [boom, undefined];
    const { clock, chaos } = chaosOf({
      latency: 100,
      fault: () => faults.shift(),
      result: 'odd',
    });
    using recording = recordEvents(chaos);
    const results: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      void ask(chaos).then(({ ran, result }) => results.push([clock.now(), ran, result]));
      await clock.advance(100);
    }
    expect(results).toEqual([
      [100, false, boom],
      [200, false, 'odd'],
    ]);
    expect(recording.of('injected').map(({ kind }) => kind)).toEqual([
      'latency',
      'fault',
      'latency',
      'result',
    ]);
  });

  it('runs the function if there is no fault for the call and no result', async () => {
    const { chaos } = chaosOf({ fault: () => undefined });
    using recording = recordEvents(chaos);
    expect(await ask(chaos)).toEqual({ ran: true, result: 'real' });
    expect(recording.types).toEqual([]);
  });

  it('does nothing if there is nothing to inject', async () => {
    expect(await ask(chaosOf({}).chaos)).toEqual({ ran: true, result: 'real' });
  });

  it('rejects a result together with a fault that is not a function', () => {
    expect(() => chaosOf({ fault: boom, result: 1 })).toThrow('result');
  });

  it('throws what the functions of its options throw', async () => {
    const bad = (): never => {
      throw boom;
    };
    for (const option of ['fault', 'latency', 'result', 'enabled', 'random']) {
      const { chaos } = chaosOf({ [option]: bad });
      expect(await ask(chaos)).toEqual({ ran: false, result: boom });
    }
    const { result } = await ask(chaosOf({ latency: () => 'soon' }).chaos);
    expect((result as Error).message).toContain('latency');
  });
});

describe('the rate of chaos', () => {
  it('is the share of calls that get a fault', async () => {
    for (const rate of [0, 0.2, 0.75, 1]) {
      const { chaos } = chaosOf({ rate, fault: boom, random: seededRandom(5) });
      const results = await play(chaos, '1'.repeat(2000));
      const share = results.filter((result) => result === boom).length / 2000;
      expect(Math.abs(share - rate)).toBeLessThan(0.03);
    }
  });

  it('picks the same calls with the same seed', async () => {
    const [one, other] = [1, 2].map(() =>
      chaosOf({ rate: 0.5, fault: boom, random: seededRandom(99) }),
    );
    expect(await play(one!.chaos as Policy, '11111111')).toEqual(
      await play(other!.chaos as Policy, '11111111'),
    );
  });

  it('throws for an invalid or missing rate', () => {
    for (const rate of [-0.1, 1.1, Number.NaN, '0.5', undefined]) {
      expect(() => new ChaosPolicy({ rate: rate as number })).toThrow('rate');
    }
  });
});

describe('chaos that is not enabled', () => {
  it('changes no call until it is enabled', async () => {
    let enabled = false;
    const { chaos } = chaosOf({ fault: boom, enabled: () => enabled });
    expect((await ask(chaos)).result).toBe('real');
    enabled = true;
    expect((await ask(chaos)).result).toBe(boom);
    expect((await ask(chaosOf({ fault: boom, enabled: false }).chaos)).result).toBe('real');
    expect((await ask(chaosOf({ fault: boom, enabled: true }).chaos)).result).toBe(boom);
  });

  it('may be enabled by a function of the call', async () => {
    const { chaos } = chaosOf({ fault: boom, enabled: ({ attempt }) => attempt > 1 });
    expect((await ask(chaos)).result).toBe('real');
  });

  it('draws no random number', async () => {
    let drawn = 0;
    const { chaos } = chaosOf({ fault: boom, enabled: false, random: () => drawn++ });
    await ask(chaos);
    expect(drawn).toBe(0);
  });

  it('is enabled only by true, false or a function', () => {
    expect(() => chaosOf({ enabled: 'no' as never })).toThrow('enabled');
  });
});

describe('chaos whose caller aborts', () => {
  it('ends its latency at once, and does not run the function', async () => {
    const { clock, chaos } = chaosOf({ latency: '1m' });
    const caller = new CountedSignal();
    const call = hold(chaos, { signal: caller.signal });
    await clock.advance('1s');
    expect([clock.pendingTimers, caller.listeners]).toEqual([1, 1]);
    caller.abort(boom);
    expect(await rejection(call.result)).toBe(boom);
    expect([call.ran, clock.pendingTimers, caller.listeners]).toEqual([false, 0, 0]);
  });

  it('runs nothing if the abort comes with the end of the latency', async () => {
    const { clock, chaos } = chaosOf({ latency: 100 });
    const caller = new CountedSignal();
    clock.setTimeout = (fn, ms) =>
      ManualClock.prototype.setTimeout.call(
        clock,
        () => {
          fn();
          caller.abort(boom);
        },
        ms,
      );
    const call = hold(chaos, { signal: caller.signal });
    await clock.advance(100);
    expect(await rejection(call.result)).toBe(boom);
    expect([call.ran, caller.listeners]).toEqual([false, 0]);
  });

  it('runs nothing if the abort came before the call', async () => {
    const { chaos } = chaosOf({ result: 'odd' });
    const signal = AbortSignal.abort(boom);
    expect(await rejection(chaos.execute(() => 1, { signal }))).toBe(boom);
  });

  it('aborts the function’s own signal, and leaves no listener', async () => {
    const { chaos } = chaosOf({ rate: 0 });
    const caller = new CountedSignal();
    const calls = Array.from({ length: 100 }, () => hold(chaos, { signal: caller.signal }));
    expect(caller.most).toBe(1);
    caller.abort(boom);
    const [first, second] = calls;
    expect(first!.context!.signal.reason).toBe(boom);
    expect(first!.context!.signal).not.toBe(second!.context!.signal);
    await Promise.all(calls.map((call) => call.succeed()));
    expect(caller.listeners).toBe(0);
  });
});

describe('chaos combined with other policies', () => {
  it('is applied to each attempt of a retry', async () => {
    const clock = new ManualClock();
    const chaos = new ChaosPolicy({
      rate: 1,
      fault: boom,
      enabled: ({ attempt }) => attempt <= 2,
    });
    const failsafe = new Failsafe({ policies: [new RetryPolicy({ clock }), chaos] });
    const attempts: number[] = [];
    void failsafe.execute(({ attempt }) => attempts.push(attempt));
    await clock.advance('1m');
    expect(attempts).toEqual([3]);
  });

  it('opens a breaker by faults and by results', async () => {
    const faults = new CircuitBreakerPolicy({ failureThreshold: '2/2' });
    const chaos = new ChaosPolicy({ rate: 1, fault: boom });
    await play(new Failsafe({ policies: [faults, chaos] }), '11');
    expect(faults.state).toBe('OPEN');
    const values = new CircuitBreakerPolicy({
      failureThreshold: '2/2',
      handleResult: (value) => value === 503,
    });
    const odd = new ChaosPolicy({ rate: 1, result: 503 });
    const failsafe = new Failsafe({ policies: [values, odd] });
    for (let i = 0; i < 2; i++) await failsafe.execute(() => 200);
    expect(values.state).toBe('OPEN');
  });

  it('exceeds a timeout by latency, which the timeout ends', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: 100 });
    const chaos = new ChaosPolicy({ clock, rate: 1, latency: '1h' });
    const call = hold(new Failsafe({ policies: [timeout, chaos] }));
    await clock.advance(100);
    expect(isTimeout(await rejection(call.result))).toBe(true);
    expect([call.ran, clock.pendingTimers]).toEqual([false, 0]);
  });

  it('frees the slots of outer policies, and runs before inner ones', async () => {
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1 });
    const breaker = new CircuitBreakerPolicy();
    const chaos = new ChaosPolicy({ rate: 1, fault: boom });
    const failsafe = new Failsafe({ policies: [bulkhead, chaos, breaker] });
    expect(await fail(failsafe, 'unheard')).toBe(boom);
    expect([bulkhead.inFlight, breaker.history.length]).toEqual([0, 0]);
  });

  it('passes calls on to inner policies if it spares them', async () => {
    const breaker = new CircuitBreakerPolicy();
    const chaos = new ChaosPolicy({ rate: 0, fault: boom });
    const failsafe = new Failsafe({ policies: [chaos, breaker] });
    expect(await succeed(failsafe)).toBe('fine');
    expect(breaker.history.length).toBe(1);
  });

  it('affects wrapped functions, too', async () => {
    const chaos = new ChaosPolicy({ rate: 1, result: 'odd' });
    const wrapped = chaos((a: number, b: number): number => a + b);
    expect(await wrapped(1, 2)).toBe('odd');
  });
});

describe('executeSync of chaos', () => {
  it('throws the fault, returns the result, or runs the function', () => {
    const work = (): unknown => 'real';
    expect(thrown(() => chaosOf({ fault: boom }).chaos.executeSync(work))).toBe(boom);
    expect(chaosOf({ result: 'odd' }).chaos.executeSync(work)).toBe('odd');
    expect(chaosOf({ rate: 0, fault: boom }).chaos.executeSync(work)).toBe('real');
    expect(chaosOf({ fault: () => undefined }).chaos.executeSync(work)).toBe('real');
  });

  it('throws a TypeError if there is latency', () => {
    const work = (): unknown => 'real';
    const { promise } = new Deferred();
    for (const options of [{ latency: 5 }, { latency: 5, rate: 0 }, { result: promise }]) {
      expect(thrown(() => chaosOf(options).chaos.executeSync(work))).toBeInstanceOf(TypeError);
    }
  });
});

describe('the settings of chaos', () => {
  it('are plain data', () => {
    const { chaos } = chaosOf({ name: 'gremlins', rate: 0.1, fault: boom, latency: '1s' });
    expect(chaos.settings).toEqual({
      type: 'chaos',
      name: 'gremlins',
      rate: 0.1,
      fault: true,
      latency: 1000,
      result: false,
      enabled: true,
    });
  });
});
