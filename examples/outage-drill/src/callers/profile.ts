import { scriptedSeconds } from '../service/script.ts';

/** The durations that the callers use, in ms; the same for every group. */
export interface Profile {
  /** How long the bare HTTP client waits for an answer. */
  readonly clientTimeout: number;
  /** The wait of the naive retries. */
  readonly naiveDelay: number;
  /** The timeout of an attempt. */
  readonly attemptTimeout: number;
  /** The shortest and the longest delay of `RetryPolicy`. */
  readonly minBackoff: number;
  readonly maxBackoff: number;
  /** How long the circuit stays open before trial calls, and how long it ramps up afterwards. */
  readonly cooldown: number;
  readonly rampUp: number;
}

/**
 * The durations for the scripted service. They suit a short outage; real outages take minutes and need
 * longer ones. They scale with the length of the drill.
 */
export function scriptedProfile(seconds: number): Profile {
  const stretch = seconds / scriptedSeconds;
  return {
    clientTimeout: 4000 * stretch,
    naiveDelay: 50 * stretch,
    // A busy machine takes that long to answer now and then.
    attemptTimeout: Math.max(150, 500 * stretch),
    minBackoff: 100 * stretch,
    maxBackoff: 1000 * stretch,
    cooldown: 1000 * stretch,
    rampUp: 2000 * stretch,
  };
}

/** The durations for the user's own endpoint, whatever the length of the drill. */
export const endpointProfile: Profile = {
  clientTimeout: 30_000,
  naiveDelay: 50,
  attemptTimeout: 2000,
  minBackoff: 100,
  maxBackoff: 2000,
  cooldown: 2000,
  rampUp: 5000,
};
