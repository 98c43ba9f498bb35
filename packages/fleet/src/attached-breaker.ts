import type { CircuitBreakerPolicy, CircuitState, Clock } from '@highway/resilience';
import { supervisionOf } from '@highway/resilience/supervision';
import type { CircuitSupervision, TrialSlot } from '@highway/resilience/supervision';
import type { BreakerPort } from './coordination/breaker-port.ts';
import { FleetError } from './errors.ts';
import type { NodeCircuit } from './coordination/node-circuit.ts';
import type { TrialRule } from './store.ts';

/** Waits that differ by less count as equal: the way to the store takes about as long. */
const sameWaitMs = 25;

/** What an attached breaker reports to. */
export interface BreakerHost {
  /** The node has news that cannot wait for the next sync. */
  wake(): void;
  /** The breaker did not follow the fleet. */
  failed(error: unknown): void;
}

// Shared by all copies of this package: two of them in one process would both control the breaker.
const registry = Symbol.for('@highway/fleet/attached');
const shared = globalThis as { [registry]?: WeakSet<object> | undefined };
const attached = shared[registry] ?? new WeakSet();
shared[registry] = attached;

/** A breaker as the protocol sees it. Its errors are reported, and affect no other circuit. */
export class AttachedBreaker implements BreakerPort {
  readonly breaker: CircuitBreakerPolicy;
  readonly rule: TrialRule;
  readonly trialTimeout: number;
  readonly #circuitSupervision: CircuitSupervision;
  readonly #clock: Clock;
  readonly #host: BreakerHost;
  #circuit: NodeCircuit | undefined = undefined;
  #stopListening: (() => void) | undefined = undefined;
  #supervision: Disposable | undefined = undefined;
  #isolation: Disposable | undefined = undefined;
  /** Whether it was reported that somebody else supervises the trial calls. */
  #conflictReported = false;

  /** Throws if another fleet has the breaker, or somebody else supervises its trial calls. */
  constructor(breaker: CircuitBreakerPolicy, clock: Clock, host: BreakerHost) {
    if (attached.has(breaker)) {
      const message = `${breaker.name}: the breaker is already in a fleet`;
      const options = { circuit: breaker.name };
      throw new FleetError('ERR_FLEET_ALREADY_ATTACHED', message, options);
    }
    // Find a conflict now rather than when the fleet's circuit opens.
    const supervision = supervisionOf(breaker);
    supervision.superviseTrials({ takeSlot: () => undefined })[Symbol.dispose]();
    const { trialRules } = supervision;
    this.breaker = breaker;
    this.#circuitSupervision = supervision;
    this.rule = {
      calls: trialRules.trialCalls,
      closeAt: trialRules.successesToClose,
      openAt: trialRules.failuresToOpen,
      concurrent: trialRules.maxConcurrentTrials,
    };
    this.trialTimeout = trialRules.trialTimeoutMs;
    this.#clock = clock;
    this.#host = host;
  }

  /** Connects the breaker to the node's side of the protocol. */
  connect(circuit: NodeCircuit): void {
    attached.add(this.breaker);
    this.#circuit = circuit;
    this.#stopListening = this.breaker.on('stateChange', ({ newState, cause }) => {
      circuit.breakerMoved(newState, cause);
      this.#wakeIfUrgent();
    });
  }

  /** Lets the breaker work alone again. */
  disconnect(): void {
    attached.delete(this.breaker);
    this.#stopListening?.();
    this.supervise(false);
  }

  get state(): CircuitState {
    return this.breaker.state;
  }

  get totals(): { readonly successes: number; readonly failures: number } {
    return this.#circuitSupervision.totals;
  }

  cooldownAfter(openings: number): number {
    return this.#circuitSupervision.cooldownMs(openings);
  }

  open(ms: number): void {
    if (this.#isManual) return;
    const { state, retryAfter } = this.breaker;
    if (state === 'OPEN' && Math.abs(retryAfter - ms) < sameWaitMs) return;
    this.#ask(() => {
      this.breaker.open({ for: ms });
    });
  }

  close(recovered: boolean): void {
    if (this.#isManual) return;
    this.#ask(() => {
      this.breaker.close({ rampUp: recovered });
    });
  }

  halfOpen(): void {
    if (this.#isManual) return;
    this.#ask(() => {
      this.breaker.halfOpen();
    });
  }

  isolate(): void {
    this.#ask(() => {
      this.#isolation ??= this.breaker.isolate();
    });
  }

  endIsolation(): void {
    const isolation = this.#isolation;
    this.#isolation = undefined;
    this.#ask(() => {
      isolation?.[Symbol.dispose]();
    });
  }

  supervise(on: boolean): void {
    if (!on) {
      this.#supervision?.[Symbol.dispose]();
      this.#supervision = undefined;
      return;
    }
    if (this.#supervision !== undefined) return;
    const done = this.#ask(() => {
      this.#supervision = this.#circuitSupervision.superviseTrials({
        takeSlot: () => this.#takeSlot(),
        retryAfter: () => this.#circuit!.retryAfter(this.#clock.now()),
      });
    }, this.#conflictReported);
    // Tried again with each sync, but reported once.
    this.#conflictReported = !done;
  }

  /** Asks something of the breaker; returns false, and reports the error once, if it throws. */
  #ask(request: () => void, reported = false): boolean {
    try {
      request();
      return true;
    } catch (cause) {
      if (!reported) this.#host.failed(notFollowed(this.breaker.name, cause));
      return false;
    }
  }

  /** Whether the user has taken the breaker out of service, which the fleet must respect. */
  get #isManual(): boolean {
    const { state } = this.breaker;
    return state === 'DISABLED' || state === 'METRICS_ONLY';
  }

  #takeSlot(): TrialSlot | undefined {
    const circuit = this.#circuit!;
    const fence = circuit.beginTrial(this.#clock.now());
    this.#wakeIfUrgent();
    if (fence === undefined) return undefined;
    const end = (outcome: 'success' | 'failure' | 'release'): void => {
      circuit.endTrial(fence, outcome, this.#clock.now());
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
    if (this.#circuit?.urgent === true) this.#host.wake();
  }
}

function notFollowed(circuit: string, cause: unknown): FleetError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `The breaker of ${circuit} does not follow the fleet: ${why}`;
  return new FleetError('ERR_FLEET_BREAKER', message, { cause, circuit });
}
