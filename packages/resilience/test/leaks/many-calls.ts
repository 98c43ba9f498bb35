// Run with --expose-gc: makes many calls through a chain of policies, and prints what is left of
// them as JSON. Arguments: the number of calls, and the name of a variant below.
import { getEventListeners } from 'node:events';
import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
  linkSignals,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext } from '@highway/resilience';
import { settle } from '@highway/resilience/testing';

/** What is left. */
export interface Remains {
  /** The heap in bytes after a collection: after the first calls, and after all. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  /** Listeners on the signal that all calls were given. */
  readonly listeners: number;
  readonly unhandledRejections: number;
  /** How the calls ended, so that it is known that they ran. */
  readonly succeeded: number;
  readonly failed: number;
}

const variants = ['plain', 'signal', 'signal and timeout', 'disarm', 'linked'] as const;
export type Variant = (typeof variants)[number];

const firstCalls = 100_000;
const concurrency = 100;
const failure = new Error('the dependency failed');

const retry = new RetryPolicy({ maxRetries: 1, backoff: Backoff.none });
const breaker = new CircuitBreakerPolicy({ failureThreshold: '50/100' });
const timeout = new TimeoutPolicy({ timeout: '1h' });
const short = new Failsafe({ policies: [retry, breaker] });
const long = new Failsafe({ policies: [retry, timeout, breaker] });

const counts = { calls: 0, succeeded: 0, failed: 0, unhandledRejections: 0 };
const { signal } = new AbortController();
const { signal: other } = new AbortController();

/** One attempt in a hundred fails; once in ten thousand calls the second does too. */
function attempt(context: CallContext, call: number): number {
  const fails = call % 100 === 0 && (context.attempt === 1 || call % 10_000 === 0);
  if (fails) throw failure;
  return call;
}

function call(variant: Variant, number: number): Promise<unknown> {
  switch (variant) {
    case 'plain':
      return short.execute((context) => attempt(context, number));
    case 'signal':
      return short.execute((context) => attempt(context, number), { signal });
    case 'signal and timeout':
      return long.execute(async (context) => attempt(context, number), { signal });
    case 'linked':
      return short.execute((context) => attempt(context, number), {
        signal: linkSignals([signal, other]),
      });
    case 'disarm':
      return long.execute(
        async (context) => {
          // As a response whose body streams on: the signal is in use, the timeout is not.
          context.signal.throwIfAborted();
          context.disarm();
          return attempt(context, number);
        },
        { signal },
      );
  }
}

async function makeCalls(variant: Variant, until: number): Promise<void> {
  while (counts.calls < until) {
    const batch: Promise<unknown>[] = [];
    for (let i = 0; i < concurrency; i++) {
      const made = call(variant, ++counts.calls);
      batch.push(
        made.then(
          () => counts.succeeded++,
          () => counts.failed++,
        ),
      );
    }
    await Promise.all(batch);
    // What a collection finalizes is let go of between turns of the event loop.
    await settle();
  }
}

async function heapAfterCollection(): Promise<number> {
  // The second collection takes what the finalizers of the first let go of.
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await settle();
  }
  return process.memoryUsage().heapUsed;
}

process.on('unhandledRejection', () => counts.unhandledRejections++);
const [calls, variant] = process.argv.slice(2);
const chosen = variants.find((each) => each === variant);
if (chosen === undefined) throw new Error(`no variant ${String(variant)}`);
await makeCalls(chosen, firstCalls);
const heapBefore = await heapAfterCollection();
await makeCalls(chosen, Number(calls));
const heapAfter = await heapAfterCollection();
const remains: Remains = {
  heapBefore,
  heapAfter,
  listeners: getEventListeners(signal, 'abort').length,
  unhandledRejections: counts.unhandledRejections,
  succeeded: counts.succeeded,
  failed: counts.failed,
};
console.log(JSON.stringify(remains));
