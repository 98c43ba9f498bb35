import type { CircuitBreakerPolicy, CircuitState, Clock } from '@highway/resilience';
import type { BreakerPort } from './coordination/breaker-port.ts';
import type { NodeCircuit } from './coordination/node-circuit.ts';
import type { TestRule } from './store.ts';

/** Waits that differ by less are the same: the way to the store takes about as long. */
const sameWaitMs = 25;

/** A breaker as the protocol sees it. */
export class AttachedBreaker implements BreakerPort {
  readonly breaker: CircuitBreakerPolicy;
  readonly rule: TestRule;
  readonly trialTimeout: number;
  readonly #clock: Clock;
  /** Told where the node has something to say that can't wait. */
  readonly #wake: () => void;
  #circuit: NodeCircuit | undefined = undefined;
  #stopListening: (() => void) | undefined = undefined;
  #supervision: Disposable | undefined = undefined;
  #isolation: Disposable | undefined = undefined;

  /** Throws where somebody else supervises the breaker's test calls. */
  constructor(breaker: CircuitBreakerPolicy, clock: Clock, wake: () => void) {
    // Better now than when the fleet's circuit opens.
    breaker.superviseTests({ takePlace: () => undefined })[Symbol.dispose]();
    const { trialCalls: calls, closeAt, openAt, maxConcurrentTrials } = breaker.trialRules;
    this.breaker = breaker;
    this.rule = { calls, closeAt, openAt, concurrent: maxConcurrentTrials };
    this.trialTimeout = breaker.trialRules.trialTimeout;
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Connects it with the node's side of the protocol. */
  connect(circuit: NodeCircuit): void {
    this.#circuit = circuit;
    this.#stopListening = this.breaker.on('stateChange', ({ newState, cause }) => {
      circuit.breakerMoved(newState as CircuitState, cause);
      this.#wakeIfUrgent();
    });
  }

  /** Takes leave of the breaker. */
  disconnect(): void {
    this.#stopListening?.();
    this.supervise(false);
  }

  get state(): CircuitState {
    return this.breaker.state;
  }

  get totals(): { readonly successes: number; readonly failures: number } {
    return this.breaker.totals;
  }

  cooldownAfter(openings: number): number {
    return this.breaker.cooldownAfter(openings);
  }

  open(ms: number): void {
    if (this.#isManual) return;
    const { state, retryAfter } = this.breaker;
    if (state === 'OPEN' && Math.abs(retryAfter - ms) < sameWaitMs) return;
    this.breaker.open({ for: ms });
  }

  close(recovered: boolean): void {
    if (!this.#isManual) this.breaker.close({ rampUp: recovered });
  }

  halfOpen(): void {
    if (!this.#isManual) this.breaker.halfOpen();
  }

  isolate(): void {
    this.#isolation ??= this.breaker.isolate();
  }

  endIsolation(): void {
    this.#isolation?.[Symbol.dispose]();
    this.#isolation = undefined;
  }

  supervise(on: boolean): void {
    if (!on) {
      this.#supervision?.[Symbol.dispose]();
      this.#supervision = undefined;
      return;
    }
    this.#supervision ??= this.breaker.superviseTests({
      takePlace: () => this.#takePlace(),
      retryAfter: () => this.#circuit!.retryAfter(this.#clock.now()),
    });
  }

  /** Whether its user has taken it out of service, which the fleet must not undo. */
  get #isManual(): boolean {
    const { state } = this.breaker;
    return state === 'DISABLED' || state === 'METRICS_ONLY';
  }

  #takePlace(): ReturnType<Parameters<CircuitBreakerPolicy['superviseTests']>[0]['takePlace']> {
    const circuit = this.#circuit!;
    const fence = circuit.beginTest(this.#clock.now());
    this.#wakeIfUrgent();
    if (fence === undefined) return undefined;
    const end = (outcome: 'success' | 'failure' | 'release'): void => {
      circuit.endTest(fence, outcome, this.#clock.now());
      this.#wakeIfUrgent();
    };
    return {
      success: () => {
        end('success');
      },
      failure: () => {
        end('failure');
      },
      release: () => {
        end('release');
      },
    };
  }

  #wakeIfUrgent(): void {
    if (this.#circuit?.urgent === true) this.#wake();
  }
}
