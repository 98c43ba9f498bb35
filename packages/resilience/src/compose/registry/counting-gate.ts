import { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';

/** Counts the running attempts of another gate, which has no queue. */
export class CountingGate implements Gate {
  readonly kind = 'gate';
  readonly interrupts: boolean;
  /** The number of running attempts. */
  inFlight = 0;
  readonly #counted: Gate;
  /** The latest lane of the other gate, and the one that counts around it. */
  #lane: Lane | undefined = undefined;
  #countingLane: Lane | undefined = undefined;

  constructor(counted: Gate) {
    this.#counted = counted;
    this.interrupts = counted.interrupts;
  }

  lane(cancellable: boolean): Lane | undefined {
    const lane = this.#counted.lane?.(cancellable);
    if (lane === undefined) return undefined;
    this.inFlight++;
    if (lane === this.#lane) return this.#countingLane;
    this.#lane = lane;
    return (this.#countingLane = this.#counting(lane));
  }

  enter(gated: GatedAttempt): unknown {
    const ticket = this.#counted.enter(gated);
    if (!(ticket instanceof Rejection)) this.inFlight++;
    return ticket;
  }

  succeeded(ticket: unknown, value: unknown): void {
    this.inFlight--;
    this.#counted.succeeded(ticket, value);
  }

  failed(ticket: unknown, error: unknown): void {
    this.inFlight--;
    this.#counted.failed(ticket, error);
  }

  abandoned(ticket: unknown, reason: unknown): boolean {
    const settled = this.#counted.abandoned(ticket, reason);
    if (settled) this.inFlight--;
    return settled;
  }

  released(ticket: unknown): void {
    this.inFlight--;
    this.#counted.released(ticket);
  }

  #counting(lane: Lane): Lane {
    return {
      value: (value) => {
        this.inFlight--;
        return lane.value(value);
      },
      error: (error) => {
        this.inFlight--;
        return lane.error(error);
      },
      failed: (error) => {
        this.inFlight--;
        return lane.failed(error);
      },
      undo: () => {
        this.inFlight--;
        lane.undo();
      },
      abandoned: (reason) => {
        const left = lane.abandoned(reason);
        if (left !== undefined) return this.#counting(left);
        this.inFlight--;
        return undefined;
      },
    };
  }
}
