import type { Clock } from '@highway/resilience';

/** The clock of a process that may freeze (its timers run late) or die. */
export class NodeClock implements Clock {
  readonly #world: Clock;
  readonly #timers = new Set<unknown>();
  #paused = false;
  #dead = false;
  #held: (() => void)[] = [];

  constructor(world: Clock) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now();
  }

  get paused(): boolean {
    return this.#paused;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    const timer = { handle: undefined as unknown };
    timer.handle = this.#world.setTimeout(() => {
      this.run(() => {
        if (this.#timers.delete(timer)) fn();
      });
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    if (this.#timers.delete(timer)) {
      this.#world.clearTimeout((timer as { handle: unknown }).handle);
    }
  }

  /** Runs something in the process: now, when it continues, or never. */
  run(happen: () => void): void {
    if (this.#dead) return;
    if (this.#paused) this.#held.push(happen);
    else happen();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const happen of held) happen();
  }

  /** Kills the process: nothing runs in it any more. */
  kill(): void {
    this.#dead = true;
    for (const timer of this.#timers) this.clearTimeout(timer);
    this.#held = [];
  }
}
