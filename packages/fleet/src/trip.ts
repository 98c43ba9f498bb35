import { Fraction, toMs } from '@highway/resilience';
import type { CircuitBreakerPolicy, Duration, FractionLike } from '@highway/resilience';
import { count, invalid, readOptions } from '@highway/resilience/options';
import { supervisionOf } from '@highway/resilience/supervision';

const quorumReaders = { minimumNodes: count(1, 1) };

const pooledReaders = {
  minimumCalls: count(1),
  rate: (option: string, value: unknown): number | undefined =>
    value === undefined || (typeof value === 'number' && value > 0 && value <= 1)
      ? value
      : invalid(option, value, 'a number above 0, at most 1'),
  over: (option: string, value: unknown = '10s'): number => {
    const ms = toMs(option, value);
    return ms >= 100 ? ms : invalid(option, value, 'a time of at least 100 ms');
  },
};

/** When a fleet opens a circuit for all its nodes. Made by `quorum` or `pooled`. */
export type Trip = QuorumTrip | PooledTrip;

/** Opens when a share of the live nodes have opened by themselves. */
export interface QuorumTrip {
  readonly kind: 'quorum';
  /** The share, as a fraction of whole numbers. */
  readonly numerator: number;
  readonly denominator: number;
  readonly minimumNodes: number;
}

/** Opens by the failure rate of all calls together. */
export interface PooledTrip {
  readonly kind: 'pooled';
  readonly minimumCalls: number;
  /** The share of failures; `undefined` for that of the breaker's own threshold. */
  readonly rate: number | undefined;
  /** Over how many ms calls count. */
  readonly span: number;
}

/** Options of `quorum`. */
export interface QuorumOptions {
  /** How many live nodes there must be, so that one node alone is no quorum. Default: 1. */
  readonly minimumNodes?: number | undefined;
}

/** Options of `pooled`. */
export interface PooledOptions {
  /** How many calls of all nodes together there must be within `over`. */
  readonly minimumCalls: number;
  /** Which share of them must have failed. Default: that of the breaker's `failureThreshold`. */
  readonly rate?: number | undefined;
  /** For how long a call counts; it is forgotten a tenth of it at a time. Default: 10 s. */
  readonly over?: Duration | undefined;
}

/**
 * The fleet opens a circuit when a share of the live nodes that attached it have opened it by
 * themselves: one node with a broken network can't open it for all.
 *
 * Throws for a share that is no fraction above 0.
 *
 * @example
 * fleet.attach(breaker, { trip: quorum('1/2') });
 */
export function quorum(share: FractionLike, options: QuorumOptions = {}): QuorumTrip {
  const { numerator, denominator } = readShare(share);
  const { minimumNodes } = readOptions('quorum', options, quorumReaders);
  return { kind: 'quorum', numerator, denominator, minimumNodes };
}

/**
 * The fleet opens a circuit by the failure rate of the calls of all its nodes together: it finds
 * out where each node has too little traffic to notice. It opens also when more than half of the
 * live nodes have opened by themselves.
 *
 * Throws for options that are bad or unknown, naming them.
 *
 * @example
 * fleet.attach(breaker, { trip: pooled({ minimumCalls: 100, rate: 0.5, over: '10s' }) });
 */
export function pooled(options: PooledOptions): PooledTrip {
  const { minimumCalls, rate, over } = readOptions('pooled', options, pooledReaders);
  return { kind: 'pooled', minimumCalls, rate, span: over };
}

/** Fills in what a trip leaves to the breaker; throws where the breaker has no rate to give. */
export function resolveTrip(trip: Trip, breaker: CircuitBreakerPolicy): Trip {
  const { failureRate } = supervisionOf(breaker);
  const kind: unknown = (Object(trip) as Partial<Trip>).kind;
  if (kind !== 'quorum' && kind !== 'pooled') {
    invalid('trip', trip, 'what quorum() or pooled() gives');
  }
  if (trip.kind === 'quorum' || trip.rate !== undefined) return trip;
  const rate =
    failureRate ??
    invalid(
      'rate',
      undefined,
      'a number above 0, at most 1: no threshold of the breaker judges a failure rate to go by',
    );
  return { ...trip, rate };
}

function readShare(share: FractionLike): Fraction {
  try {
    // No sensible share is longer; what comes from a configuration may be of any length.
    const text = String(share).slice(0, 50);
    const [, numerator, denominator] = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(text) ?? [];
    const fraction = new Fraction(Number(numerator), Number(denominator));
    if (fraction.numerator > 0) return fraction;
  } catch {
    // It is refused below, under the name that its user knows.
  }
  return invalid('quorum', share, 'a fraction above 0, such as "1/2"');
}
