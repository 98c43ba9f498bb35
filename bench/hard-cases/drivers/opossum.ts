import type {
  Breaker,
  BreakerSetup,
  BreakerState,
  Driver,
  Library,
  OpensAfter,
  Protection,
  Work,
} from '../driver.ts';
import { notOffered } from '../driver.ts';
import { FakedGlobals } from '../harness/faked-globals.ts';
import { OpossumCircuitBreaker } from './opossum-api.ts';
import type { OpossumBreaker } from './opossum-api.ts';

export const opossum: Library = {
  name: 'opossum',
  version: '10.0.0',
  open: () => new OpossumDriver(),
};

class OpossumDriver implements Driver {
  readonly time = new FakedGlobals();

  breaker(setup: BreakerSetup): Breaker {
    return watched(breakerOptions(setup), setup);
  }

  breakersOfOneConfig(setup: BreakerSetup): readonly [Breaker, Breaker] {
    const options = breakerOptions(setup);
    return [watched(options, setup), watched(options, setup)];
  }

  retry(): Protection {
    return notOffered('retries');
  }

  delays(): readonly number[] {
    return notOffered('backoff');
  }

  chain(): Protection {
    return notOffered('composing policies');
  }

  close(): void {
    this.time.close();
  }
}

class WrappedBreaker implements Breaker {
  readonly #breaker: OpossumBreaker;

  constructor(breaker: OpossumBreaker) {
    this.#breaker = breaker;
  }

  get state(): BreakerState {
    if (this.#breaker.halfOpen) return 'half-open';
    return this.#breaker.opened ? 'open' : 'closed';
  }

  run(work: Work, signal?: AbortSignal): Promise<unknown> {
    if (signal !== undefined) notOffered('cancelling one call');
    return this.#breaker.fire(work);
  }

  windowFailures(): number {
    return this.#breaker.stats.failures;
  }

  open(): void {
    this.#breaker.open();
  }

  close(): void {
    this.#breaker.close();
  }

  isolate(): () => void {
    return notOffered('holding a circuit open');
  }

  disable(): void {
    this.#breaker.disable();
  }

  snapshot(): string {
    return JSON.stringify(this.#breaker.toJSON());
  }
}

function breakerOptions(setup: BreakerSetup): object {
  const { counts, cooldownMs, restored, trialCalls = 1 } = setup;
  if (trialCalls !== 1) notOffered('more than one test call');
  if (typeof cooldownMs !== 'number') notOffered('waits that grow');
  return {
    ...toWindow(setup.opensAfter),
    resetTimeout: cooldownMs,
    ...(counts && { errorFilter: (error: unknown) => !counts(error) }),
    ...(restored !== undefined && toRestored(restored)),
  };
}

/** As its readme says: the state is an option, and a `Status` is made from the figures. */
function toRestored(restored: unknown): object {
  const { state, status } = restored as { state: object; status: object };
  return { state, status: OpossumCircuitBreaker.newStatus({ stats: status }) };
}

function toWindow(opensAfter: OpensAfter): object {
  if ('ofLast' in opensAfter) notOffered('a window of the last calls');
  if ('failures' in opensAfter) return { volumeThreshold: opensAfter.failures };
  const { ratio, overMs, minimumCalls } = opensAfter;
  return {
    errorThresholdPercentage: ratio * 100,
    rollingCountTimeout: overMs,
    volumeThreshold: minimumCalls,
  };
}

function watched(options: object, { onCall, onStateChange, onSuccess }: BreakerSetup): Breaker {
  const breaker = new OpossumCircuitBreaker(async (work: Work) => await work(undefined), options);
  if (onStateChange) {
    breaker.on('open', () => {
      onStateChange('open');
    });
    breaker.on('close', () => {
      onStateChange('closed');
    });
    breaker.on('halfOpen', () => {
      onStateChange('half-open');
    });
  }
  if (onSuccess) breaker.on('success', onSuccess);
  if (onCall) breaker.on('fire', onCall);
  return new WrappedBreaker(breaker);
}
