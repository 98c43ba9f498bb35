import {
  Backoff,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  Fraction,
  rate,
  RetryPolicy,
} from '@highway/resilience';
import type { CircuitBreakerOptions, CircuitState, Policy } from '@highway/resilience';
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
import { ManualTime } from './manual-time.ts';

/** This library. */
export const highway: Library = {
  name: '@highway/resilience',
  version: '0.1.0',
  open: () => new HighwayDriver(),
};

const host = globalThis as { reportError?: unknown };

class HighwayDriver implements Driver {
  readonly time = new ManualTime();
  readonly #reportError = Object.getOwnPropertyDescriptor(host, 'reportError');

  constructor() {
    // What listeners throw is reported there; the cases that have them throw want no output.
    host.reportError = () => undefined;
  }

  breaker(setup: BreakerSetup): Breaker {
    return watched(this.#breakerOptions(setup), setup);
  }

  breakersOfOneConfig(setup: BreakerSetup): readonly [Breaker, Breaker] {
    const options = this.#breakerOptions(setup);
    return [watched(options, setup), watched(options, setup)];
  }

  retry(setup: RetrySetup): Protection {
    const { handle, handleResult, maxDurationMs, onRetry, onSuccess } = setup;
    const policy = new RetryPolicy({
      clock: this.time.clock,
      maxRetries: setup.maxRetries,
      backoff: setup.backoff === undefined ? Backoff.none : toBackoff(setup.backoff),
      ...(handle && { handle }),
      ...(handleResult && { handleResult }),
      ...(maxDurationMs !== undefined && { maxDuration: maxDurationMs }),
      ...(onRetry && { onRetry }),
    });
    if (onSuccess) policy.on('success', onSuccess);
    return new Wrapped(policy);
  }

  delays(setup: BackoffSetup, count: number): readonly number[] {
    const backoff = toBackoff(setup);
    const delays: number[] = [];
    for (let i = 0; i < count; i++) delays.push(backoff.forAttempt(i + 1, delays[i - 1]));
    return delays;
  }

  chain(outer: Protection, inner: Protection): Protection {
    return new Wrapped(new Failsafe({ policies: [policyOf(outer), policyOf(inner)] }));
  }

  close(): void {
    if (this.#reportError === undefined) delete host.reportError;
    else Object.defineProperty(host, 'reportError', this.#reportError);
  }

  #breakerOptions(setup: BreakerSetup): CircuitBreakerOptions {
    const { counts, cooldownMs, onStateChange, restored } = setup;
    const calls = setup.trialCalls ?? 1;
    return {
      clock: this.time.clock,
      failureThreshold: toThreshold(setup.opensAfter),
      cooldown: typeof cooldownMs === 'number' ? cooldownMs : toCooldown(cooldownMs),
      successThreshold: new Fraction(calls, calls),
      ...(counts && { ignore: (error) => !counts(error) }),
      ...(onStateChange && { onStateChange: (_policy, _from, to) => onStateChange(states[to]) }),
      ...(restored !== undefined && { initialState: restored as never }),
    };
  }
}

const states: Readonly<Record<CircuitState, BreakerState>> = {
  CLOSED: 'closed',
  OPEN: 'open',
  HALF_OPEN: 'half-open',
  ISOLATED: 'isolated',
  DISABLED: 'closed',
  METRICS_ONLY: 'closed',
};

class Wrapped<P extends Policy = Policy> implements Protection {
  readonly policy: P;

  constructor(policy: P) {
    this.policy = policy;
  }

  run(work: Work, signal?: AbortSignal): Promise<unknown> {
    return this.policy.execute((context) => work(context.signal), { signal });
  }
}

function policyOf(protection: Protection): Policy {
  if (protection instanceof Wrapped) return protection.policy as Policy;
  throw new TypeError('not one of this library');
}

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

function watched(options: CircuitBreakerOptions, { onSuccess, onCall }: BreakerSetup): Breaker {
  const policy = new CircuitBreakerPolicy(options);
  if (onSuccess) policy.on('success', onSuccess);
  if (onCall) {
    policy.on('success', onCall);
    policy.on('failure', onCall);
  }
  return new WrappedBreaker(policy);
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

function toBackoff(setup: BackoffSetup): Backoff {
  if (setup.kind === 'fixed') return Backoff.fixed(setup.delayMs);
  const { minDelayMs, maxDelayMs, factor = 2, jitter = 'none' } = setup;
  return new Backoff({
    minDelay: minDelayMs,
    maxDelay: maxDelayMs,
    factor,
    jitter: jitter === 'none' ? 0 : jitter,
  });
}
