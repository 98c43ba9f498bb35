/** What the payment service is like. */
export type Phase = 'healthy' | 'outage' | 'recovery';

/** When the payment service went down and came back, in ms since the drill began. */
export interface Outage {
  readonly outageFrom: number;
  readonly outageTo: number;
}

/**
 * The drill's timeline: the minimum durations of its phases. A phase lasts until both sides have done
 * what it is for, so that a busy machine makes the drill longer, not its figures meaningless.
 */
export class Timeline implements Outage {
  readonly calmMs: number;
  readonly outageMs: number;
  /** How often the worker is killed. */
  readonly kills: number;
  /** Orders come in evenly until then. */
  readonly ordersUntil: number;
  /** Infinity before. */
  outageFrom = Infinity;
  /** Infinity before. */
  outageTo = Infinity;

  private constructor(rules: Pick<Timeline, 'calmMs' | 'outageMs' | 'kills' | 'ordersUntil'>) {
    this.calmMs = rules.calmMs;
    this.outageMs = rules.outageMs;
    this.kills = rules.kills;
    this.ordersUntil = rules.ordersUntil;
  }

  /** Orders come in before and in the outage, and the worker is killed twice. */
  static ofDrill(outageSeconds: number): Timeline {
    const [calmMs, outageMs] = [2_000, outageSeconds * 1000];
    return new Timeline({ calmMs, outageMs, kills: 2, ordersUntil: calmMs + outageMs });
  }

  /** All orders come in at once, into the outage, and nobody is killed. */
  static ofBench(outageSeconds: number): Timeline {
    return new Timeline({ calmMs: 0, outageMs: outageSeconds * 1000, kills: 0, ordersUntil: 1 });
  }

  /** What is not done by then is given up. */
  get latest(): number {
    return this.calmMs + this.outageMs + 180_000;
  }

  /** When the worker is to be killed next, having been killed so often; Infinity for not yet. */
  nextKill(kills: number): number {
    if (kills >= this.kills) return Infinity;
    if (kills === 0) return this.outageFrom + 0.4 * this.outageMs;
    // Just when the orders that waited are let through.
    return this.outageTo + 600;
  }

  phaseAt(at: number): Phase {
    if (at < this.outageFrom) return 'healthy';
    return at < this.outageTo ? 'outage' : 'recovery';
  }
}
