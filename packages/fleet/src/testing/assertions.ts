import { FleetError } from '../errors.ts';
import type { FleetErrorOptions } from '../errors.ts';

/** A store breaks the contract. The message says where, and what it did instead. */
export class StoreContractError extends FleetError {
  static {
    this.prototype.name = 'StoreContractError';
  }

  constructor(message: string, options?: FleetErrorOptions) {
    super('ERR_FLEET_STORE_CONTRACT', message, options);
  }
}

/** Throws if two values differ; the message says where and how. */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  const difference = firstDifference(actual, expected, what);
  if (difference !== undefined) throw new StoreContractError(difference);
}

/** Throws unless the condition holds. */
export function assertThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new StoreContractError(what);
}

/** Throws unless the promise rejects. */
export async function assertRejects(promise: Promise<unknown>, what: string): Promise<void> {
  const outcome = await promise.then(
    (value) => ({ value }),
    () => undefined,
  );
  if (outcome === undefined) return;
  throw new StoreContractError(`${what}: expected an error, but got ${show(outcome.value)}`);
}

/** Waits until a condition holds that depends on other processes. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: () => string,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new StoreContractError(`timed out waiting for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Generous: only a wrong store uses it up. */
const timeoutMs = 15_000;

function firstDifference(actual: unknown, expected: unknown, path: string): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (!isObject(actual) || !isObject(expected)) {
    return `${path}: expected ${show(expected)}, but got ${show(actual)}`;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const difference = firstDifference(actual[key], expected[key], `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function show(value: unknown): string {
  const shown = (JSON.stringify(value) as string | undefined) ?? String(value);
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}
