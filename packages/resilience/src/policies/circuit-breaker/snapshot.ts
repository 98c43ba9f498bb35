import { CircuitState } from '../../values/circuit-state.ts';
import { invalid } from '../../support/options.ts';
import { isStoredWindow } from '../../support/outcomes.ts';
import type { StoredWindow } from '../../support/outcomes.ts';
import type { Machine, MachineHost } from './machine.ts';

/** The version of the snapshot format. Snapshots of other versions are invalid. */
const version = 1;

/** A breaker's state as plain data, for another process. Times are in epoch ms. */
export interface CircuitSnapshot {
  readonly version: number;
  readonly state: 'CLOSED' | 'OPEN' | 'DISABLED' | 'METRICS_ONLY';
  /** When the snapshot was taken. */
  readonly at: number;
  /** When trial calls are allowed; 0 unless OPEN. */
  readonly openUntil: number;
  /** How many times the circuit opened since it last recovered. */
  readonly openings: number;
  /** The window of each threshold. */
  readonly windows: readonly StoredWindow[];
  /** The outcomes of the trial calls, if these caused the last transition. */
  readonly trials?: StoredWindow | undefined;
}

/** What a snapshot needs from its breaker. */
export interface SnapshotHost extends MachineHost {
  /** Epoch milliseconds. */
  wallNow(): number;
}

/** Takes a snapshot. HALF_OPEN is stored as OPEN without a wait, ISOLATED as the state before. */
export function takeSnapshot(machine: Machine, host: SnapshotHost): CircuitSnapshot {
  const at = host.wallNow();
  const halfOpen = machine.inner === 'HALF_OPEN';
  const state = halfOpen ? 'OPEN' : (machine.inner as CircuitSnapshot['state']);
  const wait = halfOpen ? 0 : Math.max(0, machine.openUntil - host.now());
  return {
    version,
    state,
    at,
    openUntil: state === 'OPEN' ? at + wait : 0,
    openings: machine.openings,
    windows: machine.windows.map((window) => window.store()),
    ...(machine.trialWindow !== undefined && { trials: machine.trialWindow.store() }),
  };
}

/** Reads a snapshot from untrusted data. Throws an error that names the option if it is malformed. */
export function readSnapshot(option: string, value: unknown): CircuitSnapshot {
  // The cast is checked below.
  const {
    version: form,
    state,
    at,
    openUntil,
    openings,
    windows,
    trials,
  } = Object(value) as CircuitSnapshot;
  const isValid =
    form === version &&
    ![CircuitState.HALF_OPEN, CircuitState.ISOLATED].includes(state as never) &&
    Object.hasOwn(CircuitState, state) &&
    Number.isFinite(at) &&
    Number.isFinite(openUntil) &&
    Number.isSafeInteger(openings) &&
    openings >= 0 &&
    Array.isArray(windows) &&
    [...(windows as unknown[]), trials ?? ''].every(isStoredWindow);
  if (!isValid) {
    const allowed = `a snapshot of version ${String(version)} from toJSON() of a breaker`;
    invalid(option, value, allowed, TypeError);
  }
  return {
    version,
    state,
    at,
    openUntil,
    openings,
    windows,
    ...(trials !== undefined && { trials }),
  };
}

/** Restores a snapshot into a new machine. */
export function restoreSnapshot(
  machine: Machine,
  snapshot: CircuitSnapshot,
  host: SnapshotHost,
): void {
  const { state, at, openUntil, openings, windows, trials } = snapshot;
  const now = host.now();
  const wall = host.wallNow();
  const wait = Math.min(Math.max(0, openUntil - wall), host.cooldownMs(Math.max(1, openings)));
  const elapsed = Math.max(0, wall - at);
  machine.restore({ state, openUntil: now + wait, openings }, trials);
  machine.windows.forEach((window, i) => {
    const stored = windows[i];
    if (stored !== undefined) window.restore(stored, elapsed);
  });
}
