import { describe } from '../internal/options.ts';
import { CountWindow } from '../internal/count-window.ts';
import type { Machine, MachineHost } from './machine.ts';
import { TimeWindow } from '../internal/time-window.ts';

/** Which form snapshots have; a reader refuses what it doesn't know. */
const version = 1;

/** A breaker's state as plain data, for another process. Times are epoch milliseconds. */
export interface CircuitSnapshot {
  readonly version: 1;
  readonly state: 'CLOSED' | 'OPEN' | 'DISABLED' | 'METRICS_ONLY';
  /** When it was made. */
  readonly at: number;
  /** When test calls are allowed; there only while OPEN. */
  readonly openUntil?: number;
  /** How often it opened since it last recovered. */
  readonly openings: number;
  /**
   * The window of each threshold: of the last calls, oldest first, `1` for a success and `0` for a
   * failure; of a span of time, `[age in ms, calls, failures]` for each part of it.
   */
  readonly windows: readonly (string | readonly (readonly [number, number, number])[])[];
}

/** What a snapshot needs to know of its breaker. */
export interface SnapshotHost extends MachineHost {
  /** Epoch milliseconds. */
  wallNow(): number;
}

/** Takes a snapshot; HALF_OPEN is stored as OPEN with no wait left, ISOLATED as what it covers. */
export function takeSnapshot(machine: Machine, host: SnapshotHost): CircuitSnapshot {
  const wall = host.wallNow();
  const halfOpen = machine.inner === 'HALF_OPEN';
  const state = halfOpen ? 'OPEN' : (machine.inner as CircuitSnapshot['state']);
  const wait = halfOpen ? 0 : Math.max(0, machine.openUntil - host.now());
  return {
    version,
    state,
    at: wall,
    ...(state === 'OPEN' && { openUntil: wall + wait }),
    openings: machine.openings,
    windows: machine.windows.map((window) =>
      window instanceof TimeWindow
        ? window.buckets()
        : Array.from(window, (success) => (success ? '1' : '0')).join(''),
    ),
  };
}

/** Puts a snapshot into a new machine; throws, naming the option, where it is malformed. */
export function restoreSnapshot(machine: Machine, value: unknown, host: SnapshotHost): void {
  const now = host.now();
  const wall = host.wallNow();
  const snapshot = check(value);
  const openUntil = now + Math.max(0, (snapshot.openUntil ?? 0) - wall);
  const longest = now + host.cooldownMs(Math.max(1, snapshot.openings));
  machine.restore(snapshot.state, Math.min(openUntil, longest), snapshot.openings);
  machine.windows.forEach((window, i) => {
    const stored = snapshot.windows[i];
    if (window instanceof CountWindow && typeof stored === 'string') {
      for (const outcome of stored) window.record(outcome === '0');
    } else if (window instanceof TimeWindow && typeof stored === 'object') {
      window.restore(stored, Math.max(0, wall - snapshot.at));
    }
  });
}

function check(value: unknown): CircuitSnapshot {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<keyof CircuitSnapshot, unknown>
  >;
  if (given.version !== version) refuseSnapshot(value, `version must be ${String(version)}`);
  if (!['CLOSED', 'OPEN', 'DISABLED', 'METRICS_ONLY'].includes(given.state as string)) {
    refuseSnapshot(value, `state ${describe(given.state)} is none that is stored`);
  }
  if (!Number.isFinite(given.at)) refuseSnapshot(value, 'at must be a time');
  if (given.state === 'OPEN' && !Number.isFinite(given.openUntil)) {
    refuseSnapshot(value, 'openUntil must be a time while OPEN');
  }
  if (!Number.isSafeInteger(given.openings) || (given.openings as number) < 0) {
    refuseSnapshot(value, 'openings must be a count');
  }
  if (!Array.isArray(given.windows) || !given.windows.every(isWindow)) {
    refuseSnapshot(value, 'windows must be texts of 0 and 1, or arrays of [age, calls, failures]');
  }
  return value as CircuitSnapshot;
}

function isWindow(value: unknown): boolean {
  if (typeof value === 'string') return /^[01]*$/.test(value);
  return Array.isArray(value) && value.every(isBucket);
}

function isBucket(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [age, total, failures] = value as number[];
  const counts = Number.isSafeInteger(total) && Number.isSafeInteger(failures);
  return counts && age! >= 0 && Number.isFinite(age) && failures! >= 0 && failures! <= total!;
}

function refuseSnapshot(value: unknown, why: string): never {
  throw new TypeError(`initialState: ${describe(value)} is not a snapshot of a breaker; ${why}`);
}
