import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  CountBreaker,
  handleAll,
  handleWhen,
  IterableBackoff,
  SamplingBreaker,
} from 'cockatiel';
import type { CircuitBreakerPolicy, ICircuitBreakerOptions, Policy } from 'cockatiel';
import type { Breaker, BreakerSetup, BreakerState, OpensAfter } from '../driver.ts';
import { notOffered } from '../driver.ts';
import { Wrapped } from './cockatiel-protection.ts';

class WrappedBreaker extends Wrapped<CircuitBreakerPolicy> implements Breaker {
  get state(): BreakerState {
    return states[this.policy.state];
  }

  windowFailures(): number {
    return notOffered('reading the window');
  }

  open(): void {
    notOffered('opening by hand, other than isolating');
  }

  close(): void {
    notOffered('closing by hand');
  }

  isolate(): () => void {
    return this.policy.isolate().dispose;
  }

  disable(): void {
    notOffered('switching a breaker off');
  }

  snapshot(): string {
    return JSON.stringify(this.policy.toJSON());
  }
}

const states: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'isolated',
};

interface Options {
  readonly handled: Policy;
  readonly breaker: ICircuitBreakerOptions;
}

/** The options of a breaker. */
export function breakerOptions(setup: BreakerSetup): Options {
  const { counts, cooldownMs, restored, trialCalls = 1 } = setup;
  return {
    handled: counts === undefined ? handleAll : handleWhen(counts),
    breaker: {
      breaker: toBreaker(setup.opensAfter),
      halfOpenAfter: typeof cooldownMs === 'number' ? cooldownMs : new IterableBackoff(cooldownMs),
      halfOpenSampling: { calls: trialCalls, threshold: 0 },
      ...(restored !== undefined && { initialState: restored }),
    },
  };
}

/** Creates a breaker, and reports its events. */
export function watched({ handled, breaker }: Options, setup: BreakerSetup): Breaker {
  const { onCall, onStateChange, onSuccess } = setup;
  const policy = circuitBreaker(handled, breaker);
  if (onStateChange) policy.onStateChange((state) => onStateChange(states[state]));
  if (onSuccess) policy.onSuccess(onSuccess);
  if (onCall) {
    policy.onSuccess(onCall);
    policy.onFailure(onCall);
  }
  return new WrappedBreaker(policy);
}

function toBreaker(opensAfter: OpensAfter): ICircuitBreakerOptions['breaker'] {
  if ('ofLast' in opensAfter) {
    const { failures, ofLast } = opensAfter;
    // It opens above the threshold, not at it.
    return new CountBreaker({
      threshold: (failures - 0.5) / ofLast,
      size: ofLast,
      minimumNumberOfCalls: failures,
    });
  }
  if ('failures' in opensAfter) return new ConsecutiveBreaker(opensAfter.failures);
  const { ratio, overMs, minimumCalls } = opensAfter;
  if (ratio >= 1) notOffered('a threshold of all calls');
  return new SamplingBreaker({
    threshold: ratio,
    duration: overMs,
    minimumRps: (minimumCalls * 1000) / overMs,
  });
}
