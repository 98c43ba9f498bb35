import { Fleet, pooled } from '@highway/fleet';
import type { CircuitBreakerPolicy } from '@highway/resilience';
import type { FleetPlan } from './fleet-plan.ts';
import { openStore } from './open-store.ts';

/**
 * Joins the fleet with a breaker. Resolves with a function that leaves the fleet, as soon as the breaker
 * knows the fleet's state; rejects if the store is unreachable. Calls `onLoss` whenever the store becomes
 * unreachable later.
 */
export async function joinFleet(
  breaker: CircuitBreakerPolicy,
  { store: location, nodeId, syncInterval, minimumCalls, over }: FleetPlan,
  onLoss: () => void,
): Promise<() => Promise<void>> {
  const opened = await openStore(location);
  const fleet = new Fleet({ store: opened.store, nodeId, syncInterval });
  let reason: unknown = new Error('The store is unreachable');
  let leaving = false;
  fleet.on('storeError', ({ error }) => (reason = error));
  fleet.attach(breaker, { trip: pooled({ minimumCalls, over }) });
  await fleet.join();
  if (fleet.status !== 'connected') throw reason;
  fleet.on('status', ({ status }) => {
    if (status === 'degraded' && !leaving) onLoss();
  });
  return async () => {
    leaving = true;
    await fleet.leave();
    await opened.close();
  };
}
