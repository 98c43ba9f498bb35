import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CircuitState, Random } from '@highway/resilience';
import { createFetch } from '@highway/http';
import { checkStatus } from './client.ts';
import type { Client } from './client.ts';
import { naiveRetries } from './naive-retries.ts';
import type { Profile } from './profile.ts';

/** The circuit of a caller. */
export interface Circuit {
  readonly state: CircuitState;
  onStateChange(listener: (from: CircuitState, to: CircuitState) => void): void;
  /** The breaker, if it is the caller's own, which a fleet can share. */
  readonly breaker?: CircuitBreakerPolicy;
}

/** A way to call a service. */
export interface Caller {
  /** Makes one call, with all its attempts; rejects if they failed. */
  call(): Promise<void>;
  /** The circuit of its calls, if any. */
  readonly circuit?: Circuit;
}

/** What a caller is built from. */
export interface CallerParts {
  readonly url: string;
  readonly client: Client;
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
  make: ({ client, profile }) => {
    const attempt = (): Promise<void> => client.send(AbortSignal.timeout(profile.clientTimeout));
    return { call: () => naiveRetries(attempt, maxRetries, profile.naiveDelay) };
  },
};

const breakerOnly: Group = {
  name: 'breaker',
  title: 'Retry + breaker',
  summary: 'the same without timeout, ramp-up and budget',
  hasCircuit: true,
  make: ({ client, profile, random }) => {
    const breaker = new CircuitBreakerPolicy({
      name: 'service',
      cooldown: profile.cooldown,
      trialTimeout: profile.cooldown,
      successThreshold: '3/3',
    });
    const policy = new Failsafe({ policies: [retryOf(profile, random), breaker] });
    const call = policy(() => client.send(AbortSignal.timeout(profile.clientTimeout)));
    return { call, circuit: circuitOf(breaker) };
  },
};

/** The callers of a fleet: their breaker is one that processes can share. */
const failsafe: Group = {
  name: 'failsafe',
  title: 'Failsafe',
  summary: 'retry, circuit breaker with ramp-up, timeout',
  hasCircuit: true,
  make: ({ client, profile, random }) => {
    const breaker = new CircuitBreakerPolicy({
      name: 'service',
      cooldown: profile.cooldown,
      trialTimeout: profile.cooldown,
      successThreshold: '3/3',
      rampUp: profile.rampUp,
    });
    const timeout = new TimeoutPolicy({ timeout: profile.attemptTimeout });
    const policy = new Failsafe({ policies: [retryOf(profile, random), breaker, timeout] });
    const call = (): Promise<void> => policy.execute(({ signal }) => client.send(signal));
    return { call, circuit: circuitOf(breaker) };
  },
};

const resilientFetch: Group = {
  name: 'fetch',
  title: 'createFetch',
  summary: 'retry with budget, circuit with ramp-up, timeout',
  hasCircuit: true,
  make: ({ url, client, profile, random }) => {
    const circuit = new ObservedCircuit();
    const resilient = createFetch({
      name: 'service',
      fetch: client.fetch,
      random,
      retry: { maxRetries, backoff: backoffOf(profile, random) },
      breaker: {
        failureThreshold: '10/20',
        cooldown: profile.cooldown,
        trialTimeout: profile.cooldown,
        successThreshold: '3/3',
        rampUp: profile.rampUp,
        onStateChange: (_, from, to) => {
          circuit.change(from, to);
        },
      },
      attemptTimeout: profile.attemptTimeout,
      totalTimeout: profile.clientTimeout,
    });
    const call = async (): Promise<void> => {
      const response = await resilient(url);
      await response.arrayBuffer();
      checkStatus(response.status);
    };
    return { call, circuit };
  },
};

/** The groups of a drill with the scripted service, side by side. */
export const groups: readonly Group[] = [bare, breakerOnly, resilientFetch];

/** The groups that call the user's own endpoint: bare retries would only hammer it. */
export const endpointGroups: readonly Group[] = [resilientFetch];

/** The callers of a fleet. */
export const fleetGroup = failsafe;

/** Finds a group by its name. */
export function groupNamed(name: string): Group {
  const group = [...groups, fleetGroup].find((each) => each.name === name);
  if (group === undefined) throw new Error(`There is no group ${name}`);
  return group;
}

function retryOf(profile: Profile, random: Random): RetryPolicy {
  return new RetryPolicy({ maxRetries, backoff: backoffOf(profile, random) });
}

function backoffOf({ minBackoff, maxBackoff }: Profile, random: Random): Backoff {
  return new Backoff({ minDelay: minBackoff, maxDelay: maxBackoff, jitter: 0.5, random });
}

function circuitOf(breaker: CircuitBreakerPolicy): Circuit {
  return {
    get state() {
      return breaker.state;
    },
    onStateChange: (listener) => {
      breaker.on('stateChange', ({ oldState, newState }) => {
        listener(oldState, newState);
      });
    },
    breaker,
  };
}

/** The circuit of a client that makes it when it first calls the service. */
class ObservedCircuit implements Circuit {
  state: CircuitState = 'CLOSED';
  #listener: (from: CircuitState, to: CircuitState) => void = () => undefined;

  onStateChange(listener: (from: CircuitState, to: CircuitState) => void): void {
    this.#listener = listener;
  }

  change(from: CircuitState, to: CircuitState): void {
    this.state = to;
    this.#listener(from, to);
  }
}
