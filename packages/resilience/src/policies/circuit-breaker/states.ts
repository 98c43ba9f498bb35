import type { Tracker } from '../../support/outcomes.ts';
import type { Ramp } from './ramp.ts';
import type { Trial, Trials } from './trials.ts';

interface Base {
  /** Records the outcomes of calls that are not trial calls. A snapshot stores its windows in every state. */
  readonly tracker: Tracker;
  // States that have none of these read as `undefined`.
  readonly openings?: number;
  readonly trials?: Trials | undefined;
}

/** Every call is recorded, and the circuit opens when a threshold is met. */
interface Closed extends Base {
  readonly name: 'CLOSED';
  /** Set while only a share of the calls is admitted after a recovery. */
  ramp: Ramp | undefined;
}

/** No call is admitted before the cooldown is over. */
interface Open extends Base {
  readonly name: 'OPEN';
  /** When trial calls are allowed. */
  readonly until: number;
  /** How often the circuit opened since it last recovered. */
  readonly openings: number;
  /** The last trial calls since the circuit last recovered, if there were any. None of them holds a slot. */
  readonly trials: Trials | undefined;
}

/** Trial calls decide whether the circuit closes or opens again. */
interface HalfOpen extends Base {
  readonly name: 'HALF_OPEN';
  /** How often the circuit opened since it last recovered. */
  readonly openings: number;
  readonly trials: Trials;
}

/** Every call is admitted, and the circuit does not open. DISABLED does not record calls either. */
export interface Bypassed extends Base {
  readonly name: 'DISABLED' | 'METRICS_ONLY';
}

/** A state of the circuit, with what is valid only in it. A transition replaces it as a whole. */
export type State = Closed | Open | HalfOpen | Bypassed;

/** Whether the state admits a call. It may be a trial call, which then holds a slot. */
export function admits(state: State, trial: Trial, now: number): boolean {
  switch (state.name) {
    case 'HALF_OPEN':
      return state.trials.admit(trial, now);
    case 'CLOSED':
      if (state.ramp?.left(now) === 0) state.ramp = undefined;
      return state.ramp?.rejects(now) !== true;
    default:
      return state.name !== 'OPEN';
  }
}

/** How many ms until trial calls are allowed; 0 unless OPEN. */
export function cooldownLeft(state: State, now: number): number {
  return state.name === 'OPEN' ? Math.max(0, state.until - now) : 0;
}
