import type { CircuitView } from '../store.ts';
import type { LiveProcesses } from './live-processes.ts';
import { noticeOf } from './merge.ts';
import { tallyOf } from './trial-slots.ts';
import type { CircuitRecord } from './record.ts';

/** A record as operators see it. Changes nothing, and does not drop what has expired. */
export function viewOf(
  record: CircuitRecord,
  circuit: string,
  now: number,
  processes: LiveProcesses,
): CircuitView {
  const live = [...record.members].filter(
    ([id, { expiresAt }]) => expiresAt > now && processes.isLive(id, now),
  );
  const sum = { successes: 0, failures: 0 };
  for (const { successes, failures } of record.buckets.values()) {
    sum.successes += successes;
    sum.failures += failures;
  }
  return {
    ...noticeOf(record, circuit, now),
    members: live.length,
    votes: live.filter(([, { open }]) => open).length,
    ...sum,
    ...(record.state === 'HALF_OPEN' && { tally: tallyOf(record) }),
    memberIds: live.map(([id]) => id),
  };
}
