import { CircuitBreakerPolicy, CircuitOpenError } from '@highway/resilience';
import type { CallContext, CircuitSnapshot, Clock } from '@highway/resilience';
import { settle } from '@highway/resilience/testing';
import { assert } from 'vitest';
import { startCall } from './circuit-calls.ts';
import type { Way } from './circuit-calls.ts';
import { finish, isFailure, predicates, resultOf } from './circuit-endings.ts';
import type { Ending } from './circuit-endings.ts';
import { CircuitModel } from './circuit-model.ts';
import type { ModelCall, ModelRules, ModelSnapshot } from './circuit-model.ts';
import type { Order, Step } from './circuit-steps.ts';

/** A call that was let in and whose function has not ended. */
interface Pending {
  readonly model: CircuitModel;
  readonly call: ModelCall;
  readonly abort: AbortController | undefined;
  /** What the function was given. */
  readonly signal: AbortSignal | undefined;
  readonly end: (ending: Ending) => void;
  readonly result: Promise<unknown>;
}

/** Options that choose a way through the library, and nothing that the model knows. */
export interface Setup {
  /** Whether somebody listens to events. */
  readonly observed: boolean;
  /** Whether values are judged. */
  readonly judgesValues: boolean;
}

/** The library's breaker and the model, side by side: each step happens to both. */
export class CircuitWorld {
  model: CircuitModel;
  breaker: CircuitBreakerPolicy;
  #now = 1000;
  #wallOffset = 1_700_000_000_000;
  readonly #setup: Setup;
  #transitions: string[] = [];
  #events: string[] = [];
  #holds: { readonly hold: Disposable; held: boolean }[] = [];
  #saved: { readonly text: string; readonly model: ModelSnapshot } | undefined = undefined;
  readonly #pending: Pending[] = [];
  /** What callers must have got by the end of the step. */
  #checks: Promise<void>[] = [];

  constructor(rules: ModelRules, setup: Setup) {
    this.#setup = setup;
    this.model = new CircuitModel(rules);
    this.breaker = this.#make(undefined);
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'call':
        this.#call(step.way, step.ending);
        break;
      case 'settle':
        this.#settle(step.pick, step.ending);
        break;
      case 'cancel':
        this.#cancel(step.pick);
        break;
      case 'release':
        this.#release(step.pick);
        break;
      case 'advance':
        this.#now += step.ms;
        break;
      case 'step wall':
        this.#wallOffset += step.ms;
        break;
      default:
        this.#order(step.do);
    }
    if (this.#checks.length > 0) {
      await settle();
      await Promise.all(this.#checks);
      this.#checks = [];
    }
    this.#compare();
  }

  #call(way: Way, ending: Ending | 'hang'): void {
    const { model } = this;
    const now = this.#now;
    const call = model.admit(now);
    const abort = way === 'execute with a signal' ? new AbortController() : undefined;
    let ran = false;
    let signal: AbortSignal | undefined;
    let end: Pending['end'] = () => {};
    const fn = (context?: CallContext): unknown => {
      ran = true;
      if (abort !== undefined) signal = context?.signal;
      if (ending !== 'hang') return finish(ending);
      return new Promise((resolve, reject) => {
        end = (late) => {
          try {
            resolve(finish(late));
          } catch (error) {
            reject(error);
          }
        };
      });
    };
    const result = startCall({
      breaker: this.breaker,
      way: ending === 'hang' && way === 'executeSync' ? 'execute' : way,
      fn,
      signal: abort?.signal,
    });
    assert.strictEqual(ran, call !== undefined, 'let in');
    if (call === undefined) {
      const rejection = way === 'permit' ? undefined : model.retryAfterRefusal(now);
      this.#checks.push(this.#expectRefusal(result, rejection));
    } else if (ending === 'hang') this.#pending.push({ model, call, abort, signal, end, result });
    else this.#ended(model, call, ending, result);
  }

  #settle(pick: number, ending: Ending): void {
    if (this.#pending.length === 0) return;
    const i = pick % this.#pending.length;
    const { model, call, end, result } = this.#pending[i]!;
    this.#pending.splice(i, 1);
    end(ending);
    this.#ended(model, call, ending, result);
  }

  /** The function ended; that its caller went away before changes nothing for the caller. */
  #ended(model: CircuitModel, call: ModelCall, ending: Ending, result: Promise<unknown>): void {
    const failure = isFailure(ending, this.#setup.judgesValues);
    // Once its caller went away, nobody asks the predicates any more.
    const judged = !call.over;
    if (failure !== undefined) model.settle(call, !failure, this.#now);
    else model.drop(call);
    this.#checks.push(this.#expectEnding(result, ending, judged));
  }

  #cancel(pick: number): void {
    const linked = this.#pending.filter(({ abort }) => abort !== undefined);
    if (linked.length === 0) return;
    const { abort, signal, model, call } = linked[pick % linked.length]!;
    abort?.abort();
    assert.isTrue(signal?.aborted);
    model.drop(call);
  }

  #release(pick: number): void {
    if (this.#holds.length === 0) return;
    // One that was released before may be picked again, and then does nothing.
    const picked = this.#holds[pick % this.#holds.length]!;
    picked.hold[Symbol.dispose]();
    if (picked.held) this.model.release();
    picked.held = false;
  }

  #order(order: Order): void {
    const { breaker, model } = this;
    if (order === 'save') {
      const saved = model.save(this.#now, this.#now + this.#wallOffset);
      this.#saved = { text: JSON.stringify(breaker), model: saved };
    } else if (order === 'restore') {
      this.#restore();
    } else if (order === 'isolate') {
      this.#holds.push({ hold: breaker.isolate(), held: true });
      model.isolate();
    } else {
      breaker[order]();
      model[order](this.#now);
    }
  }

  /** Another process, with a monotonic clock of its own, goes on from the snapshot. */
  #restore(): void {
    if (this.#saved === undefined) return;
    const { text, model } = this.#saved;
    const wall = this.#now + this.#wallOffset;
    this.#now = (this.#now * 7) % 100_003;
    this.#wallOffset = wall - this.#now;
    this.#transitions = [];
    this.#events = [];
    this.#holds = [];
    this.breaker = this.#make(JSON.parse(text) as CircuitSnapshot);
    this.model = this.model.restore(model, this.#now, wall);
  }

  #make(initialState: CircuitSnapshot | undefined): CircuitBreakerPolicy {
    const { failureThreshold, successThreshold, ...others } = this.model.rules;
    const transitions = this.#transitions;
    const events = this.#events;
    const breaker: CircuitBreakerPolicy = new CircuitBreakerPolicy({
      ...others,
      failureThreshold: `${failureThreshold[0]}/${failureThreshold[1]}`,
      ...(successThreshold && {
        successThreshold: `${successThreshold[0]}/${successThreshold[1]}`,
      }),
      ...(initialState && { initialState }),
      ...(this.#setup.judgesValues && { handleResult: (value) => value === 'bad value' }),
      clock: this.#clock(),
      ...predicates,
      onStateChange: (policy, from, to) => {
        transitions.push(policy === breaker ? `${from} > ${to}` : 'not the policy itself');
      },
    });
    if (this.#setup.observed) {
      breaker.on('stateChange', ({ oldState, newState }) =>
        events.push(`${oldState} > ${newState}`),
      );
    }
    return breaker;
  }

  #clock(): Clock {
    const noTimer = (): never => {
      throw new Error('a breaker holds no timer');
    };
    return {
      now: () => this.#now,
      wallNow: () => this.#now + this.#wallOffset,
      setTimeout: noTimer,
      clearTimeout: noTimer,
    };
  }

  #compare(): void {
    const { breaker, model } = this;
    const { history } = breaker;
    const { length, successCount, failureCount, successRate, failureRate } = history;
    const counts = [length, successCount, failureCount, successRate, failureRate];
    const { window } = model;
    const successes = window.filter((success) => success).length;
    const failures = window.length - successes;
    const share = (part: number): number => (window.length === 0 ? 0 : part / window.length);
    assertSame(
      [breaker.state, breaker.retryAfter, ...counts, ...history],
      [
        ...[model.state, model.retryAfter(this.#now), window.length, successes, failures],
        ...[share(successes), share(failures), ...window],
      ],
    );
    assertSame(this.#transitions, model.transitions);
    if (this.#setup.observed) assertSame(this.#events, model.transitions);
  }

  /** Without a time, only that there is no permit. */
  async #expectRefusal(result: Promise<unknown>, retryAfter: number | undefined): Promise<void> {
    const error = await result.catch((thrown: unknown) => thrown);
    if (retryAfter === undefined) {
      assert.isUndefined(error);
      return;
    }
    assert.instanceOf(error, CircuitOpenError);
    assert.strictEqual(error.retryAfter, retryAfter);
  }

  async #expectEnding(result: Promise<unknown>, ending: Ending, judged: boolean): Promise<void> {
    const got = await result.catch((thrown: unknown) => thrown);
    assert.strictEqual(got, resultOf(ending, judged));
  }
}

/** Comparing texts is quick; only a difference is worth a matcher's report. */
function assertSame(real: readonly unknown[], expected: readonly unknown[]): void {
  if (real.join() !== expected.join()) assert.deepEqual(real, expected);
}
