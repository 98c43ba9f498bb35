import type {
  Notice,
  CircuitMessage,
  CircuitReply,
  Command,
  FleetCause,
  FleetState,
  UnchangedReply,
} from '../store.ts';
import { isQuiet } from '../store.ts';
import { claimSlots, expireSlots, freeUnusedSlots, settleSlots, tallyOf } from './trial-slots.ts';
import { poolOutcomes, pooledOutcomes } from './pool.ts';
import type { CircuitRecord } from './record.ts';

/** A clock that steps back by no more than this jitters; by more, it was set back. */
export const clockJitterMs = 1000;

/** The result of merging a message: the reply, and the notices for subscribers. */
export interface Merged {
  readonly reply: CircuitReply | UnchangedReply;
  readonly notices: readonly Notice[];
}

/**
 * The store's side of the protocol: merges a message into a record at a time of the store's clock.
 * Every store does exactly this. A quiet message whose version and stamp are the record's changes
 * nothing, if its process is live: see `LiveProcesses`. Otherwise the order matters and is part of the
 * protocol:
 *
 * 1. Adjust for a clock that was set back; drop what has expired.
 * 2. Pool the member's outcomes and record its vote, if its version is current.
 * 3. Record trial slots whose calls have begun or ended, if its version is current. A member that
 *    leaves returns the slots that no call has used.
 * 4. Apply an operator's command, or the proposal of a member whose version is current.
 * 5. Grant trial slots.
 * 6. Let the member live for its `quietTtl` if the circuit is now closed without votes, and for its
 *    `ttl` otherwise.
 *
 * Time: constant on average, except for the votes that a transition ends, the members when the first
 * vote comes, and 10 buckets.
 */
export function mergeMessage(
  record: CircuitRecord,
  message: CircuitMessage,
  storeNow: number,
): Merged {
  if (isUnchanged(record, message)) {
    const { circuit, version } = message;
    const members = record.counted;
    return { reply: { circuit, version, unchanged: true, members }, notices: [] };
  }
  const notices: Notice[] = [];
  const now = adjustClock(record, storeNow);
  dropExpired(record, now);
  const current = isCurrent(record, message);
  if (message.member !== '') {
    const pools = (current || message.version.generation === '') && record.state === 'CLOSED';
    if (pools) poolOutcomes(record, message, now);
    recordMember(record, message, now, current);
    if (current) settleSlots(record, message, now);
    // After settling: a leaving member may still report that calls have begun in its slots.
    if (message.ttl <= 0) freeUnusedSlots(record, message.member);
  }
  if (applyRequest(record, message, now, current))
    notices.push(noticeOf(record, message.circuit, now));
  const granted = message.want > 0 ? grantSlots(record, message, now, notices) : [];
  extendMember(record, message, now);
  record.counted = record.members.size;
  return { reply: replyOf(record, message, now, granted), notices };
}

function isCurrent(record: CircuitRecord, { version }: CircuitMessage): boolean {
  return version.generation === record.generation && version.epoch === record.epoch;
}

/** Whether there is nothing to merge: the node has nothing to say, and misses nothing. */
function isUnchanged(record: CircuitRecord, message: CircuitMessage): boolean {
  return isQuiet(message) && message.quiet === record.stamp && isCurrent(record, message);
}

/**
 * Tells quiet nodes that there is news. The time rather than a counter, because a store that lost its
 * latest data would count up to the same numbers again.
 */
function renewStamp(record: CircuitRecord): void {
  record.stamp = Math.max(record.stamp + 1, Math.floor(record.seenAt));
}

/** The time to use. It never goes back by a little; if the clock was set back, stored times move with it. */
function adjustClock(record: CircuitRecord, storeNow: number): number {
  const back = record.seenAt - storeNow;
  if (back <= clockJitterMs) {
    record.seenAt = Math.max(record.seenAt, storeNow);
    return record.seenAt;
  }
  record.seenAt = storeNow;
  record.until -= back;
  // Members report again soon; their outcomes of this moment are not worth keeping.
  record.members.clear();
  record.votes = 0;
  record.buckets.clear();
  for (const [fence, slot] of record.slots) {
    record.slots.set(fence, { ...slot, expiresAt: slot.expiresAt - back });
  }
  return storeNow;
}

function dropExpired(record: CircuitRecord, now: number): void {
  expireSlots(record, now);
  if (now < record.firstExpiry) return;
  record.firstExpiry = Infinity;
  for (const [id, { expiresAt, open }] of record.members) {
    if (expiresAt > now) {
      record.firstExpiry = Math.min(record.firstExpiry, expiresAt);
      continue;
    }
    record.members.delete(id);
    if (open) record.votes--;
  }
}

function recordMember(
  record: CircuitRecord,
  message: CircuitMessage,
  now: number,
  current: boolean,
): void {
  const { member, ttl } = message;
  // The store may have lost quiet members. They come back with the new stamp.
  if (record.members.size === 0) renewStamp(record);
  const known = record.members.get(member);
  const open = record.state === 'CLOSED' && (current ? message.open : (known?.open ?? false));
  const votesBefore = record.votes;
  record.votes += Number(open && ttl > 0) - Number(known?.open ?? false);
  if (votesBefore === 0 && record.votes > 0) callMembers(record, now);
  if (ttl <= 0) {
    record.members.delete(member);
    return;
  }
  // Totals only grow: otherwise a message that arrives out of order would make the next one count
  // outcomes twice.
  const successes = Math.max(message.successes, known?.successes ?? 0);
  const failures = Math.max(message.failures, known?.failures ?? 0);
  record.members.set(member, { expiresAt: now + ttl, ttl, open, successes, failures });
}

/** Makes quiet members report before their `ttl` ends. Those that have died must not count for long. */
function callMembers(record: CircuitRecord, now: number): void {
  renewStamp(record);
  for (const [id, member] of record.members) {
    const expiresAt = Math.min(member.expiresAt, now + member.ttl);
    record.firstExpiry = Math.min(record.firstExpiry, expiresAt);
    record.members.set(id, { ...member, expiresAt });
  }
}

/** Sets when the member expires, after everything that the message causes. */
function extendMember(record: CircuitRecord, message: CircuitMessage, now: number): void {
  const known = record.members.get(message.member);
  if (known === undefined) return;
  const { ttl, quietTtl = ttl } = message;
  const quiet = record.state === 'CLOSED' && record.votes === 0;
  const expiresAt = now + (quiet ? quietTtl : ttl);
  record.firstExpiry = Math.min(record.firstExpiry, expiresAt);
  record.members.set(message.member, { ...known, expiresAt });
}

/** Applies a command or a proposal; returns whether there was a transition. */
function applyRequest(
  record: CircuitRecord,
  message: CircuitMessage,
  now: number,
  current: boolean,
): boolean {
  if (message.command !== undefined) return applyCommand(record, message.command);
  const { propose } = message;
  if (propose === undefined || !current || record.state === 'ISOLATED') return false;
  if (propose.to === 'ISOLATED') return applyCommand(record, 'isolate');
  enter(record, propose.to, propose.cause);
  if (propose.to === 'OPEN') {
    record.until = now + propose.wait;
    record.openings = propose.openings;
  }
  return true;
}

function applyCommand(record: CircuitRecord, command: Command): boolean {
  const isolated = record.state === 'ISOLATED';
  if (command === 'reset') {
    record.covered = 'CLOSED';
    enter(record, 'CLOSED', 'reset');
    return true;
  }
  if (isolated === (command === 'isolate')) return false;
  if (record.state === 'ISOLATED') {
    enter(record, record.covered, 'release');
  } else {
    // Trial calls that are under way are lost: what was half-open comes back open, with no wait.
    record.covered = record.state === 'CLOSED' ? 'CLOSED' : 'OPEN';
    enter(record, 'ISOLATED', 'isolate');
  }
  return true;
}

function enter(record: CircuitRecord, state: FleetState, cause: FleetCause): void {
  record.epoch++;
  renewStamp(record);
  record.state = state;
  record.cause = cause;
  if (state === 'CLOSED') record.openings = record.until = 0;
  record.trialSuccesses = record.trialFailures = 0;
  record.slots.clear();
  record.buckets.clear();
  if (record.votes === 0) return;
  record.votes = 0;
  for (const [id, member] of record.members) {
    if (member.open) record.members.set(id, { ...member, open: false });
  }
}

/** Grants trial slots. The first request after the wait makes the circuit half-open. */
function grantSlots(
  record: CircuitRecord,
  message: CircuitMessage,
  now: number,
  notices: Notice[],
): readonly number[] {
  if (record.state === 'OPEN' && now >= record.until) {
    enter(record, 'HALF_OPEN', 'cooldown');
    record.rule = message.rule;
    notices.push(noticeOf(record, message.circuit, now));
  }
  return record.state === 'HALF_OPEN' ? claimSlots(record, message, now) : [];
}

/** The notice that subscribers get of a record's state. */
export function noticeOf(record: CircuitRecord, circuit: string, now: number): Notice {
  const { generation, epoch, state, cause, until, openings } = record;
  const remaining = state === 'OPEN' ? Math.max(0, until - now) : 0;
  return { circuit, version: { generation, epoch }, state, cause, remaining, openings };
}

function replyOf(
  record: CircuitRecord,
  { circuit, span }: CircuitMessage,
  now: number,
  granted: readonly number[],
): CircuitReply {
  return {
    ...noticeOf(record, circuit, now),
    stamp: record.stamp,
    members: record.members.size,
    votes: record.votes,
    ...pooledOutcomes(record, span, now),
    ...(record.state === 'HALF_OPEN' && { tally: tallyOf(record) }),
    granted,
  };
}
