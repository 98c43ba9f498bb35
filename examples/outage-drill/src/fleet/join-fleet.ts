import { Fleet, pooled } from '@highway/fleet';
import type { CircuitBreakerPolicy } from '@highway/resilience';
import type { FleetPlan } from './fleet-plan.ts';
import { openStore } from './open-store.ts';

/**
 * Lets a breaker share its circuit with the fleet. Resolves with what leaves the fleet, once the
 * breaker knows the fleet's state; rejects where there is no store. `onLoss` hears of every time
 * that the store goes away later.
 */
export async function joinFleet(
  breaker: CircuitBreakerPolicy,
  { store: place, nodeId, syncInterval, minimumCalls, over }: FleetPlan,
  onLoss: () => void,
): Promise<() => Promise<void>> {
  const opened = await openStore(place);
  const fleet = new Fleet({ store: opened.store, nodeId, syncInterval });
  let reason: unknown = new Error('The fleet has no store');
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
