import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Random } from '@highway/resilience';
import type { Send } from './client.ts';
import { naiveRetries } from './naive-retries.ts';
import type { Profile } from './profile.ts';

/** A way to call a service. */
export interface Caller {
  /** Makes one call, with all its attempts; rejects if they failed. */
  call(): Promise<void>;
  /** The circuit breaker of its calls, if any. */
  readonly breaker?: CircuitBreakerPolicy;
}

/** What a caller is built from. */
export interface CallerParts {
  readonly send: Send;
  readonly profile: Profile;
  readonly random: Random;
}

/** A group of callers of one kind. */
export interface Group {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** Whether its callers have a circuit breaker. */
  readonly hasCircuit: boolean;
  readonly make: (parts: CallerParts) => Caller;
}

/** Each group makes one attempt and up to this many retries. */
const maxRetries = 3;

const bare: Group = {
  name: 'bare',
  title: 'Bare retries',
  summary: 'three quick retries, long client timeout',
  hasCircuit: false,
  make: ({ send, profile }) => {
    const attempt = (): Promise<void> => send(AbortSignal.timeout(profile.clientTimeout));
    return { call: () => naiveRetries(attempt, maxRetries, profile.naiveDelay) };
  },
};

const breakerOnly: Group = {
  name: 'breaker',
  title: 'Retry + breaker',
  summary: 'the Failsafe below without timeout and ramp-up',
  hasCircuit: true,
  make: ({ send, profile, random }) => {
    const breaker = new CircuitBreakerPolicy({
      name: 'service',
      cooldown: profile.cooldown,
      trialTimeout: profile.cooldown,
      successThreshold: '3/3',
    });
    const failsafe = new Failsafe({ policies: [retryOf(profile, random), breaker] });
    const call = failsafe(() => send(AbortSignal.timeout(profile.clientTimeout)));
    return { call, breaker };
  },
};

const failsafe: Group = {
  name: 'failsafe',
  title: 'Failsafe',
  summary: 'retry, circuit breaker with ramp-up, timeout',
  hasCircuit: true,
  make: ({ send, profile, random }) => {
    const breaker = new CircuitBreakerPolicy({
      name: 'service',
      cooldown: profile.cooldown,
      trialTimeout: profile.cooldown,
      successThreshold: '3/3',
      rampUp: profile.rampUp,
    });
    const timeout = new TimeoutPolicy({ timeout: profile.attemptTimeout });
    const policy = new Failsafe({ policies: [retryOf(profile, random), breaker, timeout] });
    return { call: () => policy.execute(({ signal }) => send(signal)), breaker };
  },
};

/** The groups of a drill with the scripted service, side by side. */
export const groups: readonly Group[] = [bare, breakerOnly, failsafe];

/** The groups that call the user's own endpoint: bare retries would only hammer it. */
export const endpointGroups: readonly Group[] = [failsafe];

/** Finds a group by its name. */
export function groupNamed(name: string): Group {
  const group = groups.find((each) => each.name === name);
  if (group === undefined) throw new Error(`There is no group ${name}`);
  return group;
}

function retryOf({ minBackoff, maxBackoff }: Profile, random: Random): RetryPolicy {
  return new RetryPolicy({
    maxRetries,
    backoff: new Backoff({
      minDelay: minBackoff,
      maxDelay: maxBackoff,
      jitter: 0.5,
      random,
    }),
  });
}
