import type { Clock } from '@highway/resilience';
import type { CircuitReply } from '../store.ts';

/** How often the circuits that are spoken of are listed again, by all of a few members together. */
const listEveryMs = 1000;
const fewMembers = 8;
/** However many members there are. */
const longestMs = 3_600_000;

interface Listed {
  readonly dueAt: number;
  /** The life of the record in which it was listed; empty where that isn't known yet. */
  readonly generation: string;
  readonly members: number;
}

/**
 * When the circuits that a process speaks of are put on the list that operators read. A server that
 * is short of memory may drop the list; it is whole again in about a second, since some process lists
 * each circuit as often as that, whatever their number: the more there are, the less often each does.
 */
export class Listing {
  readonly #clock: Clock;
  readonly #listed = new Map<string, Listed>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those to list now: all of them where one is due, since one command lists any number. */
  due(circuits: readonly string[]): readonly string[] {
    const now = this.#clock.now();
    const isDue = (circuit: string): boolean => now >= (this.#listed.get(circuit)?.dueAt ?? now);
    return circuits.some(isDue) ? circuits : [];
  }

  /** They have been listed. */
  note(circuits: readonly string[]): void {
    const now = this.#clock.now();
    for (const circuit of circuits) {
      const { generation = '', members = 1 } = this.#listed.get(circuit) ?? {};
      const pause = listEveryMs * Math.max(1, members / fewMembers);
      // Spread, so that processes that began together don't stay in step.
      const dueAt = now + Math.min(longestMs, pause) * (0.5 + 0.5 * chance());
      this.#listed.set(circuit, { dueAt, generation, members });
    }
  }

  /** Hears what the server knows; gives the circuits that it has begun anew, and so lists no more. */
  heard(replies: readonly CircuitReply[]): readonly string[] {
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

function chance(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}
