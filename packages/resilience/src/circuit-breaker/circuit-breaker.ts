// Types that users compile name `Disposable`, which their own `lib` may leave out.
/// <reference lib="esnext.disposable" preserve="true" />
import type { CircuitState } from '../circuit-state.ts';
import { toMs } from '../duration.ts';
import { disposable } from '../internal/dispose.ts';
import { inspector, inspectKey } from '../internal/inspect.ts';
import { flag, readOptions } from '../internal/options.ts';
import { acquire } from '../internal/permit.ts';
import type { Permit } from '../internal/permit.ts';
import type { Gate } from '../internal/stage.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicySettings } from '../policy.ts';
import { BreakerSupervision } from './breaker-supervision.ts';
import { BreakerGate } from './gate.ts';
import type { Outcomes } from '../internal/outcomes.ts';
import { breakerSettings, readBreakerOptions } from './options.ts';
import type { CircuitBreakerOptions } from './options.ts';
import { shareRules } from './shared-rules.ts';
import { restoreSnapshot, takeSnapshot } from './snapshot.ts';
import type { CircuitSnapshot } from './snapshot.ts';
import { supervisionKey } from './supervision.ts';
import type { CircuitSupervision, CloseOptions, OpenOptions } from './supervision.ts';

/**
 * The outcomes that a breaker judges, oldest first: iterable as booleans, `true` for a success. Of a
 * window of time it keeps the counts, not the order within a fortieth of it.
 */
export interface CircuitHistory extends Iterable<boolean> {
  readonly length: number;
  readonly successCount: number;
  readonly failureCount: number;
  /** The share of successes, 0 when empty. */
  readonly successRate: number;
  /** The share of failures, 0 when empty. */
  readonly failureRate: number;
}

/**
 * Stops calling a dependency that fails, and tries it again after a while with a few test calls.
 *
 * A call through a closed breaker costs about as much as one more `then`; a window of any size takes
 * constant time, and a bit of memory for each outcome. No timer is held.
 *
 * @example
 * const breaker = new CircuitBreakerPolicy({ name: 'payments', failureThreshold: '2/5' });
 * const charge = breaker(async (orderId: string) => post('/charges', { orderId }));
 */
export class CircuitBreakerPolicy extends Policy {
  readonly #gate: BreakerGate;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: CircuitBreakerOptions = {}) {
    const { name, clock, initialState, ...rules } = readBreakerOptions(options);
    super(name, clock);
    this.#gate = new BreakerGate(shareRules(rules), this.channel);
    if (initialState !== undefined) {
      restoreSnapshot(this.#gate.machine, initialState, this.#gate);
    }
  }

  /** The state as it is; an open circuit whose wait is over stays OPEN until a call comes. */
  get state(): CircuitState {
    return this.#gate.machine.state;
  }

  /** The window that judges now; while OPEN the one that tripped. */
  get history(): CircuitHistory {
    return new History(this.#gate.machine.window);
  }

  /** Milliseconds until test calls are allowed; 0 unless OPEN. */
  get retryAfter(): number {
    return this.#gate.machine.retryAfter(this.#gate.now());
  }

  get type(): 'circuitBreaker' {
    return 'circuitBreaker';
  }

  /** @internal */
  override get condition(): Readonly<Record<string, unknown>> {
    return { state: this.state, retryAfter: this.retryAfter || undefined };
  }

  get settings(): PolicySettings {
    return breakerSettings({ ...this.#gate.rules, name: this.channel.policyName });
  }

  /**
   * Lets one call in that is no function, such as a stream; `undefined` where it is refused. Settle
   * the permit once.
   */
  tryAcquire(): Permit | undefined {
    // Not by the breaker's own gate: a registry counts what is under way around it.
    return acquire(this[stage]);
  }

  /**
   * Opens the circuit for the cooldown, or for as long as `for` says; if it is open already, the
   * wait starts anew. A wait that is no finite duration throws, naming `for`.
   */
  open(options: OpenOptions = {}): void {
    const { for: wait } = readOptions('open', options, openReaders);
    this.#gate.machine.open(this.#gate.now(), wait);
  }

  /** Closes the circuit, with a fresh window; with `rampUp: true` as after a recovery. */
  close(options: CloseOptions = {}): void {
    const { machine } = this.#gate;
    const { rampUp } = readOptions('close', options, closeReaders);
    if (rampUp) machine.recover(this.#gate.now(), 'manual');
    else machine.close();
  }

  /** Lets test calls in now, with a fresh window for them. */
  halfOpen(): void {
    this.#gate.machine.halfOpen();
  }

  /** Runs every call from now on, and records nothing, until another state is asked for. */
  disable(): void {
    this.#gate.machine.disable();
  }

  /** Runs and records every call from now on, and opens for none, until another state is asked for. */
  metricsOnly(): void {
    this.#gate.machine.metricsOnly();
  }

  /**
   * Refuses every call until what it returns is disposed; of several, until all are. Then the state
   * before it is back.
   */
  isolate(): Disposable {
    const { machine } = this.#gate;
    const round = machine.isolate();
    return disposable(() => {
      machine.endIsolation(round);
    });
  }

  /**
   * Ends every isolation, for when what `isolate()` returned was lost: the state before is back.
   * Disposing one of them later changes nothing. Where there is none, nothing happens.
   */
  endIsolations(): void {
    this.#gate.machine.endIsolations();
  }

  /** A plain snapshot, for the option `initialState` of a breaker in another process. */
  override toJSON(): CircuitSnapshot {
    return takeSnapshot(this.#gate.machine, this.#gate);
  }

  /** @internal */
  get [supervisionKey](): CircuitSupervision {
    return new BreakerSupervision(this.#gate);
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}

const openReaders = {
  for: (option: string, value: unknown): number | undefined =>
    value === undefined ? undefined : toMs(option, value),
};
const closeReaders = { rampUp: flag(false) };

class History implements CircuitHistory {
  static {
    Object.defineProperty(this.prototype, inspectKey, {
      value: inspector(
        () => 'CircuitHistory',
        (history: History) => history.toJSON(),
      ),
    });
  }

  readonly #outcomes: Outcomes;

  constructor(outcomes: Outcomes) {
    this.#outcomes = outcomes;
  }

  get length(): number {
    return this.#outcomes.length;
  }

  get successCount(): number {
    return this.length - this.failureCount;
  }

  get failureCount(): number {
    return this.#outcomes.failureCount;
  }

  get successRate(): number {
    return this.length === 0 ? 0 : this.successCount / this.length;
  }

  get failureRate(): number {
    return this.length === 0 ? 0 : this.failureCount / this.length;
  }

  [Symbol.iterator](): Iterator<boolean> {
    return this.#outcomes[Symbol.iterator]();
  }

  toJSON(): object {
    const { length, successCount, failureCount, successRate, failureRate } = this;
    return { length, successCount, failureCount, successRate, failureRate };
  }
}
