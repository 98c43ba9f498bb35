import type { FleetPlan } from '../fleet/fleet-plan.ts';
import type { Profile } from './profile.ts';

/** The plan of a process of callers. */
export interface CallersPlan {
  readonly group: string;
  /** The index of the process in its group. */
  readonly process: number;
  readonly url: string;
  /** Whether it calls the scripted service; otherwise, the user's own endpoint. */
  readonly scripted: boolean;
  readonly profile: Profile;
  readonly seconds: number;
  /** Calls per second of this process. */
  readonly rate: number;
  readonly seed: number;
  /** How long calls may take after the end before they count as unfinished. */
  readonly graceMs: number;
  /** The fleet with which it shares its circuit, if any. */
  readonly fleet?: FleetPlan;
}
