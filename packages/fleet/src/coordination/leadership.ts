import type { CircuitState } from '@highway/resilience';
import type { Change } from '../store.ts';
import type { BreakerPort } from './breaker-port.ts';

/**
 * How the fleet leads a node's breaker: puts it into the fleet's state while there is a store, and
 * leaves it to its own rules while there is none.
 */
export class Leadership {
  /** Whether the breaker is in the fleet's state. */
  on = false;
  isolating = false;
  readonly #port: BreakerPort;
  /** Whether the breaker is not closed because the fleet said so. */
  #openedByFleet = false;
  /** Whether the breaker's own test calls closed it while nobody led it. */
  #recovered = false;
  /** While a command is carried out, so that what it causes is known for the fleet's. */
  #commands = false;

  constructor(port: BreakerPort) {
    this.#port = port;
  }

  /** Whether the breaker has opened, or tests whether it may close: it votes for opening. */
  get votes(): boolean {
    return this.#port.state === 'OPEN' || this.#port.state === 'HALF_OPEN';
  }

  /** Whether the breaker recovered by its own test calls since the store was lost. */
  get recoveredAlone(): boolean {
    return !this.on && this.#recovered;
  }

  /** Puts the breaker into the fleet's state; `changed` where that was another one before. */
  follow({ state, cause, remaining }: Change, changed: boolean): void {
    const first = !this.on || changed;
    this.on = true;
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
      this.#lead(() => {
        this.#port.open(remaining);
      });
    } else if (state === 'HALF_OPEN') {
      if (this.#port.state !== 'HALF_OPEN')
        this.#lead(() => {
          this.#port.halfOpen();
        });
    } else if ((first && this.#openedByFleet) || (changed && cause === 'reset')) {
      this.#close(cause === 'trials' || cause === 'recovered');
    }
  }

  /** Leaves the breaker to its own rules, in the state that it is in. */
  end(): void {
    this.on = false;
    this.#port.supervise(false);
  }

  endIsolation(): void {
    if (!this.isolating) return;
    this.isolating = false;
    this.#command(() => {
      this.#port.endIsolation();
    });
  }

  /** The breaker changed its state, by a command of the fleet or by itself. */
  moved(newState: CircuitState, cause: string): void {
    if (this.#commands) return;
    if (newState === 'CLOSED' || newState === 'OPEN') this.#openedByFleet = false;
    if (!this.on) this.#recovered = newState === 'CLOSED' && cause === 'trials';
  }

  #lead(command: () => void): void {
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
    this.#commands = true;
    try {
      command();
    } finally {
      this.#commands = false;
    }
  }
}
