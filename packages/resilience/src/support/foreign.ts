/**
 * Safe looks at what users throw, return or give: any look at such a value may throw (a revoked
 * proxy, a getter, a trap), and may meet a value of another realm or of another copy of the package,
 * so that neither its class nor its prototype is one of ours.
 */

/** Reads a property; `undefined` where there is none, or where it can't be read. */
export function look(value: unknown, key: PropertyKey): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function'))
    return undefined;
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Whether a value is a promise by its looks: it has a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof look(value, 'then') === 'function';
}

/** Whether a value is an error of any realm, as far as can be seen. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || tagOf(value) === 'Error';
  } catch {
    return false;
  }
}

/** Whether a value is an object of plain data, of whatever realm, and not an instance of something. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return true;
    // Every realm has an `Object.prototype` of its own; that is where a chain of prototypes ends.
    return Object.getPrototypeOf(prototype) === null && tagOf(value) === 'Object';
  } catch {
    return false;
  }
}

/** What a value is by its built-in tag, such as `Date` or `Promise`; empty where it can't be read. */
export function tagOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value).slice('[object '.length, -1);
  } catch {
    return '';
  }
}

// Functions by their tags as well, but for what `Boolean` and its like are used for: conversions.
const conversions: readonly unknown[] = [Boolean, String, Number, BigInt];

/**
 * Whether a value is a class, which can't be called, or only makes an object that is true. Tells by
 * the prototype: one that can't be replaced, or that extends another.
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

// Its own `then` looks at what it is called on, and calls nothing of a value that is no promise.
// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on promises
const { then } = Promise.prototype;

/**
 * Notes that a promise is looked at, where a value is one: for promises that nobody will await,
 * because getting them was a mistake that is told by an error. What only looks like a promise is let
 * be, since it may begin its work when it is asked for it.
 */
export function leave(value: unknown): void {
  try {
    void Reflect.apply(then, value, [ignore, ignore]);
  } catch {
    // It is no promise.
  }
}

function ignore(): void {
  // It is not the outcome of anything.
}
