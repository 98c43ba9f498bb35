import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ConstantBackoff,
  CountBreaker,
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  fullJitterGenerator,
  handleAll,
  handleWhen,
  IterableBackoff,
  noJitterGenerator,
  retry,
  SamplingBreaker,
  wrap,
} from 'cockatiel';
import type {
  CircuitBreakerPolicy,
  IBackoffFactory,
  ICircuitBreakerOptions,
  IPolicy,
  Policy,
} from 'cockatiel';
import type {
  BackoffSetup,
  Breaker,
  BreakerSetup,
  BreakerState,
  Driver,
  Library,
  OpensAfter,
  Protection,
  RetrySetup,
  Work,
} from '../driver.ts';
import { notOffered } from '../driver.ts';
import { FakedGlobals } from '../harness/faked-globals.ts';

export const cockatiel: Library = {
  name: 'cockatiel',
  version: '4.0.0',
  open: () => new CockatielDriver(),
};

class CockatielDriver implements Driver {
  readonly time = new FakedGlobals();

  breaker(setup: BreakerSetup): Breaker {
    return watched(breakerOptions(setup), setup);
  }

  breakersOfOneConfig(setup: BreakerSetup): readonly [Breaker, Breaker] {
    const options = breakerOptions(setup);
    return [watched(options, setup), watched(options, setup)];
  }

  retry(setup: RetrySetup): Protection {
    const { handle, handleResult, maxRetries, onRetry, onSuccess } = setup;
    if (setup.maxDurationMs !== undefined) notOffered('a limit of time for all attempts');
    let handled: Policy = handle === undefined ? handleAll : handleWhen(handle);
    if (handleResult !== undefined) handled = handled.orWhenResult(handleResult);
    const policy = retry(handled, {
      maxAttempts: maxRetries,
      ...(setup.backoff && { backoff: toBackoff(setup.backoff) }),
    });
    if (onRetry) policy.onRetry(onRetry);
    if (onSuccess) policy.onSuccess(onSuccess);
    return new Wrapped(policy);
  }

  delays(setup: BackoffSetup, count: number): readonly number[] {
    const delays: number[] = [];
    // The context is for backoffs that look at it, which these don't.
    const context = undefined;
    let backoff = toBackoff(setup).next(context);
    for (let i = 0; i < count; i++) {
      delays.push(backoff.duration);
      backoff = backoff.next(context);
    }
    return delays;
  }

  chain(outer: Protection, inner: Protection): Protection {
    return new Wrapped(wrap(policyOf(outer), policyOf(inner)));
  }

  close(): void {
    this.time.close();
  }
}

class Wrapped<P extends IPolicy = IPolicy> implements Protection {
  readonly policy: P;

  constructor(policy: P) {
    this.policy = policy;
  }

  run(work: Work, signal?: AbortSignal): Promise<unknown> {
    return this.policy.execute((context) => work(context.signal), signal);
  }
}

function policyOf(protection: Protection): IPolicy {
  if (protection instanceof Wrapped) return protection.policy as IPolicy;
  throw new TypeError('not one of this library');
}

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

function breakerOptions(setup: BreakerSetup): Options {
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

function watched({ handled, breaker }: Options, setup: BreakerSetup): Breaker {
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

function toBackoff(setup: BackoffSetup): IBackoffFactory<unknown> {
  if (setup.kind === 'fixed') return new ConstantBackoff(setup.delayMs);
  const { minDelayMs, maxDelayMs, factor = 2, jitter = 'none' } = setup;
  return new ExponentialBackoff<unknown>({
    initialDelay: minDelayMs,
    maxDelay: maxDelayMs,
    exponent: factor,
    generator: generators[jitter] as never,
  });
}

const generators = {
  none: noJitterGenerator,
  full: fullJitterGenerator,
  decorrelated: decorrelatedJitterGenerator,
};
