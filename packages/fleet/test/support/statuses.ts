import type { Fleet, FleetStatus } from '@highway/fleet';

/** The statuses that the fleet has from now on. A poll of `fleet.status` may miss one that passes quickly. */
export function statusesOf(fleet: Fleet): readonly FleetStatus[] {
  const statuses: FleetStatus[] = [];
  fleet.on('status', ({ status }) => {
    statuses.push(status);
  });
  return statuses;
}
