import type {
  Change,
  CircuitMessage,
  CircuitReply,
  Command,
  FleetCause,
  FleetState,
} from '../store.ts';
import { claimPlaces, expirePlaces, freePlaces, settlePlaces, tallyOf } from './places.ts';
import { poolOutcomes, pooledOutcomes } from './pool.ts';
import type { CircuitRecord } from './record.ts';

/** A clock that steps back by less is taken for jitter; by more, for a clock that was set. */
export const clockJitterMs = 1000;

/** What merging a message gives: the answer, and the transitions to tell the subscribers of. */
export interface Merged {
  readonly reply: CircuitReply;
  readonly changes: readonly Change[];
}

/**
 * The store's side of the protocol: merges a message into a record at a time of the store's clock.
 * Every store does exactly this. The order matters and is part of the protocol:
 *
 * 1. the clock is mended, what has expired is dropped;
 * 2. the member is noted, with its vote, if its version is current;
 * 3. outcomes are pooled, begun and settled test places noted, if its version is current; who takes
 *    leave gives back the places that no call has used;
 * 4. an operator's command, or the proposal of a member whose version is current, is carried out;
 * 5. test places are given away.
 *
 * Time: constant on average, but for the votes that a transition ends, and 10 buckets.
 */
export function mergeMessage(
  record: CircuitRecord,
  message: CircuitMessage,
  storeNow: number,
): Merged {
  const changes: Change[] = [];
  const now = mendClock(record, storeNow);
  dropExpired(record, now);
  const { generation, epoch } = message.version;
  const current = generation === record.generation && epoch === record.epoch;
  if (message.member !== '') {
    const pools = (current || generation === '') && record.state === 'CLOSED';
    if (pools) poolOutcomes(record, message, now);
    noteMember(record, message, now, current);
    if (current) settlePlaces(record, message, now);
    // What it says of its places with its farewell comes first: a call that has begun is used up.
    if (message.ttl <= 0) freePlaces(record, message.member);
  }
  if (carryOut(record, message, now, current)) changes.push(changeOf(record, message.circuit, now));
  const granted = message.want > 0 ? grant(record, message, now, changes) : [];
  return { reply: replyOf(record, message, now, granted), changes };
}

/** The time to reckon with. It never steps back; where the clock was set back, times follow it. */
function mendClock(record: CircuitRecord, storeNow: number): number {
  const back = record.seenAt - storeNow;
  if (back <= clockJitterMs) {
    record.seenAt = Math.max(record.seenAt, storeNow);
    return record.seenAt;
  }
  record.seenAt = storeNow;
  record.until -= back;
  // Members say soon that they live; places and outcomes of that moment are not worth keeping.
  record.members.clear();
  record.votes = 0;
  record.buckets.clear();
  for (const [fence, place] of record.places) {
    record.places.set(fence, { ...place, expiresAt: place.expiresAt - back });
  }
  return storeNow;
}

function dropExpired(record: CircuitRecord, now: number): void {
  expirePlaces(record, now);
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

function noteMember(
  record: CircuitRecord,
  message: CircuitMessage,
  now: number,
  current: boolean,
): void {
  const { member, ttl } = message;
  const known = record.members.get(member);
  const votes = record.state === 'CLOSED';
  const open = votes && (current ? message.open : (known?.open ?? false));
  record.votes += Number(open && ttl > 0) - Number(known?.open ?? false);
  if (ttl <= 0) {
    record.members.delete(member);
    return;
  }
  const expiresAt = now + ttl;
  record.firstExpiry = Math.min(record.firstExpiry, expiresAt);
  // Totals only grow: by a message that was overtaken, what followed would be counted twice.
  const successes = Math.max(message.successes, known?.successes ?? 0);
  const failures = Math.max(message.failures, known?.failures ?? 0);
  record.members.set(member, { expiresAt, open, successes, failures });
}

/** Carries a command or a proposal out; whether there was a transition. */
function carryOut(
  record: CircuitRecord,
  message: CircuitMessage,
  now: number,
  current: boolean,
): boolean {
  if (message.command !== undefined) return obey(record, message.command);
  const { propose } = message;
  if (propose === undefined || !current || record.state === 'ISOLATED') return false;
  if (propose.to === 'ISOLATED') return obey(record, 'isolate');
  enter(record, propose.to, propose.cause);
  if (propose.to === 'OPEN') {
    record.until = now + propose.wait;
    record.openings = propose.openings;
  }
  return true;
}

function obey(record: CircuitRecord, command: Command): boolean {
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
    // Test calls that are under way are lost: what was half-open comes back open, with no wait.
    record.covered = record.state === 'CLOSED' ? 'CLOSED' : 'OPEN';
    enter(record, 'ISOLATED', 'isolate');
  }
  return true;
}

function enter(record: CircuitRecord, state: FleetState, cause: FleetCause): void {
  record.epoch++;
  record.state = state;
  record.cause = cause;
  if (state === 'CLOSED') record.openings = record.until = 0;
  record.trialSuccesses = record.trialFailures = 0;
  record.places.clear();
  record.buckets.clear();
  if (record.votes === 0) return;
  record.votes = 0;
  for (const [id, member] of record.members) {
    if (member.open) record.members.set(id, { ...member, open: false });
  }
}

/** Gives test places away; the first one asked for when the wait is over begins the test. */
function grant(
  record: CircuitRecord,
  message: CircuitMessage,
  now: number,
  changes: Change[],
): readonly number[] {
  if (record.state === 'OPEN' && now >= record.until) {
    enter(record, 'HALF_OPEN', 'cooldown');
    record.rule = message.rule;
    changes.push(changeOf(record, message.circuit, now));
  }
  return record.state === 'HALF_OPEN' ? claimPlaces(record, message, now) : [];
}

/** What subscribers are told of a record. */
export function changeOf(record: CircuitRecord, circuit: string, now: number): Change {
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
    ...changeOf(record, circuit, now),
    members: record.members.size,
    votes: record.votes,
    ...pooledOutcomes(record, span, now),
    ...(record.state === 'HALF_OPEN' && { tally: tallyOf(record) }),
    granted,
  };
}
