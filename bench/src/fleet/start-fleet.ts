import { Fleet, pooled } from '@highway/fleet';
import type { Trip } from '@highway/fleet';
import { RedisStore } from '@highway/fleet/redis';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { startRedis } from '@highway/servers';
import { Redis } from 'ioredis';

/** A fleet on a Redis of its own. */
export interface StartedFleet extends AsyncDisposable {
  readonly client: Redis;
  readonly fleet: Fleet;
}

/** Starts Redis, and the one process of a fleet that the caller is. */
export async function startFleet(): Promise<StartedFleet> {
  const server = await startRedis();
  const client = new Redis(server.url);
  const fleet = new Fleet({ store: new RedisStore({ client, prefix: 'bench' }) });
  await fleet.join();
  if (fleet.status !== 'connected') throw new Error('The fleet found no Redis');
  return {
    client,
    fleet,
    [Symbol.asyncDispose]: async () => {
      await fleet.leave();
      client.disconnect();
      await server.stop();
    },
  };
}

/** Never opens, whatever happens. */
export function localBreaker(name: string): CircuitBreakerPolicy {
  return new CircuitBreakerPolicy({ name, failureThreshold: '100/100', cooldown: '1h' });
}

/** The same, with its circuit shared. */
export function attachedBreaker(
  fleet: Fleet,
  name: string,
  trip: Trip = pooled({ minimumCalls: 100, rate: 1 }),
): CircuitBreakerPolicy {
  return fleet.attach(localBreaker(name), { trip });
}
