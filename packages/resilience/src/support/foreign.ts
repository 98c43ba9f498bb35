/**
 * Safe access to what users throw, return or pass. Any access may throw (a revoked proxy, a getter, a trap).
 * The value may come from another realm or from another copy of the package, so `instanceof` is not enough.
 */

/** Reads a property. Returns `undefined` if there is none or if reading it throws. */
export function look(value: unknown, key: PropertyKey): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function'))
    return undefined;
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Whether a value has a `then` method. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof look(value, 'then') === 'function';
}

/** Whether a value is an error, of any realm. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || tagOf(value) === 'Error';
  } catch {
    return false;
  }
}

/** Whether a value is a plain object, of any realm, and not an instance of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return true;
    // Each realm has its own `Object.prototype`; it is the one without a prototype.
    return Object.getPrototypeOf(prototype) === null && tagOf(value) === 'Object';
  } catch {
    return false;
  }
}

/** The built-in tag of a value, such as `Date` or `Promise`; empty if it cannot be read. */
export function tagOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value).slice('[object '.length, -1);
  } catch {
    return '';
  }
}

// These look like classes, but they can be called: they convert values.
const conversions: readonly unknown[] = [Boolean, String, Number, BigInt];

/**
 * Whether a value is a class: calling it throws, or returns an object, which is always truthy. A class is
 * recognized by its prototype, which cannot be replaced or extends another one.
 */
export function isClass(value: unknown): boolean {
  if (typeof value !== 'function' || conversions.includes(value)) return false;
  try {
    const own = Object.getOwnPropertyDescriptor(value, 'prototype');
    if (own === undefined || tagOf(value) !== 'Function') return false;
    const base: unknown = Object.getPrototypeOf(own.value);
    return own.writable === false || (base !== null && Object.getPrototypeOf(base) !== null);
  } catch {
    return false;
  }
}

// The original `then` throws for a value that is not a promise, without calling anything of it.
// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on promises
const { then } = Promise.prototype;

/**
 * If a value is a promise, marks its rejection as handled. For promises that nobody will await, because
 * passing them was a mistake that an error reports. A mere thenable is left alone: calling its `then` may
 * start its work.
 */
export function leave(value: unknown): void {
  try {
    void Reflect.apply(then, value, [ignore, ignore]);
  } catch {
    // It is not a promise.
  }
}

function ignore(): void {
  // Nobody needs its outcome.
}
