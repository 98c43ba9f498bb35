// The declarations name `Disposable`, which the `lib` of users may not have.
/// <reference lib="esnext.disposable" preserve="true" />
import type { CircuitState } from '../../values/circuit-state.ts';
import { toMs } from '../../values/duration.ts';
import { disposable } from '../../support/dispose.ts';
import { flag, readOptions } from '../../support/options.ts';
import { acquire } from '../../pipeline/permit.ts';
import type { Permit } from '../../pipeline/permit.ts';
import type { Gate } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { BreakerSupervision } from './breaker-supervision.ts';
import { BreakerGate } from './gate.ts';
import { History } from './history.ts';
import type { CircuitHistory } from './history.ts';
import { breakerSettings, readBreakerOptions } from './options.ts';
import type { BreakerOptions } from './options.ts';
import { shareRules } from './shared-rules.ts';
import { restoreSnapshot, takeSnapshot } from './snapshot.ts';
import type { CircuitSnapshot } from './snapshot.ts';
import { supervisionKey } from './supervision.ts';
import type { CircuitSupervision, CloseOptions, OpenOptions } from './supervision.ts';

/** Options of a `CircuitBreakerPolicy`. */
export type CircuitBreakerOptions = BreakerOptions<CircuitBreakerPolicy>;

/**
 * Stops calling a dependency that fails. After a cooldown, a few trial calls decide whether it is called again.
 *
 * A call through a closed breaker costs about as much as one more `then`. A window of any size takes constant
 * time per call and one bit of memory per outcome. The breaker sets no timer.
 *
 * @example
 * const breaker = new CircuitBreakerPolicy({ name: 'payments', failureThreshold: '2/5' });
 * const charge = breaker(async (orderId: string) => post('/charges', { orderId }));
 */
export class CircuitBreakerPolicy extends Policy {
  readonly #gate: BreakerGate;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: CircuitBreakerOptions = {}) {
    const { name, clock, initialState, ...rules } = readBreakerOptions(options);
    super(name, clock);
    this.#gate = new BreakerGate(shareRules(rules), this.channel);
    if (initialState !== undefined) {
      restoreSnapshot(this.#gate.machine, initialState, this.#gate);
    }
  }

  /** The current state. An open circuit whose cooldown is over stays OPEN until the next call. */
  get state(): CircuitState {
    return this.#gate.machine.state;
  }

  /** The current window. While OPEN, it is the window that opened the circuit. */
  get history(): CircuitHistory {
    return new History(this.#gate.machine.window);
  }

  /** How many ms until trial calls are allowed; 0 unless OPEN. */
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
   * Acquires a permit for work that is not a function call, such as a stream. Returns `undefined` if the circuit
   * rejects calls. Settle the permit once.
   */
  tryAcquire(): Permit | undefined {
    // Through `this[stage]`, because a registry wraps the gate to count running calls.
    return acquire(this[stage]);
  }

  /**
   * Opens the circuit for the cooldown, or for the duration `for`. If the circuit is open already, the
   * wait starts again. Throws if `for` is not a finite duration.
   */
  open(options: OpenOptions = {}): void {
    const { for: wait } = readOptions('open', options, openReaders);
    this.#gate.machine.open(this.#gate.now(), wait);
  }

  /**
   * Closes the circuit with a fresh window. With `rampUp: true`, the option `rampUp` applies, as after a
   * recovery.
   */
  close(options: CloseOptions = {}): void {
    const { machine } = this.#gate;
    const { rampUp } = readOptions('close', options, closeReaders);
    if (rampUp) machine.recover(this.#gate.now(), 'manual');
    else machine.close();
  }

  /** Makes the circuit half-open: admits trial calls now, with a fresh window. */
  halfOpen(): void {
    this.#gate.machine.halfOpen();
  }

  /** Runs every call and records nothing, until the state is changed again. */
  disable(): void {
    this.#gate.machine.bypass('DISABLED');
  }

  /** Runs and records every call but never opens, until the state is changed again. */
  metricsOnly(): void {
    this.#gate.machine.bypass('METRICS_ONLY');
  }

  /**
   * Rejects every call until the returned object is disposed; with several isolations, until all of the
   * objects are. Then the previous state is restored.
   */
  isolate(): Disposable {
    return disposable(this.#gate.machine.isolate());
  }

  /**
   * Ends every isolation and restores the previous state, in case an object that `isolate()` returned was lost.
   * Disposing it later has no effect. Does nothing if the circuit is not isolated.
   */
  endIsolations(): void {
    this.#gate.machine.endIsolations();
  }

  /** A snapshot as plain data, for the option `initialState` of a breaker in another process. */
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
