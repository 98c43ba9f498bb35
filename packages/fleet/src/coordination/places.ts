import type { CircuitMessage, Tally } from '../store.ts';
import type { CircuitRecord } from './record.ts';

/**
 * Takes back the places whose time is over. One that no call ever used is free again. One whose
 * call had begun is used up: the call reached the dependency, which didn't answer in time, and that
 * is a failure. So a process that dies in a test call neither lets another call in nor stops the
 * others from deciding.
 */
export function expirePlaces(record: CircuitRecord, now: number): void {
  for (const [fence, { expiresAt, begun }] of record.places) {
    if (expiresAt > now) continue;
    record.places.delete(fence);
    if (begun) record.trialFailures++;
  }
}

/** Notes which places are in use and what became of them. A place that is gone is not minded. */
export function settlePlaces(record: CircuitRecord, message: CircuitMessage, now: number): void {
  const { member, begun, settled, trialTimeout } = message;
  for (const fence of begun) {
    const place = record.places.get(fence);
    if (place?.member !== member || place.begun) continue;
    record.places.set(fence, { member, begun: true, expiresAt: now + trialTimeout });
  }
  for (const { fence, outcome } of settled) {
    if (record.places.get(fence)?.member !== member) continue;
    record.places.delete(fence);
    if (outcome === 'success') record.trialSuccesses++;
    else if (outcome === 'failure') record.trialFailures++;
  }
}

/** Takes back what a member that leaves has not used. A call that has begun may still settle. */
export function freePlaces(record: CircuitRecord, member: string): void {
  for (const [fence, place] of record.places) {
    if (place.member === member && !place.begun) record.places.delete(fence);
  }
}

/** Gives a member as many places as it can use and the window still needs. */
export function claimPlaces(
  record: CircuitRecord,
  { member, want, leaseTime }: CircuitMessage,
  now: number,
): readonly number[] {
  const { calls, concurrent, closeAt, openAt } = record.rule;
  const { trialSuccesses, trialFailures, places } = record;
  // Decided already: somebody is about to propose what follows.
  if (trialSuccesses >= closeAt || trialFailures >= openAt) return [];
  const needed = Math.min(calls - trialSuccesses - trialFailures, concurrent) - places.size;
  const granted: number[] = [];
  while (granted.length < Math.min(want, needed)) {
    const fence = ++record.fence;
    places.set(fence, { member, begun: false, expiresAt: now + leaseTime });
    granted.push(fence);
  }
  return granted;
}

/** The test calls so far. */
export function tallyOf(record: CircuitRecord): Tally {
  const { rule, trialSuccesses, trialFailures, places } = record;
  return {
    rule,
    successes: trialSuccesses,
    failures: trialFailures,
    outstanding: places.size,
  };
}
