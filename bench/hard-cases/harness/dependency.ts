import type { Work } from '../driver.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A dependency whose calls hang until the case answers them, in the order in which they came. */
export class Dependency {
  /** How many calls reached it. */
  calls = 0;
  readonly #pending: Pending[] = [];

  /** The function to protect; it ignores its signal, as much code does. */
  readonly work: Work = () => {
    this.calls++;
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  };

  /** Answers the oldest call that hangs. */
  succeed(value: unknown = 'value'): void {
    this.#pending.shift()?.resolve(value);
  }

  /** Fails the oldest call that hangs. */
  fail(error: unknown = new Error('the dependency is down')): void {
    this.#pending.shift()?.reject(error);
  }
}
