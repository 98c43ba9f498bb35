import type { Notice, Version } from './store.ts';

/** How much later than the sync a notice of the same transition may come, in ms. */
const graceMs = 1000;

interface MissingNotice {
  readonly version: Version;
  readonly since: number;
}

/**
 * Detects lost notices: a sync learns of a transition that happened while the node was subscribed, and no
 * notice of it comes in time.
 */
export class NoticeCheck {
  /** The circuits with a reply since the node subscribed: a notice must follow each transition. */
  readonly #followed = new Set<string>();
  readonly #noticed = new Map<string, Version>();
  readonly #missing = new Map<string, MissingNotice>();

  /** Starts again: notices may have been lost until now, and count from now on. */
  restart(): void {
    this.#followed.clear();
    this.#noticed.clear();
    this.#missing.clear();
  }

  /** Called with a notice. */
  heard({ circuit, version }: Notice): void {
    this.#noticed.set(circuit, version);
    const missing = this.#missing.get(circuit);
    if (missing !== undefined && covers(version, missing.version)) this.#missing.delete(circuit);
  }

  /** Called with a reply; `before` is the version that the node's message named. */
  replied({ circuit, version }: Notice, before: Version, now: number): void {
    const noticed = this.#noticed.get(circuit);
    const wasNoticed = noticed !== undefined && covers(noticed, version);
    if (this.#followed.has(circuit) && !wasNoticed && isAfter(version, before)) {
      this.#missing.set(circuit, { since: now, ...this.#missing.get(circuit), version });
    }
    this.follow(circuit);
  }

  /** Called with any reply: from now on, a notice must follow each transition. */
  follow(circuit: string): void {
    this.#followed.add(circuit);
  }

  /** Whether a notice is missing for too long. */
  isOverdue(now: number): boolean {
    return [...this.#missing.values()].some(({ since }) => now - since >= graceMs);
  }
}

/** Whether a version is later than another one of the same generation. */
function isAfter(version: Version, other: Version): boolean {
  return version.generation === other.generation && version.epoch > other.epoch;
}

/** Whether a notice of one version makes a notice of another unnecessary. */
function covers(noticed: Version, version: Version): boolean {
  return noticed.generation === version.generation && noticed.epoch >= version.epoch;
}
