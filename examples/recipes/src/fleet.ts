// A fleet on Redis: what one process learns of a service, all processes know.
// `REDIS_URL=redis://127.0.0.1:6379 npm run fleet`, in several terminals
import { CircuitBreakerPolicy } from '@highway/resilience';
import { Fleet, quorum } from '@highway/fleet';
import { RedisStore } from '@highway/fleet/redis';
import { Redis } from 'ioredis';

export async function joinFleet(redisUrl: string) {
  const client = new Redis(redisUrl, { maxRetriesPerRequest: 1 });
  client.on('error', (error) => console.warn('redis:', error.message));
  const fleet = new Fleet({ store: new RedisStore({ client }) });
  const breaker = fleet.attach(
    new CircuitBreakerPolicy({ name: 'payments', failureThreshold: '3/5', cooldown: '10s' }),
    { trip: quorum('1/2') }, // opens for all once half of the processes have opened
  );
  await fleet.join();
  return { breaker, leave: () => fleet.leave().finally(() => client.disconnect()) };
}

if (import.meta.filename === process.argv[1]) {
  const { breaker, leave } = await joinFleet(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
  const fail = () => Promise.reject(new Error('the payment service is down'));
  for (let n = 0; n < 5; n += 1) {
    const outcome = await breaker.executeOutcome(fail);
    console.log(breaker.state, outcome.ok ? 'paid' : String(outcome.error));
  }
  await leave();
}
