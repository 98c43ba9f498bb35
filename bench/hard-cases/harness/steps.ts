/** What many cases do on their way. */
import { NotOffered } from '../driver.ts';
import type { Breaker, Driver, Protection } from '../driver.ts';
import { Call } from './call.ts';
import { demand } from './demand.ts';

const down = new Error('the dependency is down');

/** The function of a dependency that is down. */
export function fails(): never {
  throw down;
}

/** The function of a dependency that is well. */
export function works(): string {
  return 'value';
}

/** Makes so many failing calls, one after the other. */
export async function failTimes(
  driver: Driver,
  protection: Protection,
  times: number,
): Promise<void> {
  for (let i = 0; i < times; i++) {
    new Call(protection.run(fails));
    await driver.time.settle();
  }
}

/** Makes so many calls that succeed, one after the other. */
export async function succeedTimes(
  driver: Driver,
  protection: Protection,
  times: number,
): Promise<void> {
  for (let i = 0; i < times; i++) {
    new Call(protection.run(works));
    await driver.time.settle();
  }
}

/** Opens a breaker that opens after so many failures. */
export async function trip(driver: Driver, breaker: Breaker, failures: number): Promise<void> {
  await failTimes(driver, breaker, failures);
  demand(breaker.state === 'open', `it is ${breaker.state} after the failures that should open it`);
}

/** Whether a call made now reaches its function, which succeeds. */
export async function admits(driver: Driver, protection: Protection): Promise<boolean> {
  let reached = false;
  new Call(
    protection.run(() => {
      reached = true;
    }),
  );
  await driver.time.settle();
  return reached;
}

/** What the library creates; `undefined` if it finds the options invalid. */
export function made<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof NotOffered) throw error;
    return undefined;
  }
}

/** Counts the calls that reach a function, which fails until its attempt number `successAt`. */
export class Attempts {
  count = 0;
  readonly #successAt: number;

  constructor(successAt = Infinity) {
    this.#successAt = successAt;
  }

  readonly work = (): string => {
    this.count++;
    return this.count < this.#successAt ? fails() : works();
  };
}
