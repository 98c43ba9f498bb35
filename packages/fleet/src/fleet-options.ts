import type { Clock, Duration, Random } from '@highway/resilience';
import {
  checkKeys,
  clockOption,
  hasMethods,
  invalid,
  randomOption,
} from '@highway/resilience/options';
import type { NodeCircuitRules } from './coordination/node-circuit.ts';
import { invalidKind, readTimerMs } from './support/options.ts';
import type { SessionRules } from './session.ts';
import type { FleetStore } from './store.ts';

/** Options of a `Fleet`. */
export interface FleetOptions {
  /** The store that the nodes share. */
  readonly store: FleetStore;
  /**
   * The name of this process, for operators. It does not have to be unique. Default: a random name.
   */
  readonly nodeId?: string | undefined;
  /**
   * How often the node syncs with the store if nothing happens. Changes are sent at once, so this only
   * bounds how long a node can miss a transition whose notice was lost. From 10 ms to 1 day. Default:
   * 500 ms.
   */
  readonly syncInterval?: Duration | undefined;
  /**
   * How long the store may take to answer before the node works alone. Default: two sync intervals, at
   * least 1 s.
   */
  readonly syncTimeout?: Duration | undefined;
  /** The clock. Tests inject their own. Default: the system's. */
  readonly clock?: Clock | undefined;
  /**
   * The random source: numbers from 0 to below 1, which spread the syncs and name the nodes. Default:
   * the system's.
   */
  readonly random?: Random | undefined;
}

/** The validated options, and the rules that follow from them. */
export interface FleetRules extends SessionRules {
  readonly nodeId: string;
  /** The rules for the node's side of every circuit. */
  readonly circuitRules: Omit<NodeCircuitRules, 'circuit' | 'trip'>;
}

const known = ['store', 'nodeId', 'syncInterval', 'syncTimeout', 'clock', 'random'];
const longestName = 200;
const longestRefreshMs = 3_600_000;

/** Validates the options of a `Fleet`. */
export function resolveOptions(options: FleetOptions): FleetRules {
  checkKeys('Fleet', options, known);
  const { store } = options;
  if (!hasMethods(store, ['exchange', 'subscribe', 'view'])) {
    invalidKind('store', store, 'a RedisStore, a PostgresStore or a MemoryStore');
  }
  const clock = clockOption('clock', options.clock);
  const random = randomOption('random', options.random);
  const syncIntervalMs = readTimerMs('syncInterval', options.syncInterval ?? 500);
  const defaultTimeoutMs = Math.max(1000, 2 * syncIntervalMs);
  const syncTimeoutMs = readTimerMs('syncTimeout', options.syncTimeout ?? defaultTimeoutMs);
  const incarnation = letters(random);
  const nodeId = readName('nodeId', options.nodeId ?? `node-${letters(random).slice(0, 6)}`);
  const member = `${nodeId}~${incarnation}`;
  const circuitRules = { member, random, ...circuitTimes(syncIntervalMs, syncTimeoutMs) };
  return { store, clock, random, syncIntervalMs, syncTimeoutMs, nodeId, circuitRules };
}

/** The durations for the node's side of a circuit, in ms. */
export function circuitTimes(
  syncIntervalMs: number,
  syncTimeoutMs: number,
): Omit<NodeCircuitRules, 'circuit' | 'member' | 'trip' | 'random'> {
  const useMs = Math.max(1000, 2 * syncIntervalMs);
  // Rare enough to cost the store next to nothing, but often enough that no store forgets a quiet circuit.
  const refreshMs = Math.max(syncIntervalMs, Math.min(1200 * syncIntervalMs, longestRefreshMs));
  return {
    ttlMs: 3 * syncIntervalMs,
    quietTtlMs: 3 * refreshMs,
    refreshMs,
    useMs,
    leaseMs: useMs + syncTimeoutMs + syncIntervalMs,
    claimPauseMs: syncIntervalMs,
  };
}

/** Reads the name of a circuit or a node. */
export function readName(option: string, value: unknown): string {
  const sound =
    typeof value === 'string' && value.length <= longestName && /^[^\p{Cc}\p{Cs}{}]+$/u.test(value);
  if (sound) return value;
  return invalid(
    option,
    value,
    `a string of 1 to ${String(longestName)} characters without braces or control characters`,
  );
}

function letters(random: Random): string {
  let text = '';
  while (text.length < 12) text += Math.floor(random() * 36).toString(36);
  return text;
}
