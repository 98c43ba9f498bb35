import { scriptedSeconds } from '../service/script.ts';

/** The times that callers are set to, in ms; the same for every group. */
export interface Profile {
  /** How long the bare HTTP client waits for an answer. */
  readonly clientTimeout: number;
  /** The wait of the naive retries. */
  readonly naiveDelay: number;
  /** What `TimeoutPolicy` allows an attempt. */
  readonly attemptTimeout: number;
  /** The first and the longest wait of `RetryPolicy`. */
  readonly minBackoff: number;
  readonly maxBackoff: number;
  /** How long the circuit stays open before it is tested, and how long it ramps up afterwards. */
  readonly cooldown: number;
  readonly rampUp: number;
}

/**
 * The times for the scripted service. They are those of a short outage: real ones take minutes, and
 * everything would be longer. A longer or shorter drill scales them with the script.
 */
export function scriptedProfile(seconds: number): Profile {
  const stretch = seconds / scriptedSeconds;
  return {
    clientTimeout: 4000 * stretch,
    naiveDelay: 50 * stretch,
    // A busy machine takes that long for an answer now and then.
    attemptTimeout: Math.max(150, 500 * stretch),
    minBackoff: 100 * stretch,
    maxBackoff: 1000 * stretch,
    cooldown: 1000 * stretch,
    rampUp: 2000 * stretch,
  };
}

/** The times for an endpoint of the user's own, whatever the length of the drill. */
export const endpointProfile: Profile = {
  clientTimeout: 30_000,
  naiveDelay: 50,
  attemptTimeout: 2000,
  minBackoff: 100,
  maxBackoff: 2000,
  cooldown: 2000,
  rampUp: 5000,
};
