import type { CircuitMessage } from '../store.ts';

/**
 * The processes that a store has heard of lately. A quiet circuit keeps its members for long; operators
 * see only those whose process is alive.
 */
export class LiveProcesses {
  /** When each member expires. */
  readonly #expiries = new Map<string, number>();

  /** Called with the messages of an exchange, merged or not. */
  heard(messages: readonly CircuitMessage[], now: number): void {
    for (const { member, ttl } of messages) {
      // An operator is not a member.
      if (member === '') continue;
      this.#expiries.delete(member);
      if (ttl > 0) this.#expiries.set(member, now + ttl);
    }
    for (const [member, expiresAt] of this.#expiries) {
      if (expiresAt > now) break;
      this.#expiries.delete(member);
    }
  }

  isLive(member: string, now: number): boolean {
    return (this.#expiries.get(member) ?? -Infinity) > now;
  }

  clear(): void {
    this.#expiries.clear();
  }
}
