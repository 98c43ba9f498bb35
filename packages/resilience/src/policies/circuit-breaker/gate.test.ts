import { describe, expect, it } from 'vitest';
import { bare } from '../../../test/support/bare-event.ts';
import { RejectedError, TimeoutExceededError } from '../../errors.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { CircuitBreakerPolicy } from './policy.ts';
import { CircuitOpenError } from './errors.ts';
import type { CircuitBreakerOptions } from './policy.ts';
import { slow } from './rate.ts';
import { written } from '../../../test/support/outcomes.ts';

const failure = new Error('failure');
const thrown = new Error('thrown by a predicate');

function throwing(): boolean {
  throw thrown;
}

/** A breaker with a manual clock. */
class Bench {
  readonly clock = new ManualClock();
  readonly breaker: CircuitBreakerPolicy;

  constructor(options: CircuitBreakerOptions = {}) {
    this.breaker = new CircuitBreakerPolicy({
      clock: this.clock,
      failureThreshold: '5/9',
      ...options,
    });
  }

  get history(): string {
    return written(this.breaker.history);
  }

  /** Makes a call. Returns what its caller gets: the value or the error. */
  async outcome(fn: () => unknown, signal?: AbortSignal): Promise<unknown> {
    const outcome = await this.breaker.executeOutcome(fn, { signal });
    return outcome.ok ? outcome.value : outcome.error;
  }

  /** The events in order, without the fields that all events have. */
  events(): unknown[] {
    const seen: unknown[] = [];
    for (const type of ['success', 'failure', 'rejected', 'stateChange'] as const) {
      this.breaker.on(type, (event) => seen.push(bare(event)));
    }
    return seen;
  }
}

const fails =
  (error: unknown = failure) =>
  (): never => {
    throw error;
  };

// A call may have no ticket (the lane), a shared one, or its own. What is recorded must be the same.
describe.each<[string, (bench: Bench, fn: () => unknown) => Promise<unknown>]>([
  ['a call', (bench, fn) => bench.outcome(fn)],
  ['a call with a signal', (bench, fn) => bench.outcome(fn, new AbortController().signal)],
  [
    'a call with a listener',
    (bench, fn) => {
      bench.breaker.on('success', () => {});
      return bench.outcome(fn);
    },
  ],
  [
    'a synchronous call',
    async (bench, fn) => {
      try {
        return bench.breaker.executeSync(fn);
      } catch (error) {
        return error;
      }
    },
  ],
])('%s', (_way, call) => {
  it('succeeds if the function returns, and fails if it throws', async () => {
    const bench = new Bench();
    expect(await call(bench, () => 'value')).toBe('value');
    expect(await call(bench, fails())).toBe(failure);
    expect(bench.history).toBe('10');
  });

  it('succeeds if handle returns false for the error', async () => {
    const bench = new Bench({ handle: (error) => error !== failure });
    expect(await call(bench, fails())).toBe(failure);
    expect(await call(bench, fails('other'))).toBe('other');
    expect(bench.history).toBe('10');
  });

  it.each(['handle', 'ignore'] as const)('fails if %s does not return a boolean', async (name) => {
    const bench = new Bench({ [name]: (() => 'yes') as never });
    expect(await call(bench, fails())).toBeInstanceOf(TypeError);
    expect(bench.history).toBe('0');
  });

  it('is not recorded if its error is ignored, whatever handle returns', async () => {
    const bench = new Bench({ ignore: (error) => error === failure, handle: () => true });
    expect(await call(bench, fails())).toBe(failure);
    expect(bench.history).toBe('');
  });

  it('is not recorded if an inner policy rejected it, and no predicate is called', async () => {
    const rejection = new RejectedError('full', { code: 'ERR_TEST' });
    const bench = new Bench({ handle: throwing, ignore: throwing });
    expect(await call(bench, fails(rejection))).toBe(rejection);
    expect(bench.history).toBe('');
  });

  it.each(['handle', 'ignore'] as const)('fails if %s throws', async (predicate) => {
    const bench = new Bench({ [predicate]: throwing });
    expect(await call(bench, fails())).toBe(thrown);
    expect(bench.history).toBe('0');
  });

  it('fails if handleResult returns true for the value', async () => {
    const bench = new Bench({ handleResult: (value) => value === 'bad' });
    expect(await call(bench, () => 'bad')).toBe('bad');
    expect(await call(bench, () => 'good')).toBe('good');
    expect(bench.history).toBe('01');
  });

  it('fails if handleResult throws', async () => {
    const bench = new Bench({ handleResult: throwing });
    expect(await call(bench, () => 'value')).toBe(thrown);
    expect(bench.history).toBe('0');
  });

  it('is rejected while the circuit is open, with the remaining cooldown', async () => {
    const bench = new Bench({ cooldown: '5s', name: 'db' });
    bench.breaker.open();
    await bench.clock.advance('2s');
    let ran = false;
    const error = await call(bench, () => (ran = true));
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ retryAfter: 3000, policyName: 'db', code: 'ERR_CIRCUIT_OPEN' });
    expect(ran).toBe(false);
  });

  it('opens the circuit for the cooldown from when it ends', async () => {
    const bench = new Bench({ failureThreshold: '1/1', cooldown: '5s' });
    await bench.clock.advance('1s');
    await call(bench, fails());
    expect(bench.breaker.retryAfter).toBe(5000);
  });

  it('decides a half-open circuit', async () => {
    const bench = new Bench({ failureThreshold: '1/1', trialTimeout: '1s' });
    bench.breaker.halfOpen();
    await call(bench, () => 'value');
    expect(bench.breaker.state).toBe('CLOSED');
  });

  it('is judged by its duration if the threshold judges slowness', async () => {
    const threshold = slow(1, { slowerThan: 20, minimumCalls: 2 });
    const bench = new Bench({ failureThreshold: threshold });
    const taking = (ms: number) => (): void => void bench.clock.advance(ms);
    await call(bench, taking(20));
    await call(bench, fails());
    expect(bench.history).toBe('11');
  });
});

describe('an abandoned call', () => {
  it('fails at once if a timeout abandoned it, whatever the predicates return', async () => {
    const bench = new Bench({ handle: () => false, ignore: () => true });
    const controller = new AbortController();
    const call = bench.outcome(() => new Promise(() => {}), controller.signal);
    controller.abort(new TimeoutExceededError(5));
    for (let turn = 0; turn < 2; turn++) await Promise.resolve();
    expect(bench.history).toBe('0');
    expect(call).toBeInstanceOf(Promise);
  });

  it('is not recorded if its caller aborted it, not even when it ends', async () => {
    const bench = new Bench();
    const controller = new AbortController();
    let settle: (value: unknown) => void = () => {};
    const pending = new Promise((resolve) => (settle = resolve));
    const call = bench.outcome(() => pending, controller.signal);
    controller.abort();
    settle('late');
    expect(await call).toBe('late');
    expect(bench.history).toBe('');
  });

  it('returns its trial slot at once', async () => {
    const bench = new Bench({ maxConcurrentTrials: 1 });
    bench.breaker.halfOpen();
    const controller = new AbortController();
    void bench.outcome(() => new Promise(() => {}), controller.signal);
    expect(await bench.outcome(() => 'rejected')).toBeInstanceOf(CircuitOpenError);
    controller.abort();
    expect(await bench.outcome(() => 'admitted')).toBe('admitted');
  });
});

describe('the message of a rejection', () => {
  it('names the state, and the breaker if it has a name', async () => {
    const named = new Bench({ name: 'db' });
    named.breaker.isolate();
    expect(await named.outcome(() => 1)).toMatchObject({
      message: expect.stringMatching(/circuit "db" is ISOLATED/) as string,
      retryAfter: Infinity,
    });
    const nameless = new Bench();
    nameless.breaker.open();
    expect(await nameless.outcome(() => 1)).toMatchObject({
      message: expect.stringMatching(/^The circuit is OPEN/) as string,
      policyName: undefined,
    });
  });
});

describe('the events of a breaker', () => {
  it('report each outcome with its attempt and duration', async () => {
    const bench = new Bench({
      handleResult: (value) => value === 'bad',
      ignore: (e) => e === 'no',
    });
    const events = bench.events();
    await bench.outcome(async () => bench.clock.advance(7));
    await bench.outcome(fails());
    await bench.outcome(() => 'bad');
    await bench.outcome(fails('no'));
    expect(events).toEqual([
      { type: 'success', attempt: 1, duration: 7 },
      { type: 'failure', attempt: 1, duration: 0, error: failure },
      { type: 'failure', attempt: 1, duration: 0, value: 'bad' },
    ]);
  });

  it('report a call that a timeout abandoned as a failure', async () => {
    const bench = new Bench();
    const events = bench.events();
    const controller = new AbortController();
    void bench.outcome(() => new Promise(() => {}), controller.signal);
    const error = new TimeoutExceededError(5);
    controller.abort(error);
    for (let turn = 0; turn < 2; turn++) await Promise.resolve();
    expect(events).toEqual([{ type: 'failure', attempt: 1, duration: 0, error }]);
  });

  it('report an error that is not a failure as a success', async () => {
    const bench = new Bench({ handle: () => false });
    const events = bench.events();
    await bench.outcome(fails());
    expect(events).toEqual([{ type: 'success', attempt: 1, duration: 0 }]);
  });

  it('do not report calls that began before somebody listened', async () => {
    const bench = new Bench({ failureThreshold: '9/9' });
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    let remove: () => void = () => {};
    const listen = (): void => {
      remove = bench.breaker.on('success', (event) => seen.push(event));
    };
    await bench.outcome(listen, signal);
    remove();
    const begun = bench.outcome(async () => Promise.resolve().then(listen), signal);
    bench.breaker.close();
    await begun;
    expect(seen).toEqual([]);
  });

  it('report rejections', async () => {
    const bench = new Bench();
    bench.breaker.open();
    const events = bench.events();
    const error = await bench.outcome(() => 1);
    expect(events).toEqual([{ type: 'rejected', error }]);
  });

  it('report a transition with its cause and the window that decided it', async () => {
    const bench = new Bench({ failureThreshold: '2/4', cooldown: 10, successThreshold: '1/1' });
    const events = bench.events();
    await bench.outcome(() => 1);
    await bench.outcome(fails());
    await bench.outcome(fails());
    await bench.clock.advance(10);
    await bench.outcome(() => 1);
    bench.breaker.open();
    const transitions = events.filter(
      (event) => (event as { type: string }).type === 'stateChange',
    );
    const opening = { length: 3, successCount: 1, failureCount: 2, failureRate: 2 / 3 };
    const trials = { length: 1, successCount: 1, failureCount: 0, failureRate: 0 };
    const empty = { length: 0, successCount: 0, failureCount: 0, failureRate: 0 };
    expect(transitions).toEqual([
      {
        type: 'stateChange',
        oldState: 'CLOSED',
        newState: 'OPEN',
        cause: 'threshold',
        window: opening,
      },
      {
        type: 'stateChange',
        oldState: 'OPEN',
        newState: 'HALF_OPEN',
        cause: 'cooldown',
        window: opening,
      },
      {
        type: 'stateChange',
        oldState: 'HALF_OPEN',
        newState: 'CLOSED',
        cause: 'trials',
        window: trials,
      },
      { type: 'stateChange', oldState: 'CLOSED', newState: 'OPEN', cause: 'manual', window: empty },
    ]);
  });

  it('come in order if a listener causes the next, and after onStateChange', () => {
    const heard: string[] = [];
    const bench = new Bench({
      onStateChange: (policy, from, to) => {
        heard.push(`callback ${from} > ${to}`);
        if (to === 'OPEN') policy.halfOpen();
      },
    });
    bench.breaker.on('stateChange', ({ oldState, newState }) => {
      heard.push(`event ${oldState} > ${newState}`);
      if (newState === 'HALF_OPEN') bench.breaker.close();
    });
    bench.breaker.open();
    expect(heard).toEqual([
      'callback CLOSED > OPEN',
      'event CLOSED > OPEN',
      'callback OPEN > HALF_OPEN',
      'event OPEN > HALF_OPEN',
      'callback HALF_OPEN > CLOSED',
      'event HALF_OPEN > CLOSED',
    ]);
    bench.breaker.isolate();
    expect(heard).toHaveLength(8);
  });
});
