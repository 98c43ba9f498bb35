// A queue worker: takes jobs from a Redis list. While the service is down, the job at hand waits for its
// circuit, and the others stay in the list. `REDIS_URL=redis://127.0.0.1:6379 npm run queue-worker`
import {
  CircuitBreakerPolicy,
  CircuitOpenError,
  Failsafe,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import { Redis } from 'ioredis';

const policy = new Failsafe({
  policies: [
    new RetryPolicy({
      maxRetries: 5,
      handleRejection: (error) =>
        error instanceof CircuitOpenError && Number.isFinite(error.retryAfter),
    }),
    new CircuitBreakerPolicy({ name: 'mail', failureThreshold: '2/4', cooldown: '1s' }),
    new TimeoutPolicy({ timeout: '10s' }),
  ],
});

/** Takes jobs until none comes for a second, and counts those that fail and go to the list `failed`. */
export async function drain(redis: Redis, handle: (job: string) => Promise<void>): Promise<number> {
  let failures = 0;
  for (;;) {
    const job = await redis.blmove('jobs', 'active', 'LEFT', 'RIGHT', 1);
    if (job === null) return failures;
    const { ok } = await policy.executeOutcome(() => handle(job));
    if (!ok) {
      failures += 1;
      await redis.rpush('failed', job);
    }
    await redis.lrem('active', 1, job);
  }
}

if (import.meta.filename === process.argv[1]) {
  const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
  await redis.rpush('jobs', 'one', 'two', 'three');
  const failures = await drain(redis, (job) => {
    console.log(`sent ${job}`);
    return Promise.resolve();
  });
  console.log(`${failures} jobs failed`);
  await redis.quit();
}
