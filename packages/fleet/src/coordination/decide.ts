import type { CircuitReply, FleetCause, Proposal } from '../store.ts';
import type { Trip } from '../trip.ts';

/** What a node decides by, besides the store's reply. */
export interface DecisionRules {
  readonly trip: Trip;
  /** The number of live members, which never drops at once: see `LiveMembers`. */
  readonly members: number;
  /** The wait in ms after the circuit opened so many times in a row. */
  cooldownAfter(openings: number): number;
}

/**
 * The transition that follows from the store's reply, if any. Every node may propose it; the first one
 * succeeds, because the transition ends the version that the others name.
 */
export function decide(reply: CircuitReply, rules: DecisionRules): Proposal | undefined {
  if (reply.state === 'CLOSED') {
    const cause = tripCause(reply, rules);
    return cause && { to: 'OPEN', wait: rules.cooldownAfter(1), openings: 1, cause };
  }
  const { tally } = reply;
  if (tally === undefined) return undefined;
  if (tally.failures >= tally.rule.openAt) {
    const openings = reply.openings + 1;
    return { to: 'OPEN', wait: rules.cooldownAfter(openings), openings, cause: 'trials' };
  }
  if (tally.successes < tally.rule.closeAt) return undefined;
  return { to: 'CLOSED', wait: 0, openings: 0, cause: 'trials' };
}

function tripCause(reply: CircuitReply, { trip, members }: DecisionRules): FleetCause | undefined {
  const { votes, successes, failures } = reply;
  if (trip.kind === 'quorum') {
    const met = votes * trip.denominator >= trip.numerator * members;
    return met && members >= trip.minimumNodes ? 'quorum' : undefined;
  }
  const calls = successes + failures;
  if (calls >= trip.minimumCalls && failures >= (trip.rate ?? 1) * calls) return 'pooled';
  return votes * 2 > members ? 'quorum' : undefined;
}
