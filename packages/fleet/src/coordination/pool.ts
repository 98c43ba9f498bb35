import type { CircuitMessage } from '../store.ts';
import type { Bucket, CircuitRecord } from './record.ts';

/** The number of buckets of a span: old outcomes are forgotten in steps of a tenth of it. */
export const bucketsPerSpan = 10;

/**
 * Adds the outcomes since a member's last message. Members send totals, not differences, so a duplicate
 * message counts once, and the next message makes up for a lost one.
 */
export function poolOutcomes(record: CircuitRecord, message: CircuitMessage, now: number): void {
  if (message.span === 0) return;
  const known = record.members.get(message.member);
  const { successes, failures, ackedSuccesses, ackedFailures } = message;
  const more = {
    successes: Math.max(0, successes - (known?.successes ?? ackedSuccesses)),
    failures: Math.max(0, failures - (known?.failures ?? ackedFailures)),
  };
  const at = bucketAt(message.span, now);
  if (more.successes + more.failures > 0) {
    record.buckets.set(at, add(record.buckets.get(at), more));
  }
  for (const bucket of record.buckets.keys()) {
    if (bucket <= at - bucketsPerSpan) record.buckets.delete(bucket);
  }
}

/** The outcomes of all members within the span. */
export function pooledOutcomes(record: CircuitRecord, span: number, now: number): Bucket {
  let sum: Bucket = { successes: 0, failures: 0 };
  if (span === 0) return sum;
  const at = bucketAt(span, now);
  for (const [bucket, outcomes] of record.buckets) {
    if (bucket > at - bucketsPerSpan && bucket <= at) sum = add(sum, outcomes);
  }
  return sum;
}

function bucketAt(span: number, now: number): number {
  return Math.floor(now / (span / bucketsPerSpan));
}

function add(bucket: Bucket | undefined, more: Bucket): Bucket {
  return {
    successes: (bucket?.successes ?? 0) + more.successes,
    failures: (bucket?.failures ?? 0) + more.failures,
  };
}
