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
    return ms >= 100 ? ms : invalid(option, value, 'a duration of at least 100 ms');
  },
};

/** When a fleet opens a circuit for all its nodes: the result of `quorum` or `pooled`. */
export type Trip = QuorumTrip | PooledTrip;

/** Opens when a share of the live nodes have opened their own breakers. */
export interface QuorumTrip {
  readonly kind: 'quorum';
  /** The share, as a fraction of integers. */
  readonly numerator: number;
  readonly denominator: number;
  readonly minimumNodes: number;
}

/** Opens by the failure rate of the calls of all nodes together. */
export interface PooledTrip {
  readonly kind: 'pooled';
  readonly minimumCalls: number;
  /** The share of failures; `undefined` to use that of the breaker's own threshold. */
  readonly rate: number | undefined;
  /** How long a call counts, in ms. */
  readonly span: number;
}

/** Options of `quorum`. */
export interface QuorumOptions {
  /** The minimum number of live nodes, so that a single node is not a quorum. Default: 1. */
  readonly minimumNodes?: number | undefined;
}

/** Options of `pooled`. */
export interface PooledOptions {
  /** The minimum number of calls of all nodes together within `over`. */
  readonly minimumCalls: number;
  /** The share of them that must have failed. Default: that of the breaker's `failureThreshold`. */
  readonly rate?: number | undefined;
  /** How long a call counts; old calls are forgotten in steps of a tenth of it. Default: 10 s. */
  readonly over?: Duration | undefined;
}

/**
 * Opens the circuit for the whole fleet when at least this share of the live nodes that attached it
 * have opened their own breakers. A single node with a broken network cannot open the circuit for
 * all, unless it makes up the share alone: see `minimumNodes`.
 *
 * Throws if the share is not a fraction above 0.
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
 * Opens the circuit for the whole fleet by the failure rate of the calls of all nodes together,
 * even if each node alone has too little traffic to notice an outage. The circuit also opens when
 * more than half of the live nodes have opened their own breakers.
 *
 * Throws a `TypeError` or `RangeError` that names the option if one is invalid or unknown.
 *
 * @example
 * fleet.attach(breaker, { trip: pooled({ minimumCalls: 100, rate: 0.5, over: '10s' }) });
 */
export function pooled(options: PooledOptions): PooledTrip {
  const { minimumCalls, rate, over } = readOptions('pooled', options, pooledReaders);
  return { kind: 'pooled', minimumCalls, rate, span: over };
}

/** Fills in the rate from the breaker's threshold; throws if no threshold of it has one. */
export function resolveTrip(trip: Trip, breaker: CircuitBreakerPolicy): Trip {
  const { failureRate } = supervisionOf(breaker);
  const kind: unknown = (Object(trip) as Partial<Trip>).kind;
  if (kind !== 'quorum' && kind !== 'pooled') {
    invalid('trip', trip, 'the result of quorum() or pooled()');
  }
  if (trip.kind === 'quorum' || trip.rate !== undefined) return trip;
  const rate =
    failureRate ??
    invalid(
      'rate',
      undefined,
      'a number above 0, at most 1, because no threshold of the breaker is a failure rate',
    );
  return { ...trip, rate };
}

function readShare(share: FractionLike): Fraction {
  try {
    // No sensible share is longer, but one from a configuration may have any length.
    const text = String(share).slice(0, 50);
    const [, numerator, denominator] = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(text) ?? [];
    const fraction = new Fraction(Number(numerator), Number(denominator));
    if (fraction.numerator > 0) return fraction;
  } catch {
    // It is reported below, by the name that the user knows.
  }
  return invalid('quorum', share, 'a fraction above 0, such as "1/2"');
}
