import type { CircuitMessage } from '../store.ts';
import { isQuiet } from '../store.ts';

/** How long a process is remembered after it expired: the clock may be set back. */
const rememberedMs = 3_600_000;

/**
 * The processes that a store has heard of lately. A quiet circuit keeps its members for long; operators
 * see only those whose process is alive.
 *
 * A process that the store has not heard of lately must not be quiet. It may have been suspended until its
 * members expired, or the store may have lost them with everything else that it heard since a backup, or
 * its clock was set forward. Then the process would believe that it is a member, and not count in a quorum.
 */
export class LiveProcesses {
  /** When each member expires. */
  readonly #expiries = new Map<string, number>();

  /**
   * Called with the messages of an exchange. Returns them as the store must merge them: those of processes
   * that were not live, or that leave, are not quiet.
   */
  heard(messages: readonly CircuitMessage[], now: number): readonly CircuitMessage[] {
    const ttls = new Map(messages.map(({ member, ttl }) => [member, ttl]));
    const loud = messages.map((message) => {
      const { member } = message;
      const stays = ttls.get(member)! > 0 && this.isLive(member, now);
      return isQuiet(message) && !stays ? { ...message, quiet: undefined } : message;
    });
    // An operator is not a member.
    ttls.delete('');
    for (const [member, ttl] of ttls) {
      this.#expiries.delete(member);
      if (ttl > 0) this.#expiries.set(member, now + ttl);
    }
    for (const [member, expiresAt] of this.#expiries) {
      if (expiresAt > now - rememberedMs) break;
      this.#expiries.delete(member);
    }
    return loud;
  }

  isLive(member: string, now: number): boolean {
    return (this.#expiries.get(member) ?? -Infinity) > now;
  }

  clear(): void {
    this.#expiries.clear();
  }
}
