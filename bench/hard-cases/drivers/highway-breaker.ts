import { Backoff, CircuitBreakerPolicy, consecutive, Fraction, rate } from '@highway/resilience';
import type { CircuitBreakerOptions, CircuitState, Clock } from '@highway/resilience';
import type { Breaker, BreakerSetup, BreakerState, OpensAfter } from '../driver.ts';
import { notOffered } from '../driver.ts';
import { Wrapped } from './highway-protection.ts';

const states: Readonly<Record<CircuitState, BreakerState>> = {
  CLOSED: 'closed',
  OPEN: 'open',
  HALF_OPEN: 'half-open',
  ISOLATED: 'isolated',
  DISABLED: 'closed',
  METRICS_ONLY: 'closed',
};

class WrappedBreaker extends Wrapped<CircuitBreakerPolicy> implements Breaker {
  get state(): BreakerState {
    return states[this.policy.state];
  }

  windowFailures(): number {
    return this.policy.history.failureCount;
  }

  open(): void {
    this.policy.open();
  }

  close(): void {
    this.policy.close();
  }

  isolate(): () => void {
    const held = this.policy.isolate();
    return () => {
      held[Symbol.dispose]();
    };
  }

  disable(): void {
    this.policy.disable();
  }

  snapshot(): string {
    return JSON.stringify(this.policy);
  }
}

/** Creates a breaker, and reports its events. */
export function watched(
  options: CircuitBreakerOptions,
  { onSuccess, onCall }: BreakerSetup,
): Breaker {
  const policy = new CircuitBreakerPolicy(options);
  if (onSuccess) policy.on('success', onSuccess);
  if (onCall) {
    policy.on('success', onCall);
    policy.on('failure', onCall);
  }
  return new WrappedBreaker(policy);
}

/** The options of a breaker. */
export function breakerOptions(setup: BreakerSetup, clock: Clock): CircuitBreakerOptions {
  const { counts, cooldownMs, onStateChange, restored } = setup;
  const calls = setup.trialCalls ?? 1;
  return {
    clock,
    failureThreshold: toThreshold(setup.opensAfter),
    cooldown: typeof cooldownMs === 'number' ? cooldownMs : toCooldown(cooldownMs),
    successThreshold: new Fraction(calls, calls),
    ...(counts && { ignore: (error) => !counts(error) }),
    ...(onStateChange && { onStateChange: (_policy, _from, to) => onStateChange(states[to]) }),
    ...(restored !== undefined && { initialState: restored as never }),
  };
}

function toThreshold(
  opensAfter: OpensAfter,
): NonNullable<CircuitBreakerOptions['failureThreshold']> {
  if ('ratio' in opensAfter) {
    const { ratio, overMs, minimumCalls } = opensAfter;
    return rate(ratio, { over: overMs, minimumCalls });
  }
  if ('ofLast' in opensAfter) return new Fraction(opensAfter.failures, opensAfter.ofLast);
  return consecutive(opensAfter.failures);
}

/** Waits that double, the only lists that the cases use. */
function toCooldown(waits: readonly number[]): Backoff {
  const [first = 0, second = first] = waits;
  if (second !== first * 2) notOffered('waits other than growing ones');
  return new Backoff({ minDelay: first, maxDelay: first * 2 ** (waits.length - 1) });
}
