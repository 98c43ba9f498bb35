import type { CircuitMessage, TrialTally } from '../store.ts';
import type { CircuitRecord } from './record.ts';

/**
 * Takes back the slots that have expired. A slot that no call used is free again. One whose call had
 * begun is used up and counts as a failure: the dependency did not answer in time. So a process that
 * dies during a trial call neither admits another call nor keeps the others from deciding.
 */
export function expireSlots(record: CircuitRecord, now: number): void {
  for (const [fence, { expiresAt, begun }] of record.slots) {
    if (expiresAt > now) continue;
    record.slots.delete(fence);
    if (begun) record.trialFailures++;
  }
}

/** Records which slots are in use, and their outcomes. Ignores slots that no longer exist. */
export function settleSlots(record: CircuitRecord, message: CircuitMessage, now: number): void {
  const { member, begun, settled, trialTimeout } = message;
  for (const fence of begun) {
    const slot = record.slots.get(fence);
    if (slot?.member !== member || slot.begun) continue;
    record.slots.set(fence, { member, begun: true, expiresAt: now + trialTimeout });
  }
  for (const { fence, outcome } of settled) {
    if (record.slots.get(fence)?.member !== member) continue;
    record.slots.delete(fence);
    if (outcome === 'success') record.trialSuccesses++;
    else if (outcome === 'failure') record.trialFailures++;
  }
}

/** Takes back the unused slots of a member that leaves. A call that has begun may still settle. */
export function freeUnusedSlots(record: CircuitRecord, member: string): void {
  for (const [fence, slot] of record.slots) {
    if (slot.member === member && !slot.begun) record.slots.delete(fence);
  }
}

/** Grants a member as many slots as it can use and the trial window still needs. */
export function claimSlots(
  record: CircuitRecord,
  { member, want, leaseTime }: CircuitMessage,
  now: number,
): readonly number[] {
  const { calls, concurrent, closeAt, openAt } = record.rule;
  const { trialSuccesses, trialFailures, slots } = record;
  // The trial calls have decided already; a member is about to propose the transition.
  if (trialSuccesses >= closeAt || trialFailures >= openAt) return [];
  const needed = Math.min(calls - trialSuccesses - trialFailures, concurrent) - slots.size;
  const granted: number[] = [];
  while (granted.length < Math.min(want, needed)) {
    const fence = ++record.fence;
    slots.set(fence, { member, begun: false, expiresAt: now + leaseTime });
    granted.push(fence);
  }
  return granted;
}

/** The tally of the trial calls so far. */
export function tallyOf(record: CircuitRecord): TrialTally {
  const { rule, trialSuccesses, trialFailures, slots } = record;
  return {
    rule,
    successes: trialSuccesses,
    failures: trialFailures,
    outstanding: slots.size,
  };
}
