import type { Random } from '@highway/resilience';
import type { CircuitMessage, CircuitReply, Version } from '../store.ts';
import { sameVersion } from '../store.ts';

/** How a node keeps quiet. */
export interface QuietRules {
  /** How long a node may be quiet before it sends a message that the store merges. */
  readonly refreshMs: number;
  /** Spreads these messages, so that circuits that were attached together do not send them together. */
  readonly random: Random;
}

interface Quiet {
  readonly version: Version;
  readonly stamp: number;
  readonly until: number;
}

/**
 * When the store need not merge the node's messages: the circuit is closed, nobody votes to open, and
 * the node has nothing to say.
 */
export class QuietPeriod {
  readonly #rules: QuietRules;
  #quiet: Quiet | undefined = undefined;

  constructor(rules: QuietRules) {
    this.#rules = rules;
  }

  /** Called with each full reply that is the fleet's state. */
  replied({ version, stamp, state, votes, failures }: CircuitReply, now: number): void {
    this.end();
    // With failures in the pool, the failure rate may rise merely because successes are forgotten.
    if (stamp === undefined || state !== 'CLOSED' || votes > 0 || failures > 0) return;
    const { refreshMs, random } = this.#rules;
    this.#quiet = { version, stamp, until: now + refreshMs * (0.5 + 0.5 * random()) };
  }

  /** Called when the node can no longer rely on the last reply. */
  end(): void {
    this.#quiet = undefined;
  }

  /** The stamp that makes a message quiet, or `undefined` if the store must merge the message. */
  stampFor(message: CircuitMessage, now: number): number | undefined {
    const quiet = this.#quiet;
    if (quiet === undefined || now >= quiet.until) return undefined;
    return sameVersion(message.version, quiet.version) && saysNothing(message)
      ? quiet.stamp
      : undefined;
  }
}

function saysNothing(message: CircuitMessage): boolean {
  const { ttl, open, begun, settled, propose, want } = message;
  const asks = open || propose !== undefined || want > 0;
  return ttl > 0 && !asks && begun.length + settled.length === 0 && !hasOutcomes(message);
}

/** Whether the store pools outcomes and does not know the latest. */
function hasOutcomes(message: CircuitMessage): boolean {
  const { span, successes, failures, ackedSuccesses, ackedFailures } = message;
  return span > 0 && (successes !== ackedSuccesses || failures !== ackedFailures);
}
