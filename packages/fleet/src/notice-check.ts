import type { Change, Version } from './store.ts';

/** How long a notice may take, in ms, after a sync has learnt of what it tells. */
const graceMs = 1000;

interface Untold {
  readonly version: Version;
  readonly since: number;
}

/**
 * Finds that notices are lost where nothing else says so: a sync learns of a transition that happened
 * while the node listened, and no notice tells of it in time.
 */
export class NoticeCheck {
  /** The circuits of which a reply came while the node listened: what happens next is to be told. */
  readonly #followed = new Set<string>();
  readonly #told = new Map<string, Version>();
  readonly #untold = new Map<string, Untold>();

  /** From now on transitions are to be told again: what happened before may have been missed. */
  restart(): void {
    this.#followed.clear();
    this.#told.clear();
    this.#untold.clear();
  }

  /** A notice came. */
  heard({ circuit, version }: Change): void {
    this.#told.set(circuit, version);
    const untold = this.#untold.get(circuit);
    if (untold !== undefined && covers(version, untold.version)) this.#untold.delete(circuit);
  }

  /** A reply came, to a message of a node that knew the version `before`. */
  learnt({ circuit, version }: Change, before: Version, now: number): void {
    const told = this.#told.get(circuit);
    const wasTold = told !== undefined && covers(told, version);
    if (this.#followed.has(circuit) && !wasTold && isAfter(version, before)) {
      this.#untold.set(circuit, { since: now, ...this.#untold.get(circuit), version });
    }
    this.#followed.add(circuit);
  }

  /** Whether something happened so long ago that it would have been told by now. */
  isOverdue(now: number): boolean {
    return [...this.#untold.values()].some(({ since }) => now - since >= graceMs);
  }
}

/** Whether a version came after another one in the same life of the record. */
function isAfter(version: Version, other: Version): boolean {
  return version.generation === other.generation && version.epoch > other.epoch;
}

/** Whether who was told of one version has been told of another one with it. */
function covers(told: Version, version: Version): boolean {
  return told.generation === version.generation && told.epoch >= version.epoch;
}
