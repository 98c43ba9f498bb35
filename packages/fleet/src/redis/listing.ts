import type { Clock } from '@highway/resilience';
import type { CircuitReply } from '../store.ts';

/** How often each circuit is listed again, by all its members together, if they are few. */
const listEveryMs = 1000;
const fewMembers = 8;
/** How often a process checks that nothing of its quiet circuits was evicted. */
const checkEveryMs = 10_000;
/** The longest pause, whatever the number of members. */
const longestMs = 3_600_000;

interface Listed {
  readonly dueAt: number;
  /** The generation in which it was listed; empty if not known yet. */
  readonly generation: string;
  readonly members: number;
}

/**
 * When a process adds its circuits to the list that operators read. A server that is short of memory may
 * evict the list. About once a second, some process lists each circuit again that is not quiet, so the
 * list is soon complete. The more processes there are, the less often each one does so.
 */
export class Listing {
  readonly #clock: Clock;
  readonly #checkAt = new Map<string, number>();
  readonly #listed = new Map<string, Listed>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The circuits to list now: all if one is due, since one command lists any number. */
  due(circuits: readonly string[]): readonly string[] {
    const now = this.#clock.now();
    const isDue = (circuit: string): boolean => now >= (this.#listed.get(circuit)?.dueAt ?? now);
    return circuits.some(isDue) ? circuits : [];
  }

  /**
   * Whether to look if the server still has what nobody writes about these circuits: now and then, because
   * a server that is short of memory may evict parts of a quiet circuit, which only operators would miss.
   */
  isCheckDue(circuits: readonly string[]): boolean {
    const now = this.#clock.now();
    if (!circuits.some((circuit) => now >= (this.#checkAt.get(circuit) ?? now))) return false;
    const next = now + checkEveryMs * (0.5 + 0.5 * randomFraction());
    for (const circuit of circuits) this.#checkAt.set(circuit, next);
    return true;
  }

  /** One of the circuits, at random: each that is no longer listed is found out in the end. */
  pick(circuits: readonly string[]): string {
    return circuits[Math.floor(randomFraction() * circuits.length)]!;
  }

  /** Called when the circuits have been listed. */
  note(circuits: readonly string[]): void {
    const now = this.#clock.now();
    for (const circuit of circuits) {
      const { generation = '', members = 1 } = this.#listed.get(circuit) ?? {};
      const pause = listEveryMs * Math.max(1, members / fewMembers);
      // Random, so that processes that started together do not list at the same time.
      const dueAt = now + Math.min(longestMs, pause) * (0.5 + 0.5 * randomFraction());
      this.#listed.set(circuit, { dueAt, generation, members });
    }
  }

  /** Called with replies; returns the circuits with a new generation, which the list may have lost. */
  replied(replies: readonly CircuitReply[]): readonly string[] {
    const lost: string[] = [];
    for (const { circuit, version, members } of replies) {
      const listed = this.#listed.get(circuit);
      if (listed === undefined) continue;
      const { generation } = version;
      if (listed.generation !== '' && listed.generation !== generation) lost.push(circuit);
      this.#listed.set(circuit, { ...listed, generation, members });
    }
    return lost;
  }
}

function randomFraction(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}
