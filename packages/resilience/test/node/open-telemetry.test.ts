import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext, Policy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom } from '../support/calls.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('tests');

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(async () => {
  context.disable();
  await provider.shutdown();
});
beforeEach(() => {
  exporter.reset();
});

const requests = Array.from({ length: 10 }, (_, i) => `request ${i}`);

/** Spans of requests that go through the policy at once, each with the spans made in its attempts. */
async function trees(make: (clock: ManualClock) => Policy): Promise<Record<string, string[]>> {
  const clock = new ManualClock();
  const policy = make(clock);
  const attempt = ({ attempt: number }: CallContext): unknown =>
    tracer.startActiveSpan(`attempt ${number}`, (span) => {
      span.end();
      return number > 1
        ? number
        : new Promise((resolve) => clock.setTimeout(() => resolve(1), 100));
    });
  const calls = requests.map((name) =>
    tracer.startActiveSpan(name, async (span) => {
      await policy.execute(attempt);
      span.end();
    }),
  );
  // The clock moves in the span of another.
  await tracer.startActiveSpan('a stranger', (span) => {
    span.end();
    return clock.advance('10s');
  });
  await Promise.all(calls);
  return treesOf(exporter.getFinishedSpans());
}

function treesOf(spans: ReadableSpan[]): Record<string, string[]> {
  const roots = spans.filter(({ parentSpanContext }) => parentSpanContext === undefined);
  return Object.fromEntries(
    roots.map((root) => {
      const children = spans.filter(
        ({ parentSpanContext }) => parentSpanContext?.spanId === root.spanContext().spanId,
      );
      return [root.name, children.map(({ name }) => name)];
    }),
  );
}

const each = (...children: string[]): Record<string, string[]> => ({
  ...Object.fromEntries(requests.map((name) => [name, children])),
  'a stranger': [],
});

describe('OpenTelemetry spans of attempts are children of the span of their call', () => {
  it('after the queue of a bulkhead', async () => {
    const found = await trees(
      (clock) => new BulkheadPolicy({ clock, maxConcurrent: 2, maxQueued: 10 }),
    );
    expect(found).toEqual(each('attempt 1'));
  });

  it('after the queue of a rate limiter', async () => {
    const rules = { limit: 10, per: '1s', burst: 1, maxWait: '5s' };
    const found = await trees((clock) => new RateLimiterPolicy({ clock, ...rules }));
    expect(found).toEqual(each('attempt 1'));
  });

  it('in a hedge', async () => {
    const found = await trees((clock) => new HedgePolicy({ clock, delay: 20 }));
    expect(found).toEqual(each('attempt 1', 'attempt 2'));
  });

  it('in a retry around a timeout around a bulkhead', async () => {
    const found = await trees((clock) => {
      const retry = new RetryPolicy({ clock, backoff: Backoff.fixed(10) });
      const timeout = new TimeoutPolicy({ clock, timeout: 50 });
      const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 10, maxQueued: 10 });
      return new Failsafe({ policies: [retry, timeout, bulkhead] });
    });
    expect(found).toMatchObject(
      Object.fromEntries(requests.map((name) => [name, ['attempt 1', 'attempt 2']])),
    );
    expect(found['a stranger']).toEqual([]);
  });

  it('in a fallback after a timeout', async () => {
    const found = await trees((clock) => {
      const fallback = new FallbackPolicy({
        clock,
        fallback: () => {
          tracer.startSpan('fallback').end();
          return boom as never;
        },
      });
      return new Failsafe({ policies: [fallback, new TimeoutPolicy({ clock, timeout: 50 })] });
    });
    expect(found).toEqual(each('attempt 1', 'fallback'));
  });
});
