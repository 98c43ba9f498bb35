import type { CircuitState } from '@highway/resilience';
import type { BreakerPort } from '../../src/coordination/breaker-port.ts';

/** A breaker that follows and records commands, and changes state when the test says so. */
export class PortBench implements BreakerPort {
  state: CircuitState = 'CLOSED';
  totals = { successes: 0, failures: 0 };
  readonly rule = { calls: 4, closeAt: 3, openAt: 2, concurrent: 2 };
  readonly trialTimeout = 5000;
  /** Whether its trial calls need a trial slot of the fleet. */
  supervised = false;
  /** Called when it has changed state, by a command or by itself. */
  listener: (newState: CircuitState, cause: string) => void = () => {};
  #told: string[] = [];
  #covered: CircuitState = 'CLOSED';

  /** Returns the commands since the last call, without the supervision. */
  takeCommands(): readonly string[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }

  /** Changes state by itself or by its user. */
  move(newState: CircuitState, cause = 'threshold'): void {
    this.state = newState;
    this.listener(newState, cause);
  }

  cooldownAfter(openings: number): number {
    return 1000 * openings;
  }

  open(ms: number): void {
    this.#applyCommand(`open for ${ms}`, 'OPEN');
  }

  close(recovered: boolean): void {
    this.#applyCommand(recovered ? 'close and ramp up' : 'close', 'CLOSED');
  }

  halfOpen(): void {
    this.#applyCommand('half-open', 'HALF_OPEN');
  }

  isolate(): void {
    this.#covered = this.state;
    this.#applyCommand('isolate', 'ISOLATED');
  }

  endIsolation(): void {
    this.#applyCommand('end the isolation', this.#covered);
  }

  supervise(on: boolean): void {
    this.supervised = on;
  }

  #applyCommand(command: string, newState: CircuitState): void {
    this.#told.push(command);
    this.move(newState, 'manual');
  }
}
