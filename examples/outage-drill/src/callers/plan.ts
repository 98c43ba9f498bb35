import type { Profile } from './profile.ts';

/** What a process of callers is told to do. */
export interface CallersPlan {
  readonly group: string;
  readonly url: string;
  /** Whether it calls the scripted service, or an endpoint of the user's own. */
  readonly scripted: boolean;
  readonly profile: Profile;
  readonly seconds: number;
  /** Calls a second. */
  readonly rate: number;
  readonly seed: number;
  /** How long calls may take at the end before they count as unfinished. */
  readonly graceMs: number;
}
