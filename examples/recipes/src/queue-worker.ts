// A queue worker: takes jobs from a Redis list. While the service is down, the current job waits for the
// circuit, and the others stay in the list. `REDIS_URL=redis://127.0.0.1:6379 npm run queue-worker`
import { CircuitBreakerPolicy, Failsafe, RetryPolicy, TimeoutPolicy } from '@highway/resilience';
import { Redis } from 'ioredis';

const breaker = new CircuitBreakerPolicy({ name: 'mail', failureThreshold: '2/4', cooldown: '1s' });
const handleRejection = () => breaker.state !== 'ISOLATED'; // an isolation may never end
const retry = new RetryPolicy({ maxRetries: 5, handleRejection });
const policy = new Failsafe({ policies: [retry, breaker, new TimeoutPolicy({ timeout: '10s' })] });

/** Takes jobs until none comes for a second. Jobs that fail go to the list `failed`. */
export async function drain(redis: Redis, handle: (job: string) => unknown): Promise<void> {
  for (;;) {
    const job = await redis.blmove('jobs', 'active', 'LEFT', 'RIGHT', 1);
    if (job === null) return;
    const { ok } = await policy.executeOutcome(() => handle(job));
    if (!ok) await redis.rpush('failed', job);
    await redis.lrem('active', 1, job);
  }
}

if (import.meta.filename === process.argv[1]) {
  const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
  await redis.rpush('jobs', 'one', 'two', 'three');
  await drain(redis, (job) => console.log(`sent ${job}`));
  console.log(`${await redis.llen('failed')} jobs failed`);
  await redis.quit();
}
