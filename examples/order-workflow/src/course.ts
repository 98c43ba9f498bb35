/** What the payment service is like. */
export type Phase = 'healthy' | 'outage' | 'recovery';

/** When the payment service went down and came back, in ms since the drill began. */
export interface Outage {
  readonly outageFrom: number;
  readonly outageTo: number;
}

/**
 * The drill's course: how long its parts take at least. A part goes on until both sides have done
 * what it is for, so that a busy machine makes the drill longer, and not the figures worthless.
 */
export class Course implements Outage {
  /** Orders come in for a while before the outage. */
  readonly calmMs: number = 2_000;
  readonly outageMs: number;
  /** Infinity before. */
  outageFrom = Infinity;
  /** Infinity before. */
  outageTo = Infinity;

  constructor(outageSeconds: number) {
    this.outageMs = outageSeconds * 1000;
  }

  /** Orders come in evenly until then. */
  get ordersUntil(): number {
    return this.calmMs + this.outageMs;
  }

  /** What is not done by then is given up. */
  get latest(): number {
    return this.ordersUntil + 180_000;
  }

  /** When the worker is to be killed next, having been killed so often; Infinity for not yet. */
  nextKill(kills: number): number {
    if (kills === 0) return this.outageFrom + 0.4 * this.outageMs;
    // Just when the orders that waited are let through.
    return kills === 1 ? this.outageTo + 600 : Infinity;
  }

  phaseAt(at: number): Phase {
    if (at < this.outageFrom) return 'healthy';
    return at < this.outageTo ? 'outage' : 'recovery';
  }
}
