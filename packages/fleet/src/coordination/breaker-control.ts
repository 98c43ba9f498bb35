import type { CircuitState } from '@highway/resilience';
import type { Notice } from '../store.ts';
import type { BreakerPort } from './breaker-port.ts';

/**
 * How the fleet controls a node's breaker: puts it into the fleet's state while the store can be reached,
 * and lets it work alone otherwise.
 */
export class BreakerControl {
  /** Whether the breaker follows the fleet's state. */
  active = false;
  isolating = false;
  readonly #port: BreakerPort;
  /** Whether the fleet opened the breaker. */
  #openedByFleet = false;
  /** Whether the breaker's own trial calls closed it while it worked alone. */
  #recovered = false;
  /** Whether a state change of the breaker is the effect of a command of the fleet. */
  #commanding = false;

  constructor(port: BreakerPort) {
    this.#port = port;
  }

  /** Whether the breaker votes to open: it is open or half-open. */
  get votes(): boolean {
    return this.#port.state === 'OPEN' || this.#port.state === 'HALF_OPEN';
  }

  /** Whether the breaker closed by its own trial calls since the store was lost. */
  get recoveredAlone(): boolean {
    return !this.active && this.#recovered;
  }

  /** Puts the breaker into the fleet's state; `changed` says whether that state is new. */
  follow({ state, cause, remaining }: Notice, changed: boolean): void {
    const first = !this.active || changed;
    this.active = true;
    this.#recovered = false;
    if (state === 'ISOLATED') {
      if (!this.isolating)
        this.#command(() => {
          this.#port.isolate();
        });
      this.isolating = true;
      return;
    }
    this.endIsolation();
    this.#port.supervise(state !== 'CLOSED');
    if (state === 'OPEN') {
      this.#openByFleet(() => {
        this.#port.open(remaining);
      });
    } else if (state === 'HALF_OPEN') {
      if (this.#port.state !== 'HALF_OPEN')
        this.#openByFleet(() => {
          this.#port.halfOpen();
        });
    } else if ((first && this.#openedByFleet) || (changed && cause === 'reset')) {
      this.#close(cause === 'trials' || cause === 'recovered');
    }
  }

  /** Lets the breaker work alone, in its current state. */
  stop(): void {
    this.active = false;
    this.#port.supervise(false);
  }

  endIsolation(): void {
    if (!this.isolating) return;
    this.isolating = false;
    this.#command(() => {
      this.#port.endIsolation();
    });
  }

  /** Called when the breaker changed state, by a command of the fleet or by itself. */
  breakerMoved(newState: CircuitState, cause: string): void {
    if (this.#commanding) return;
    if (newState === 'CLOSED' || newState === 'OPEN') this.#openedByFleet = false;
    if (!this.active) this.#recovered = newState === 'CLOSED' && cause === 'trials';
  }

  #openByFleet(command: () => void): void {
    this.#command(command);
    this.#openedByFleet = true;
  }

  #close(recovered: boolean): void {
    this.#openedByFleet = false;
    this.#command(() => {
      this.#port.close(recovered);
    });
  }

  #command(command: () => void): void {
    this.#commanding = true;
    try {
      command();
    } finally {
      this.#commanding = false;
    }
  }
}
