// An AWS Lambda handler. The policies live outside of it, so that the calls of one environment share
// them, and it answers before Lambda would end it. `npm run lambda`
import { CircuitBreakerPolicy, Failsafe, isRejection, RetryPolicy } from '@highway/resilience';

const breaker = new CircuitBreakerPolicy({ name: 'orders', failureThreshold: '3/5' });
const policy = new Failsafe({ policies: [new RetryPolicy({ maxRetries: 2 }), breaker] });
type LambdaContext = { getRemainingTimeInMillis(): number };

export async function handler({ id }: { id: string }, context: LambdaContext) {
  const limit = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 500));
  const outcome = await policy.executeOutcome(
    async ({ signal }) => {
      const base = process.env['ORDERS_URL'] ?? 'http://127.0.0.1:3000';
      const answer = await fetch(`${base}/orders/${id}`, { signal });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return answer.text();
    },
    { signal: limit },
  );
  if (outcome.ok) return { statusCode: 200, body: outcome.value };
  if (limit.aborted) return { statusCode: 504, body: 'too slow' };
  return { statusCode: isRejection(outcome.error) ? 503 : 502, body: 'temporarily unavailable' };
}

if (import.meta.filename === process.argv[1]) {
  console.log(await handler({ id: '1' }, { getRemainingTimeInMillis: () => 5000 }));
}
