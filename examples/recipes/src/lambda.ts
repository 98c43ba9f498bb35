// An AWS Lambda handler. The policies live outside of it, so that the calls of one environment share
// them, and it answers before Lambda would end it. `npm run lambda`
import {
  CircuitBreakerPolicy,
  Failsafe,
  isRejection,
  isTimeout,
  RetryPolicy,
} from '@highway/resilience';

interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

const policy = new Failsafe({
  policies: [
    new RetryPolicy({ maxRetries: 2 }),
    new CircuitBreakerPolicy({ name: 'orders', failureThreshold: '3/5', cooldown: '5s' }),
  ],
});

export async function handler(event: { id: string }, context: LambdaContext) {
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 500));
  const outcome = await policy.executeOutcome(
    async (attempt) => {
      const base = process.env['ORDERS_URL'] ?? 'http://127.0.0.1:3000';
      const answer = await fetch(`${base}/orders/${event.id}`, { signal: attempt.signal });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return answer.text();
    },
    { signal },
  );
  if (outcome.ok) return { statusCode: 200, body: outcome.value };
  if (signal.aborted || isTimeout(outcome.error)) return { statusCode: 504, body: 'too slow' };
  return { statusCode: isRejection(outcome.error) ? 503 : 502, body: 'temporarily unavailable' };
}

if (import.meta.filename === process.argv[1]) {
  console.log(await handler({ id: '1' }, { getRemainingTimeInMillis: () => 5000 }));
}
