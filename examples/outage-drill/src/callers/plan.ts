import type { FleetPlan } from '../fleet/fleet-plan.ts';
import type { Profile } from './profile.ts';

/** What a process of callers is told to do. */
export interface CallersPlan {
  readonly group: string;
  /** Which of the group's processes it is, from 0. */
  readonly process: number;
  readonly url: string;
  /** Whether it calls the scripted service, or an endpoint of the user's own. */
  readonly scripted: boolean;
  readonly profile: Profile;
  readonly seconds: number;
  /** Calls a second of this process. */
  readonly rate: number;
  readonly seed: number;
  /** How long calls may take at the end before they count as unfinished. */
  readonly graceMs: number;
  /** The fleet that it shares its circuit with, if it does. */
  readonly fleet?: FleetPlan;
}
