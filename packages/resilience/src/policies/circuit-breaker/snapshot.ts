import { invalid } from '../../support/options.ts';
import { isStoredWindow } from '../../support/outcomes.ts';
import type { StoredWindow } from '../../support/outcomes.ts';
import type { Machine, MachineHost } from './machine.ts';
import { cooldownLeft } from './states.ts';
import { windowsOf } from './thresholds.ts';
import { Trials } from './trials.ts';

/** The version of the snapshot format. Snapshots of other versions are invalid. */
const version = 1;

/** The states that a snapshot may have. */
const states: readonly CircuitSnapshot['state'][] = ['CLOSED', 'OPEN', 'DISABLED', 'METRICS_ONLY'];

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
export function takeSnapshot({ inner }: Machine, host: SnapshotHost): CircuitSnapshot {
  const at = host.wallNow();
  const state = inner.name === 'HALF_OPEN' ? 'OPEN' : inner.name;
  const trials = inner.trials?.window;
  return {
    version,
    state,
    at,
    openUntil: state === 'OPEN' ? at + cooldownLeft(inner, host.now()) : 0,
    openings: inner.openings ?? 0,
    windows: windowsOf(inner.tracker).map((window) => window.store()),
    ...(trials !== undefined && { trials: trials.store() }),
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
    states.includes(state) &&
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
  const wall = host.wallNow();
  const waitMs = Math.min(Math.max(0, openUntil - wall), host.cooldownMs(Math.max(1, openings)));
  const elapsed = Math.max(0, wall - at);
  const { tracker } = machine.inner;
  windowsOf(tracker).forEach((window, i) => {
    const stored = windows[i];
    if (stored !== undefined) window.restore(stored, elapsed);
  });
  if (state === 'OPEN') {
    const last = trials === undefined ? undefined : new Trials(host.rules, trials);
    machine.restore({ name: state, tracker, until: host.now() + waitMs, openings, trials: last });
  } else if (state !== 'CLOSED') {
    machine.restore({ name: state, tracker });
  }
}
